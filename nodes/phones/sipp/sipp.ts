import type { Program } from '../../program';
import { drivenPhone } from '../driven-phone';
import { capabilities } from './capabilities';

const program: Program = {
  name: 'sipp',
  debianPackage: 'sip-tester',
  product: 'sipp',
  version: { argv: ['sipp', '-v'], pattern: /SIPp v(\d[\w.]*)/ },
};

/** SIPp 3.6, which plays scenarios: SIP over UDP and TCP; TLS and CONNECT by a shim. */
export const sipp = drivenPhone('sipp', { title: 'SIPp', programs: [program], capabilities });
