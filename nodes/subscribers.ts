import type { LabTopology } from '../topologies/lab-topology';
import { homeDomain } from './home-network';
import type { RunSecrets } from './run-secrets';
import type { Subscriber } from './ue/protocol';

/** Number of subscribers behind each firewall: as many as can make attempts there at the same time. */
const usersAtOnce = 3;

/** Returns the subscriber with this name. */
export function subscriberCalled(user: string, { passwordOf, cardOf }: RunSecrets): Subscriber {
  const impi = impiOf(user);
  return { domain: homeDomain, impi, impu: `sip:${impi}`, password: passwordOf(impi), card: cardOf(impi) };
}

/**
 * Returns the subscribers who can register with a UE behind a firewall. The UE is the first of them
 * unless a request names another.
 * @param ue the id of the UE's node
 */
export const subscribersAt = (ue: string, secrets: RunSecrets): Subscriber[] =>
  usersAt(ue).map((user) => subscriberCalled(user, secrets));

/** Returns the subscriber of a UE whose sessions are anchored at the SCC AS, so that they can be moved. */
export const anchoredAt = (ue: string, secrets: RunSecrets): Subscriber =>
  subscriberCalled(anchored(ue), secrets);

/** Returns the IMPIs of all subscribers whose sessions are anchored. */
export const anchoredOf = (topology: LabTopology): string[] =>
  uesOf(topology).map((ue) => impiOf(anchored(ue)));

/** Returns all subscribers, those behind each firewall and the one at the other end, each with its local number. */
export const subscribersOf = (
  topology: LabTopology,
  secrets: RunSecrets,
): (Subscriber & { readonly number: string })[] =>
  usersOf(topology).map((user, index) => ({
    ...subscriberCalled(user, secrets),
    number: String(index + 1).padStart(5, '0'),
  }));

/** Returns the IMPIs of all subscribers. */
export const impisOf = (topology: LabTopology): string[] => usersOf(topology).map(impiOf);

function usersOf(topology: LabTopology): string[] {
  const ues = uesOf(topology);
  // Numbers are dealt in this order.
  return [...ues.flatMap(usersAt), topology.core.get('peer')!.id, ...ues.map(anchored)];
}

const uesOf = ({ access }: LabTopology): string[] =>
  [...access.values()].map(({ nodes }) => nodes.get('ue')!.id);

const anchored = (ue: string): string => `${ue}.anchored`;

const impiOf = (user: string): string => `${user}@${homeDomain}`;

const usersAt = (ue: string): string[] =>
  Array.from({ length: usersAtOnce }, (_, index) => `${ue}${index === 0 ? '' : `.${index + 1}`}`);
