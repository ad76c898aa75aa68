import { groupBy } from '../../kit/group-by';
import { field, topViaOf } from './sip-message';
import type {
  Conversation,
  Exchange,
  MsrpPacket,
  Ping,
  RtpStream,
  SipMessage,
  StunPacket,
  TlsHandshake,
  Tunnel,
} from './sighting';

/** What was read of the captures of a run, each in the order of time. */
export interface Read {
  readonly message: readonly SipMessage[];
  readonly handshake: readonly TlsHandshake[];
  readonly tunnel: readonly Tunnel[];
  readonly stun: readonly StunPacket[];
  readonly msrp: readonly MsrpPacket[];
  readonly ping: readonly Ping[];
  readonly rtp: readonly RtpStream[];
}

/** What rules can be about, by the word that a rule says in `of`. */
export interface Sightings {
  /** A SIP message, each time that it was sent. */
  readonly message: SipMessage;
  /** A request of SIP with its final response. */
  readonly exchange: Exchange;
  /** All SIP messages with one Call-ID on one side: a dialog, a registration over time, or a single exchange. */
  readonly conversation: Conversation;
  /** A TLS connection being set up. */
  readonly handshake: TlsHandshake;
  /** A TCP connection to the web proxy. */
  readonly tunnel: Tunnel;
  /** A message of STUN or TURN. */
  readonly stun: StunPacket;
  /** A chunk or a response of MSRP. */
  readonly msrp: MsrpPacket;
  /** A keep-alive of the UE on a flow of SIP. */
  readonly ping: Ping;
  /** A stream of RTP. */
  readonly rtp: RtpStream;
}

/** Everything that was seen in a run, by kind. */
export type Observed = { readonly [Kind in keyof Sightings]: readonly Sightings[Kind][] };

/** Puts together what belongs together of what was read. */
export function observed(read: Partial<Read>): Observed {
  const { message = [], ...others } = read;
  return {
    ...{ handshake: [], tunnel: [], stun: [], msrp: [], ping: [], rtp: [] },
    ...others,
    message,
    exchange: exchangesOf(message),
    conversation: conversationsOf(message),
  };
}

/** RFC 3261 17.1.3: a response has the branch of its request's topmost Via, and its method in CSeq. */
function exchangesOf(messages: readonly SipMessage[]): Exchange[] {
  const open = new Map<string, { request: SipMessage; provisional: SipMessage[] }>();
  const exchanges: Exchange[] = [];
  for (const message of messages) {
    const key = transactionOf(message);
    if (message.status === undefined) {
      if (!open.has(key)) open.set(key, { request: message, provisional: [] });
      continue;
    }
    const begun = open.get(key);
    if (begun === undefined) continue;
    if (message.status < 200) begun.provisional.push(message);
    else {
      exchanges.push({ ...sightingOf(message), ...begun, final: message });
      // A final response that comes again belongs to the same exchange.
      open.delete(key);
    }
  }
  return exchanges;
}

function transactionOf(message: SipMessage): string {
  return JSON.stringify([
    message.capture,
    topViaOf(message).get('branch'),
    message.method,
    field(message, 'CSeq'),
  ]);
}

function conversationsOf(messages: readonly SipMessage[]): Conversation[] {
  const byCallId = groupBy(messages, (one) => JSON.stringify([one.capture, field(one, 'Call-ID')]));
  return [...byCallId.values()].map((own) => ({
    ...sightingOf(own[0]!),
    callId: field(own[0]!, 'Call-ID') ?? '',
    messages: own,
  }));
}

/** Makes a function of what was seen that computes its value once for each run, for rules that ask again and again. */
export function oncePerRun<T>(compute: (seen: Observed) => T): (seen: Observed) => T {
  const known = new WeakMap<Observed, { readonly value: T }>();
  return (seen) => {
    const found = known.get(seen) ?? { value: compute(seen) };
    known.set(seen, found);
    return found.value;
  };
}

const conversations = oncePerRun(
  (seen) => new Map(seen.conversation.flatMap((one) => one.messages.map((own) => [own, one] as const))),
);

/** Returns the conversation that a message belongs to. */
export const conversationOf = (message: SipMessage, seen: Observed): Conversation =>
  conversations(seen).get(message)!;

/** Returns the messages of a message's conversation that came before it, in the order of time. */
export function earlierThan(message: SipMessage, seen: Observed): readonly SipMessage[] {
  const { messages } = conversationOf(message, seen);
  return messages.slice(0, messages.indexOf(message));
}

const sideKey = (message: SipMessage): string =>
  JSON.stringify([field(message, 'Call-ID'), field(message, 'CSeq')]);

const sides = oncePerRun((seen) => groupBy(seen.message, sideKey));

/**
 * Returns the messages with the Call-ID and CSeq of a message, on either side of the P-CSCF: a proxy leaves both as
 * they are (RFC 3261 16.6).
 */
export const onEitherSide = (message: SipMessage, seen: Observed): readonly SipMessage[] =>
  sides(seen).get(sideKey(message)) ?? [];

const sightingOf = ({ capture, frame, at }: SipMessage) => ({ capture, frame, at });
