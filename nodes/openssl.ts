import type { Program } from './program';

export const openssl: Program = {
  name: 'openssl',
  debianPackage: 'openssl',
  product: 'openssl',
  version: { argv: ['openssl', 'version'], pattern: /OpenSSL (\d[\w.-]*)/ },
};
