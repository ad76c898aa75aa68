import { debianVersion, type Program } from '../../program';
import { drivenPhone } from '../driven-phone';
import { capabilities } from './capabilities';

const browser: Program = {
  name: 'chromium-headless-shell',
  debianPackage: 'chromium-headless-shell',
  product: 'chromium',
  // The program itself has no flag that only tells its version.
  version: debianVersion('chromium-headless-shell'),
};

/** Makes the database of authorities that Chromium trusts. */
const certutil: Program = {
  name: 'certutil',
  debianPackage: 'libnss3-tools',
  version: debianVersion('libnss3-tools'),
};

/** Chromium with JsSIP in a page, the phone of a web browser: SIP over WebSocket in TLS, directly and by CONNECT. */
export const chromium = drivenPhone('chromium', {
  title: 'Chromium with JsSIP',
  programs: [browser, certutil],
  capabilities,
});
