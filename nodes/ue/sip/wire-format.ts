import type { Step } from '../../../ladder';
import type { Endpoint } from '../protocol';
import { statusOf } from './sip-text';

/** What makes one connection's SIP differ from what JsSIP writes, which knows WebSockets only. */
export interface WireContext {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly local: Endpoint;
  readonly step: Step;
  /** Appended to every branch: JsSIP's own have seven random digits, too few to be unique in a run. */
  readonly branchSuffix: string;
}

const ownVia = /^(Via: SIP\/2\.0\/)\S+ [^;\s]+;branch=([^;\s]+)/im;

/**
 * Turns a message as JsSIP writes it into what belongs on the wire. Of a response, which repeats the other side's Via
 * (RFC 3261 8.2.6.2), only the Content-Length is JsSIP's to forget: its earliest refusals have none, which a stream
 * needs (RFC 3261 20.14). Of a request:
 *
 * - Via (RFC 3261 18.1.1): the transport in use and the address and port of the socket. From step 2 on with `rport`
 *   (RFC 3581) and `keep` (RFC 6223; TS 33.203 W.3 demands keep-alives).
 * - Step 1 is a UE without NAT traversal: no `outbound` option tag, no `reg-id`, no `ob` (RFC 5626), no `+sip.ice` and
 *   no `ice` (RFC 5768).
 */
export function toWire(text: string, context: WireContext): string {
  const [head, body] = splitHead(text);
  if (statusOf(text) !== undefined) {
    const complete = /^(?:content-length|l)[ \t]*:/im.test(head);
    return complete ? text : `${head}\r\nContent-Length: 0${body}`;
  }
  const traversal = context.step === 1 ? '' : ';rport;keep';
  const sentBy = `${context.local.ip}:${context.local.port}`;
  const patched = head.replace(
    ownVia,
    (_, start: string, branch: string) =>
      `${start}${context.transport.toUpperCase()} ${sentBy};branch=${branch}${context.branchSuffix}${traversal}`,
  );
  return (context.step === 1 ? withoutOutbound(patched) : patched) + body;
}

/** Gives a received response the branch that JsSIP knows; requests pass as they are. */
export function fromWire(text: string, context: Pick<WireContext, 'branchSuffix'>): string {
  return statusOf(text) === undefined ? text : text.replace(context.branchSuffix, '');
}

function withoutOutbound(head: string): string {
  return head
    .replace(/^(Supported: .*)$/im, (_, field: string) =>
      field.replace(/,\s*(?:outbound|ice)\b|\b(?:outbound|ice)\b,?\s*/gi, ''),
    )
    .replace(/^Contact: .*$/gim, (field) => field.replace(/;reg-id=\d+|;\+sip\.ice\b|;ob(?=[;>])/gi, ''))
    .replace(/^Supported:\s*\r\n/im, '');
}

function splitHead(text: string): [head: string, body: string] {
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)];
}
