import type { Hop } from './security';
import { headerOf, keyOf, statusOf } from './sip-text';

/** The facts of a connection by which its SIP differs from what JsSIP writes, since JsSIP knows only WebSockets. */
export interface WireContext extends Hop {
  readonly transport: 'udp' | 'tcp' | 'tls';
  /**
   * Text that is appended to every branch, since JsSIP's own branches have too few
   * random digits to be unique in a run.
   */
  readonly branchSuffix: string;
  /** The extensions of this end, as option tags. */
  readonly extensions: readonly string[];
}

const ownVia = /^(Via: SIP\/2\.0\/)\S+ [^;\s]+;branch=([^;\s]+)/im;

/**
 * Turns a message that JsSIP has written into the form for the wire. A response repeats the other side's Via
 * (RFC 3261 8.2.6.2); it only gets a Content-Length if it has none, because JsSIP's earliest refusals lack it and a
 * stream needs it (RFC 3261 20.14). Both tell of the access network where TS 24.229 has them do so. A request changes so:
 *
 * - Via (RFC 3261 18.1.1) names the transport in use and where answers are awaited. It has `keep` (RFC 6223) and, where
 *   answers come back to the port from which it came, `rport` (RFC 3581), as TS 24.229 5.1.1.2.1 d) has them in every
 *   initial REGISTER.
 * - Where the UE does without outbound it has no `outbound` option tag, no `reg-id`, no `ob` (RFC 5626), no `+sip.ice` and
 *   no `ice` (RFC 5768).
 * - Where there is a security agreement it has its header fields and the option tag `sec-agree` (RFC 3329 2.3.1; RFC 3261
 *   8.2.2.3 has no Require in ACK and CANCEL).
 */
export function toWire(text: string, context: WireContext): string {
  const [head, body] = splitHead(text);
  if (statusOf(text) !== undefined) {
    const complete = /^(?:content-length|l)[ \t]*:/im.test(head);
    const whole = complete ? head : `${head}\r\nContent-Length: 0`;
    return withSessionTags(isInDialog(text) ? `${whole}${networkInfo}` : whole, context) + body;
  }
  const sentBy = `${context.sentBy.ip}:${context.sentBy.port}`;
  const rport = context.rport ? ';rport' : '';
  const patched = head.replace(
    ownVia,
    (_, start: string, branch: string) =>
      `${start}${context.transport.toUpperCase()} ${sentBy};branch=${branch}${context.branchSuffix}${rport};keep`,
  );
  const told = tellsNetwork(text, context) ? `${patched}${networkInfo}` : patched;
  const tagged = withSessionTags(context.outbound ? told : withoutOutbound(told), context);
  return withAgreement(tagged, context) + body;
}

/** Adds the header fields of the security agreement, if there is one. */
function withAgreement(head: string, { agreement }: WireContext): string {
  if (agreement.length === 0 || isAckOrCancel(head)) return head;
  const supported = /^Supported: .*$/im;
  const tagged = supported.test(head)
    ? head.replace(supported, (field) => `${field},sec-agree`)
    : `${head}\r\nSupported: sec-agree`;
  return [tagged, ...agreement].join('\r\n');
}

const isAckOrCancel = (request: string): boolean => /^(?:ACK|CANCEL) /.test(request);

/**
 * Adds what JsSIP does not say of sessions: `100rel` (RFC 3262), if this end has it, in an INVITE and in the answer to OPTIONS, and in a 2xx that a
 * caller who is to refresh the session has to know how (RFC 4028 9).
 */
function withSessionTags(head: string, { extensions }: Pick<WireContext, 'extensions'>): string {
  const answered = statusOf(head) === undefined ? undefined : keyOf(head)?.method;
  const supports = extensions.includes('100rel') && (head.startsWith('INVITE ') || answered === 'OPTIONS');
  const tagged = supports ? head.replace(/^Supported: .*$/im, (field) => `${field},100rel`) : head;
  const callerRefreshes =
    (answered === 'INVITE' || answered === 'UPDATE') &&
    /^Session-Expires:.*;\s*refresher=uac/im.test(head) &&
    !/^Require:.*\btimer\b/im.test(head);
  return callerRefreshes ? tagged.replace(/^(Session-Expires:)/im, 'Require: timer\r\n$1') : tagged;
}

/** The access network is an Ethernet, whatever stands for it outside a lab (TS 24.229 7.2A.4). */
const networkInfo = '\r\nP-Access-Network-Info: IEEE-802.3';

/**
 * Says whether a request tells of the access network. ACK and CANCEL never do (TS 24.229 5.1.2A.1.1), and a REGISTER only
 * in a TLS session or a security association (5.1.1.2.1 h).
 */
function tellsNetwork(request: string, { isProtected }: WireContext): boolean {
  return request.startsWith('REGISTER ') ? isProtected : !isAckOrCancel(request);
}

/** Says whether a response belongs to a dialog, in which it tells of the access network too (TS 24.229 5.1.2A.1.1). */
function isInDialog(response: string): boolean {
  const isOfDialogs = /^CSeq: *\d+ (?:INVITE|BYE|UPDATE|INFO|NOTIFY|PRACK)\r$/im.test(response);
  return isOfDialogs && /;tag=/i.test(headerOf(response, 'To') ?? '');
}

/** Gives a received response the branch that JsSIP knows; requests stay unchanged. */
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
