import { z } from 'zod';
import { isSameWay, sameEndpoint, showEndpoint } from '../../../kit/endpoint';
import type { Endpoint } from '../../../nodes/ue/protocol';
import type { BothSides } from '../both-sides';
import { citationOf } from '../citation';
import { readPacket, type SipFacts } from '../identifiers';
import type { Ipv4Packet } from '../packet';
import { endpoint, frame, socket } from '../facts';
import { failuresOfWaiting, lateMs } from './awaited';
import { contradictions, foreignTo, withoutFrames, withoutNapt } from './contradiction';
import type { EvidenceKind } from './kind';

/**
 * The NAPT changed the address of the attempt's requests, so that a request of the network to the UE's own address had
 * no way: the P-CSCF does not know the flow to a UE that asks for no NAT traversal (RFC 5626; TS 24.229 annexes F and
 * K), and the address means nothing on its side.
 */
const schema = z.object({
  kind: z.literal('translation'),
  at: z.number(),
  /** The UE's own address, which its Via and its Contact name. */
  inside: endpoint,
  /** The address that the P-CSCF saw. */
  outside: endpoint,
  /** The way on which the addresses were changed. */
  socket,
  /** The request that had no way, as it stands between the core and the P-CSCF. */
  request: z.object({
    method: z.string(),
    /** Its Request-URI. */
    target: z.string(),
    callId: z.string(),
    /** The P-CSCF's answer to it. */
    answer: z.string(),
    asked: frame,
    answered: frame,
  }),
  /** Number of such requests; `request` is the first of them. */
  count: z.int().min(1),
  /**
   * One request of the UE on both sides of the firewall: with its own address, and with the one that the P-CSCF saw.
   * Missing if the captures of the two sides were not read.
   */
  seen: z.object({ branch: z.string(), inside: frame, outside: frame }).optional(),
});
export type TranslationEvidence = z.infer<typeof schema>;

export const translation: EvidenceKind<TranslationEvidence> = {
  kind: 'translation',
  schema,
  collect: ({ report, attempt, core }) => {
    const { startedAt, endedAt, flows, identifiers } = attempt;
    const callIds = identifiers.flatMap(({ kind, value }) => (kind === 'sip-call-id' ? [value] : []));
    const items = (core?.sip.undelivered(callIds) ?? []).flatMap((undelivered): TranslationEvidence[] => {
      const {
        translation: addresses,
        requestFrame,
        answerFrame,
        method,
        target,
        callId,
        answer,
      } = undelivered;
      const { inside, outside, branch } = addresses;
      const own = flows.find(({ protocol, local }) => protocol === 'udp' && sameEndpoint(local, inside));
      const isInTime = requestFrame.at >= startedAt && answerFrame.at <= endedAt + lateMs;
      if (!core || !own || !isInTime || report.end === 'passed') return [];
      const sides = core.sides?.(branch);
      // The captures were read, and do not show it.
      if (core.sides && !(sides && isShown(sides, { inside, outside }))) return [];
      const { protocol, local, remote } = own;
      const inCore = (one: typeof requestFrame): z.infer<typeof frame> => ({ capture: core.capture, ...one });
      return [
        {
          kind: 'translation' as const,
          at: answerFrame.at,
          ...{ inside, outside, socket: { protocol, local, remote } },
          request: {
            method,
            target,
            callId,
            answer,
            asked: inCore(requestFrame),
            answered: inCore(answerFrame),
          },
          count: 1,
          ...(sides && { seen: { branch, inside: sides.inside.place, outside: sides.outside.place } }),
        },
      ];
    });
    return joined(items);
  },
  explains: (_, code) => failuresOfWaiting.has(code),
  refuses: (item, way) => isSameWay(item.socket, way),
  words: ({ inside, outside, request: { method, target, answer } }) =>
    `the NAPT made ${showEndpoint(outside)} of ${showEndpoint(inside)}, so ${method} to ${target} had no way: the P-CSCF answered it ${answer}`,
  brief: () => 'translation',
  sentence: ({ inside, outside, request: { method, target, answer }, count, at }, { when }) => {
    const all = count === 1 ? '' : ` (${count} such requests)`;
    const made = `the NAPT made ${showEndpoint(outside)} of ${showEndpoint(inside)}`;
    return `${made}, so that ${method} to ${target} had no way: the P-CSCF answered it ${answer} ${when(at)}${all}`;
  },
  remark: () => undefined,
  contradicts: (item, owner) => {
    const { socket: way, inside, outside, request, seen } = item;
    const { callId, asked, answered } = request;
    return [
      ...contradictions(
        [
          !owner.trace.identifiers.some(({ kind, value }) => kind === 'sip-call-id' && value === callId),
          `is of the Call-ID ${callId}, which is none of the attempt's`,
        ],
        [
          !sameEndpoint(inside, way.local),
          `has ${showEndpoint(inside)} for the UE's own ${showEndpoint(way.local)}`,
        ],
        [sameEndpoint(inside, outside), `has ${showEndpoint(outside)} on both sides of the NAPT`],
      ),
      ...foreignTo(owner, way, asked.at, answered.at),
      ...withoutNapt(owner),
      ...withoutFrames(owner, seen !== undefined),
    ];
  },
  cites: ({ inside, outside, request: { method, callId, answer, asked, answered }, seen }) => [
    citationOf(asked, (packet) => sipOf(packet)?.callId === callId && isRequest(packet, method)),
    citationOf(answered, (packet) => sipOf(packet)?.callId === callId && isAnswer(packet, method, answer)),
    ...(seen
      ? [
          citationOf(seen.inside, (packet) => isFrom(packet, inside) && isOwn(packet, callId, seen.branch)),
          citationOf(seen.outside, (packet) => isFrom(packet, outside) && isOwn(packet, callId, seen.branch)),
        ]
      : []),
  ],
};

const sipOf = (packet: Ipv4Packet): SipFacts | undefined => readPacket(packet).sip[0];

const isRequest = (packet: Ipv4Packet, method: string): boolean => {
  const sip = sipOf(packet);
  return sip?.status === undefined && sip?.method === method;
};

/** Says whether a packet answers a request of this method so; `answer` is the status code and the reason phrase. */
const isAnswer = (packet: Ipv4Packet, method: string, answer: string): boolean => {
  const sip = sipOf(packet);
  return sip?.method === method && answer.split(' ')[0] === String(sip.status);
};

/** Says whether a packet is of the dialog of the request that had no way, so that it is the same attempt's. */
const isOwn = (packet: Ipv4Packet, callId: string, branch: string): boolean => {
  const sip = sipOf(packet);
  return sip?.callId === callId && sip.branch === branch;
};

const isFrom = ({ src, sport }: Ipv4Packet, { ip, port }: Endpoint): boolean => src === ip && sport === port;

/** Makes one item of requests that differ in nothing but the time. */
function joined(items: readonly TranslationEvidence[]): TranslationEvidence[] {
  const byRequest = new Map<string, TranslationEvidence>();
  for (const item of items) {
    const { method, target, callId, answer } = item.request;
    const key = JSON.stringify([method, target, callId, answer, item.inside, item.outside]);
    const known = byRequest.get(key);
    if (known) known.count++;
    else byRequest.set(key, item);
  }
  return [...byRequest.values()];
}

function isShown(
  sides: BothSides,
  { inside, outside }: Pick<TranslationEvidence, 'inside' | 'outside'>,
): boolean {
  return sameEndpoint(sides.inside.from, inside) && sameEndpoint(sides.outside.from, outside);
}
