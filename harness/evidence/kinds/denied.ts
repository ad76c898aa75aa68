import { z } from 'zod';
import { isSameWay, showEndpoint } from '../../../kit/endpoint';
import { duration } from '../../../kit/words';
import type { FailureCode, FiveTuple } from '../../../nodes/ue/protocol';
import { endpoint, socket, type PacketFacts, type SocketFacts } from '../facts';
import { matchings, type Match } from '../match';
import { packetWords } from '../packet-words';

/** What the kinds of evidence about denied packets have in common: how the packet belongs to the attempt. */
export const belonging = {
  matchedBy: z.enum(matchings),
  /** The way that the packet belongs to; missing when only an identifier ties it to the attempt. */
  socket: socket.optional(),
  /** The CONNECT for which the proxy sent the denied packet; present with `connect-leg` and `sole-connect`. */
  servedConnect: z.object({ client: endpoint, target: z.string() }).optional(),
};
export type Belonging = z.infer<z.ZodObject<typeof belonging>>;

/** Writes a match as evidence has it. */
export function belongingOf({ matchedBy, flow, served }: Match): Belonging {
  const asked =
    served ??
    (matchedBy === 'sole-connect' && flow?.connect !== undefined
      ? { client: flow.local, target: flow.connect }
      : undefined);
  return {
    matchedBy,
    ...(flow && { socket: { protocol: flow.protocol, local: flow.local, remote: flow.remote } }),
    ...(asked && { servedConnect: { client: asked.client, target: asked.target } }),
  };
}

/** Names the denied packet, and the CONNECT that it served if the proxy sent it. */
export function deniedWords({ packet, servedConnect }: Belonging & { readonly packet: PacketFacts }): string {
  if (!servedConnect) return packetWords(packet);
  const { client, target } = servedConnect;
  return `the proxy's ${packetWords(packet)}, for the CONNECT of ${showEndpoint(client)} to ${target}`;
}

/** Says how often it was denied, if more than once: ` (4 times within 530 ms)`. */
export const timesWords = (item: {
  readonly count: number;
  readonly at: number;
  readonly lastAt: number;
}): string => (item.count === 1 ? '' : ` (${item.count} times within ${duration(item.lastAt - item.at)})`);

/**
 * The failures that follow when packets of the UE, or of the proxy that serves it, are dropped or rejected on
 * their way.
 */
const consequences: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'ABANDONED',
  'TIMEOUT',
  'CONNECTION_REFUSED',
  'CONNECTION_LOST',
  'UNREACHABLE',
  'PROXY_UNREACHABLE',
  'PROXY_BAD_GATEWAY',
]);

/** Says whether a UE can fail so because its packets were denied. */
export const followsDenial = (code: FailureCode): boolean => consequences.has(code);

/** Says whether the denied packet shows alone that this way was refused. */
export const deniesWay = (
  item: { readonly decisive: boolean; readonly socket?: SocketFacts | undefined },
  way: FiveTuple,
): boolean => item.decisive && item.socket !== undefined && isSameWay(item.socket, way);
