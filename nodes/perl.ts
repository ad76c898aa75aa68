import type { Program } from './program';

export const perl: Program = {
  name: 'perl',
  debianPackage: 'perl-base',
  version: { argv: ['perl', '--version'], pattern: /\(v(\d[\w.]*)\)/ },
};
