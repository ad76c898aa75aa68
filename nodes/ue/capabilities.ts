import { securities, servers, steps, suiteIds, throughs, transports } from '../../ladder';
import type { Capabilities, Service } from './protocol';

/** The services of this UE, each a method of the protocol. */
export const serviceNames: readonly Service[] = ['call', 'message', 'msrp', 'keepalive', 'leave', 'arrive'];

/** What the reference UE can do: all that the ladders have by now. */
export const ownCapabilities: Capabilities = {
  actions: ['register', 'relay', ...serviceNames],
  steps: [...steps],
  servers: [...servers],
  transports: [...transports],
  throughs: [...throughs],
  securities: [...securities],
  suites: [...suiteIds],
};
