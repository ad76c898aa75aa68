import { debianVersion, type Program } from '../../program';
import { drivenPhone } from '../driven-phone';
import { capabilities } from './capabilities';

const linphoneDaemon: Program = {
  name: 'linphone-daemon',
  debianPackage: 'linphone-cli',
  product: 'linphone',
  // The daemon itself tells its version only to whoever has started it, and starting it looks for sound cards.
  version: debianVersion('linphone-cli'),
};

/** Linphone 5.1, a phone of today: SIP over UDP and TLS, ICE with TURN over UDP and TLS, HTTP CONNECT for SIP. */
export const linphone = drivenPhone('linphone', {
  title: 'Linphone',
  programs: [linphoneDaemon],
  // The voice that it speaks in a call.
  packages: ['linphone-common'],
  capabilities,
});
