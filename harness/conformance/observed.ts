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
  const byCallId = new Map<string, SipMessage[]>();
  for (const message of messages) {
    const key = JSON.stringify([message.capture, field(message, 'Call-ID')]);
    const earlier = byCallId.get(key);
    if (earlier) earlier.push(message);
    else byCallId.set(key, [message]);
  }
  return [...byCallId.values()].map((own) => ({
    ...sightingOf(own[0]!),
    callId: field(own[0]!, 'Call-ID') ?? '',
    messages: own,
  }));
}

const conversations = new WeakMap<Observed, ReadonlyMap<SipMessage, Conversation>>();

/** Returns the conversation that a message belongs to. */
export function conversationOf(message: SipMessage, seen: Observed): Conversation {
  let known = conversations.get(seen);
  if (known === undefined) {
    known = new Map(seen.conversation.flatMap((one) => one.messages.map((own) => [own, one] as const)));
    conversations.set(seen, known);
  }
  return known.get(message)!;
}

/** Returns the messages of a message's conversation that came before it, in the order of time. */
export function earlierThan(message: SipMessage, seen: Observed): readonly SipMessage[] {
  const { messages } = conversationOf(message, seen);
  return messages.slice(0, messages.indexOf(message));
}

const sides = new WeakMap<Observed, ReadonlyMap<string, readonly SipMessage[]>>();

/**
 * Returns the messages with the Call-ID and CSeq of a message, on either side of the P-CSCF: a proxy leaves both as
 * they are (RFC 3261 16.6).
 */
export function onEitherSide(message: SipMessage, seen: Observed): readonly SipMessage[] {
  let known = sides.get(seen);
  if (known === undefined) {
    const grouped = new Map<string, SipMessage[]>();
    for (const one of seen.message) {
      const group = grouped.get(sideKey(one)) ?? [];
      grouped.set(sideKey(one), group);
      group.push(one);
    }
    known = grouped;
    sides.set(seen, known);
  }
  return known.get(sideKey(message)) ?? [];
}

const sideKey = (message: SipMessage): string =>
  JSON.stringify([field(message, 'Call-ID'), field(message, 'CSeq')]);

const sightingOf = ({ capture, frame, at }: SipMessage) => ({ capture, frame, at });
