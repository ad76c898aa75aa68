import { securities, servers, steps, suiteIds, throughs } from '../../ladder';
import type { Capabilities, Service } from './protocol';

/** The services of this UE; each is a method of the protocol. */
export const serviceNames: readonly Service[] = ['call', 'message', 'msrp', 'keepalive', 'leave', 'arrive'];

/** The capabilities of the reference UE: everything that the ladders have by now, but SIP over WebSocket. */
export const ownCapabilities: Capabilities = {
  actions: ['register', 'relay', ...serviceNames],
  steps: [...steps],
  servers: [...servers],
  transports: ['udp', 'tcp', 'tls'],
  throughs: [...throughs],
  securities: [...securities],
  suites: [...suiteIds],
};
