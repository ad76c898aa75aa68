import { sdpOf } from '../sdp';
import { earlierThan } from '../observed';
import { rule, type Topic } from '../rule';
import { field, isRequest, isSuccess, listed } from '../sip-message';
import type { SipMessage } from '../sighting';

const tagsOf = (message: SipMessage, name: 'Supported' | 'Require'): string[] =>
  listed(message, name).map((tag) => tag.toLowerCase());

/** Says whether a message is a provisional response that is sent reliably (RFC 3262 3). */
const isReliable = (message: SipMessage): boolean =>
  (message.status ?? 200) < 200 && tagsOf(message, 'Require').includes('100rel');

/** Returns the INVITE of a response to it, which has the same CSeq. */
const inviteOf = (response: SipMessage, seen: Parameters<typeof earlierThan>[1]): SipMessage | undefined =>
  earlierThan(response, seen).find(
    (one) =>
      isRequest(one) &&
      one.method === 'INVITE' &&
      field(one, 'CSeq') === field(response, 'CSeq') &&
      one.from !== response.from,
  );

const isOfSameInvite = (one: SipMessage, other: SipMessage): boolean =>
  field(one, 'CSeq') === field(other, 'CSeq') && one.from === other.from;

/**
 * Returns the provisional responses of a conversation that the UE has to acknowledge. One that the final response has
 * overtaken finds no transaction that would pass it on to the user agent (RFC 3261 17.1.1.2), so nobody can.
 */
const toAcknowledge = (messages: readonly SipMessage[]): SipMessage[] =>
  messages.filter(
    (one, at) =>
      isReliable(one) &&
      one.to === 'ue' &&
      !messages.slice(0, at).some((other) => (other.status ?? 0) >= 200 && isOfSameInvite(other, one)),
  );

const sessionExpires = (message: SipMessage): { seconds: number; refresher?: string } | undefined => {
  const [, seconds, rest = ''] = /^(\d+)(.*)$/.exec(field(message, 'Session-Expires')?.trim() ?? '') ?? [];
  const refresher = /;\s*refresher\s*=\s*(\w+)/i.exec(rest)?.[1]?.toLowerCase();
  return seconds === undefined ? undefined : { seconds: Number(seconds), ...(refresher && { refresher }) };
};

/** Extensions of sessions: reliable provisional responses (RFC 3262), the session timer (RFC 4028), one port (RFC 8858). */
export const extensions: Topic = {
  title: 'Extensions of sessions',
  rules: [
    rule({
      id: 'reliable-where-supported',
      clause: 'RFC 3262 3',
      level: 'MUST',
      says: 'A provisional response is sent reliably only to an INVITE with 100rel in Supported or Require, and it has RSeq.',
      of: 'message',
      about: (message, seen) => isReliable(message) && inviteOf(message, seen) !== undefined,
      breaks: (message, seen) => {
        const invite = inviteOf(message, seen)!;
        const isAsked = (['Supported', 'Require'] as const).some((name) =>
          tagsOf(invite, name).includes('100rel'),
        );
        if (!isAsked) return `${message.status} with Require: 100rel to an INVITE without 100rel`;
        return field(message, 'RSeq') === undefined ? `${message.status} without RSeq` : undefined;
      },
    }),
    rule({
      id: 'prack-names-response',
      clause: 'RFC 3262 7.2',
      level: 'MUST',
      says: 'RAck of a PRACK has the RSeq and the CSeq of a provisional response that came before.',
      of: 'message',
      about: (message) => message.method === 'PRACK' && isRequest(message),
      breaks: (prack, seen) => {
        const named = field(prack, 'RAck')?.trim().replace(/\s+/g, ' ');
        const told = earlierThan(prack, seen)
          .filter((one) => isReliable(one) && one.from !== prack.from)
          .map((one) => `${field(one, 'RSeq')?.trim()} ${field(one, 'CSeq')?.trim().replace(/\s+/g, ' ')}`);
        if (named === undefined) return 'PRACK without RAck';
        return told.includes(named)
          ? undefined
          : `RAck ${named}, where ${told.join(' and ') || 'nothing'} came`;
      },
    }),
    rule({
      id: 'reliable-acknowledged',
      clause: 'RFC 3262 4',
      level: 'MUST',
      says: 'A UE acknowledges a provisional response that comes reliably by a PRACK.',
      of: 'conversation',
      about: ({ messages }) => toAcknowledge(messages).length > 0,
      breaks: ({ messages }) => {
        const acknowledged = messages
          .filter((one) => one.method === 'PRACK' && isRequest(one) && one.from === 'ue')
          .map((prack) => field(prack, 'RAck')?.trim().split(/\s+/)[0]);
        const missed = toAcknowledge(messages).find(
          (one) => !acknowledged.includes(field(one, 'RSeq')?.trim()),
        );
        return missed === undefined
          ? undefined
          : `no PRACK for ${missed.status} with RSeq ${field(missed, 'RSeq')}`;
      },
    }),
    rule({
      id: 'session-interval',
      clause: 'RFC 4028 4',
      level: 'MUST',
      says: 'Session-Expires is at least 90 seconds.',
      of: 'message',
      about: (message) => sessionExpires(message) !== undefined,
      breaks: (message) => {
        const { seconds } = sessionExpires(message)!;
        return seconds >= 90 ? undefined : `Session-Expires: ${seconds}`;
      },
    }),
    rule({
      id: 'refresher-named',
      clause: 'RFC 4028 9',
      level: 'MUST',
      says: 'A 2xx with Session-Expires says who refreshes the session.',
      of: 'message',
      about: (message) => isSuccess(message) && sessionExpires(message) !== undefined,
      breaks: (message) =>
        ['uac', 'uas'].includes(sessionExpires(message)?.refresher ?? '')
          ? undefined
          : `Session-Expires: ${field(message, 'Session-Expires')}`,
    }),
    rule({
      id: 'timer-supported',
      clause: 'RFC 4028 7.1',
      level: 'MUST',
      says: 'A UE that asks for a session interval has timer in Supported.',
      of: 'message',
      about: (message) =>
        message.from === 'ue' &&
        message.method === 'INVITE' &&
        isRequest(message) &&
        sessionExpires(message) !== undefined,
      breaks: (message) =>
        tagsOf(message, 'Supported').includes('timer')
          ? undefined
          : 'Session-Expires without Supported: timer',
    }),
    rule({
      id: 'mux-only-with-mux',
      clause: 'RFC 8858 4.2',
      level: 'MUST',
      says: 'Media that take RTCP on the port of RTP only (rtcp-mux-only) also say rtcp-mux.',
      of: 'message',
      about: (message) => message.from === 'ue' && muxOnlyIn(message).length > 0,
      breaks: (message) =>
        muxOnlyIn(message).every((media) => media.includes('a=rtcp-mux\n'))
          ? undefined
          : 'a=rtcp-mux-only without a=rtcp-mux',
    }),
  ],
};

/** Returns the media sections of a description that say rtcp-mux-only, with line feeds at their lines' ends. */
function muxOnlyIn(message: SipMessage): string[] {
  if (sdpOf(message) === undefined) return [];
  return `${message.body}\n`
    .replace(/\r/g, '')
    .split(/^(?=m=)/m)
    .filter((section) => section.startsWith('m=') && section.includes('a=rtcp-mux-only\n'));
}
