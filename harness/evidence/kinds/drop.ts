import { z } from 'zod';
import { isSameWay } from '../../../kit/endpoint';
import { denialOf } from '../citation';
import { packetFactsOf, type Drop, type RuleLookup } from '../drop';
import { packetFacts } from '../facts';
import { isDecisive, matchDrop } from '../match';
import { hooks } from '../nflog';
import { proxyLegs } from '../proxy-legs';
import { defaultSlack, type AttemptTrace, type ProxyTrace, type Slack } from '../trace';
import { belonging, belongingOf, deniedWords, deniesWay, followsDenial, timesWords } from './denied';
import { isByProxy, isOfProxy, withoutProxy } from './by-proxy';
import { foreignTo, withoutFrames } from './contradiction';
import type { EvidenceKind } from './kind';

/** The firewall dropped or rejected a packet of this attempt. Repetitions of one packet are one item with a count. */
const schema = z.object({
  kind: z.literal('drop'),
  /** Node id of the firewall. */
  firewall: z.string(),
  /** Id of the rule that denied the packet. */
  rule: z.string(),
  /** The rule in words. */
  statement: z.string(),
  /** True if no retransmission of the packet could get through either. */
  decisive: z.boolean(),
  /**
   * The netfilter hook: `forward` for a packet on its way through, `input` for one that was addressed to the
   * firewall itself (NAPT).
   */
  chain: z.enum(hooks),
  at: z.number(),
  packet: packetFacts,
  ...belonging,
  /** Number of times that the packet was dropped; `lastAt` is the last time. */
  count: z.int().min(1),
  lastAt: z.number(),
  /**
   * The capture of the denied packets, and the packet's frame number in it. Repetitions have the number of the
   * first one.
   */
  capture: z.string().optional(),
  frame: z.int().min(1).optional(),
});
export type DropEvidence = z.infer<typeof schema>;

export const drop: EvidenceKind<DropEvidence> = {
  kind: 'drop',
  schema,
  collect: ({ attempt, drops, denied, rule, proxy, slack }) =>
    dropEvidenceOf(drops, attempt, { rule, proxy, slack, capture: denied }),
  explains: ({ decisive }, code) => decisive && followsDenial(code),
  refuses: deniesWay,
  words: ({ servedConnect, firewall, packet, statement, rule }) =>
    `${firewall} denied ${servedConnect ? "the proxy's " : ''}${packet.summary}: ${statement} [${rule}]`,
  brief: ({ rule }) => rule,
  sentence: (item, { when, denied }) => {
    const { firewall, rule, chain, at, capture, frame } = item;
    const where = chain === 'input' ? `${firewall}, to which it was addressed,` : firewall;
    const moment = `${when(at, { capture, frame })}${timesWords(item)}`;
    return `${deniedWords(item)}, ${denied} at ${where} by \`${rule}\` ${moment}`;
  },
  remark: () => undefined,
  contradicts: (item, owner) => [
    ...foreignTo(owner, item.socket, item.at, item.lastAt),
    ...withoutProxy(item, owner),
    ...withoutFrames(owner, item.frame !== undefined),
  ],
  cites: (item, trace) => {
    const { capture, frame } = item;
    if (capture === undefined || frame === undefined) return [];
    return [denialOf({ capture, frame }, item, (drop) => isOwn(drop, item, trace))];
  },
};

/** Says whether a denied packet belongs to an attempt as the item says. */
function isOwn(drop: Drop, { matchedBy, socket }: DropEvidence, trace: AttemptTrace): boolean {
  if (isByProxy(matchedBy)) return isOfProxy(drop.packet, socket);
  const match = matchDrop(drop, trace);
  if (match?.matchedBy !== matchedBy) return false;
  return match.flow && socket ? isSameWay(match.flow, socket) : match.flow === socket;
}

/**
 * Returns the attempt's own drops as evidence in order of time. Repetitions of one packet become one item with
 * a count.
 */
export function dropEvidenceOf(
  drops: readonly Drop[],
  attempt: AttemptTrace,
  options: { rule: RuleLookup; proxy?: ProxyTrace; slack?: Slack; capture?: string },
): DropEvidence[] {
  const items = new Map<string, DropEvidence>();
  const { proxy, slack = defaultSlack } = options;
  const legs = proxy && proxyLegs(drops, proxy, slack);
  for (const drop of [...drops].sort((a, b) => a.at - b.at)) {
    const match = matchDrop(drop, attempt, proxy, slack, legs);
    if (!match) continue;
    const rule = options.rule(drop.rule);
    const packet = packetFactsOf(drop.packet);
    const own = belongingOf(match);
    const key = JSON.stringify([drop.firewall, drop.rule, drop.chain, packet, own.matchedBy, own.socket]);
    const known = items.get(key);
    if (known) {
      known.count++;
      known.lastAt = drop.at;
      continue;
    }
    items.set(key, {
      kind: 'drop',
      firewall: drop.firewall,
      rule: drop.rule,
      statement: rule?.statement ?? 'a rule that is not in the catalogue',
      decisive: isDecisive(drop, match, rule?.decisive ?? 'none'),
      chain: drop.chain,
      at: drop.at,
      packet,
      ...own,
      count: 1,
      lastAt: drop.at,
      ...(options.capture !== undefined && { capture: options.capture, frame: drop.frame }),
    });
  }
  return [...items.values()];
}
