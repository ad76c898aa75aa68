import { randomBytes } from 'node:crypto';
import { allHeadersOf, headerOf } from './sip-text';

/**
 * Writes the answer to a request that JsSIP does not answer, with header fields of the request (RFC 3261 8.2.6).
 * @param request the request as `normalised` writes it
 * @param more further header fields, which tell the sender what to do instead
 * @returns undefined if Via, From, To, Call-ID or CSeq cannot be read, since an answer needs them
 */
export function refusalOf(
  request: string,
  code: number,
  phrase: string,
  more: readonly string[] = [],
): string | undefined {
  const vias = allHeadersOf(request, 'Via');
  const [from, to, callId, cseq] = [
    headerOf(request, 'From'),
    headerOf(request, 'To'),
    headerOf(request, 'Call-ID'),
    headerOf(request, 'CSeq'),
  ];
  const canBeMatched =
    /^SIP\s*\/\s*2\.0\s*\/\s*\w+\s+\S/i.test(vias[0] ?? '') && /^\d+\s+\S+$/.test(cseq ?? '');
  if (!canBeMatched || !from || !to || !callId) return undefined;
  const tagged = /;\s*tag\s*=/i.test(to) ? to : `${to};tag=${randomBytes(6).toString('hex')}`;
  return [
    `SIP/2.0 ${code} ${phrase}`,
    ...vias.map((via) => `Via: ${via}`),
    `From: ${from}`,
    `To: ${tagged}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
