import type { Program } from '../../program';
import { drivenPhone } from '../driven-phone';

const program: Program = {
  name: 'baresip',
  debianPackage: 'baresip-core',
  product: 'baresip',
  version: { argv: ['baresip', '-h'], pattern: /baresip v(\d[\w.-]*)/ },
};

/** baresip 1.0: SIP over UDP and TLS, ICE with TURN over UDP; CONNECT by a shim. */
export const baresip = drivenPhone('baresip', { title: 'baresip', programs: [program] });
