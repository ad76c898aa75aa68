import { z } from 'zod';
import { isDeepStrictEqual } from 'node:util';
import { citationOf } from '../citation';
import { packetFactsOf } from '../drop';
import { packetFacts } from '../facts';
import { readPacket } from '../identifiers';
import { isDecisive, matchDrop } from '../match';
import type { Observations } from '../observations';
import type { Ipv4Packet } from '../packet';
import { proxyLegs } from '../proxy-legs';
import { defaultSlack, type AttemptTrace } from '../trace';
import type { Vanished } from '../vanished';
import { belonging, belongingOf, deniedWords, deniesWay, followsDenial, timesWords } from './denied';
import { isByProxy, isOfProxy, withoutProxy } from './by-proxy';
import { foreignTo } from './contradiction';
import type { EvidenceKind } from './kind';

/** A packet in a capture. */
const frame = z.object({ capture: z.string(), frame: z.int().min(1), at: z.number() });

/**
 * A packet of this attempt entered a firewall that tells nothing of what it denies, and never left it. Which rule it
 * was is not known. Packets that differ only in their content are one item with a count.
 */
const schema = z.object({
  kind: z.literal('vanished'),
  /** Node id of the firewall. */
  firewall: z.string(),
  /**
   * True if no retransmission of the packet could get through either: it was sent again and vanished again, or the
   * firewall itself answered it with a refusal.
   */
  decisive: z.boolean(),
  at: z.number(),
  /** The packet as it entered. */
  packet: packetFacts,
  ...belonging,
  /** The first one where it entered the firewall. */
  entered: frame,
  /** The whole capture of the other side, in which it is not. */
  missingIn: z.string(),
  /** What the firewall itself sent back. */
  answer: frame.extend({ kind: z.enum(['reset', 'icmp']) }).optional(),
  /** Number of times that such a packet entered; `lastAt` is the last time. */
  count: z.int().min(1),
  lastAt: z.number(),
});
export type VanishedEvidence = z.infer<typeof schema>;

const answerWords = { reset: 'a reset of its own', icmp: 'an ICMP error of its own' } as const;

export const vanished: EvidenceKind<VanishedEvidence> = {
  kind: 'vanished',
  schema,
  collect: vanishedEvidenceOf,
  explains: ({ decisive }, code) => decisive && followsDenial(code),
  refuses: deniesWay,
  words: ({ firewall, servedConnect, packet, count, answer }) => {
    const what = `${servedConnect ? "the proxy's " : ''}${packet.summary}`;
    const times = count === 1 ? '' : `, ${count} times`;
    const back = answer ? `, and answered with ${answerWords[answer.kind]}` : '';
    return `${firewall} took ${what} in and never let it out${times}${back} [rule unknown]`;
  },
  brief: () => 'rule unknown',
  sentence: (item, { when }) => {
    const { firewall, at, entered, answer } = item;
    const back = answer ? `, and the firewall answered with ${answerWords[answer.kind]}` : '';
    const moment = `${when(at, entered)}${timesWords(item)}`;
    return `${deniedWords(item)}, entered ${firewall} ${moment} and never left it${back}; the rule is not known`;
  },
  remark: () => undefined,
  // Only its first time makes a packet the attempt's; it can be sent again long after.
  contradicts: (item, owner) => [...foreignTo(owner, item.socket, item.at), ...withoutProxy(item, owner)],
  cites: (item, trace) => {
    const { entered, answer } = item;
    return [
      citationOf(
        entered,
        (seen) => isAsSaid(seen, item),
        (seen) => isOwn(seen, item, trace),
      ),
      ...(answer ? [citationOf(answer, (seen) => isAnswer(seen, answer.kind))] : []),
    ];
  },
};

/** Says whether a packet is what the item says. Of one in fragments the first is cited, which may not say all that the whole says. */
function isAsSaid(seen: Ipv4Packet, { packet }: VanishedEvidence): boolean {
  const facts = packetFactsOf(seen);
  return isDeepStrictEqual(seen.fragment === 'first' ? { ...facts, summary: packet.summary } : facts, packet);
}

/** Says whether a packet that entered a firewall belongs to an attempt as the item says, as far as the packet tells it. */
function isOwn(
  seen: Ipv4Packet,
  { matchedBy, socket, entered: { at } }: VanishedEvidence,
  trace: AttemptTrace,
): boolean {
  if (isByProxy(matchedBy)) return isOfProxy(seen, socket);
  // It came in, and an NAPT had given the UE another address there.
  if (matchedBy === 'five-tuple' && seen.src !== socket?.local.ip) return true;
  // An identifier may stand behind the first fragment.
  if (matchedBy !== 'esp-spi' && seen.fragment === 'first') return true;
  return matchDrop({ packet: seen, at, readable: readPacket(seen) }, trace)?.matchedBy === matchedBy;
}

/** Says whether a packet is a refusal of this kind. */
const isAnswer = (packet: Ipv4Packet, kind: keyof typeof answerWords): boolean =>
  kind === 'icmp' ? packet.protocol === 'icmp' : packet.protocol === 'tcp' && packet.flags?.rst === true;

function vanishedEvidenceOf({
  vanished,
  attempt,
  proxy,
  slack = defaultSlack,
}: Observations): VanishedEvidence[] {
  if (!vanished) return [];
  const { packets, captures } = vanished;
  const legs = proxy && proxyLegs(packets, proxy, slack);
  const items = new Map<string, VanishedEvidence>();
  for (const packet of packets) {
    const match = matchDrop(packet, attempt, proxy, slack, legs);
    if (!match) continue;
    const item = itemOf(packet, captures);
    const own = { ...belongingOf(match), decisive: isDecisive(packet, match, packet.decisive) };
    const key = JSON.stringify([item.packet, own.matchedBy, own.socket, item.answer?.kind]);
    const known = items.get(key);
    items.set(key, known ? joined(known, { ...item, ...own }) : { ...item, ...own });
  }
  return [...items.values()];
}

type Captures = NonNullable<Observations['vanished']>['captures'];

function itemOf(
  { firewall, at, entered, seen, answer }: Vanished,
  captures: Captures,
): Omit<VanishedEvidence, 'decisive' | 'matchedBy'> {
  const [first] = seen;
  const side = first!.side;
  const inCapture = (one: typeof first & {}): z.infer<typeof frame> => ({
    capture: captures[one.side],
    frame: one.frame,
    at: one.at,
  });
  return {
    kind: 'vanished',
    firewall,
    at,
    packet: packetFactsOf(entered),
    entered: inCapture(first!),
    missingIn: captures[side === 'inside' ? 'outside' : 'inside'],
    ...(answer && { answer: { kind: answer.kind, ...inCapture(answer) } }),
    count: seen.length,
    lastAt: seen.at(-1)!.at,
  };
}

const joined = (one: VanishedEvidence, other: VanishedEvidence): VanishedEvidence => ({
  ...one,
  decisive: one.decisive || other.decisive,
  count: one.count + other.count,
  lastAt: Math.max(one.lastAt, other.lastAt),
});
