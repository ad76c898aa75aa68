import type { LabTopology } from '../topologies/lab-topology';
import { homeDomain } from './home-network';
import type { RunSecrets } from './run-secrets';
import type { Subscriber } from './ue/protocol';

/** How many subscribers there are behind each firewall: as many as can be tried there at the same time. */
const usersAtOnce = 3;

/** The one whose name this is. */
export function subscriberCalled(user: string, { passwordOf }: RunSecrets): Subscriber {
  const impi = impiOf(user);
  return { domain: homeDomain, impi, impu: `sip:${impi}`, password: passwordOf(impi) };
}

/**
 * Those who can register with a UE behind a firewall; the first is who it is unless it is told otherwise.
 * @param ue the id of its node
 */
export const subscribersAt = (ue: string, secrets: RunSecrets): Subscriber[] =>
  usersAt(ue).map((user) => subscriberCalled(user, secrets));

/** Everybody who can register: behind each firewall, and the other end. */
export const subscribersOf = (topology: LabTopology, secrets: RunSecrets): Subscriber[] =>
  usersOf(topology).map((user) => subscriberCalled(user, secrets));

/** The IMPI of everybody who can register. */
export const impisOf = (topology: LabTopology): string[] => usersOf(topology).map(impiOf);

function usersOf({ access, core }: LabTopology): string[] {
  const behind = [...access.values()].flatMap(({ nodes }) => usersAt(nodes.get('ue')!.id));
  return [...behind, core.get('peer')!.id];
}

const impiOf = (user: string): string => `${user}@${homeDomain}`;

const usersAt = (ue: string): string[] =>
  Array.from({ length: usersAtOnce }, (_, index) => `${ue}${index === 0 ? '' : `.${index + 1}`}`);
