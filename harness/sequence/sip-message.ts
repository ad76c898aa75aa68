import { readSipHead } from '../evidence/sip-head';
import type { Message } from './message';
import { visibleText, visibleWords } from './visible-text';

/** A keep-alive between messages (RFC 5626 4.4.1, RFC 3261 7.5). */
export const crlf: Message = { protocol: 'sip', label: 'CRLF', isBulk: true };

/** Reads a SIP message; undefined if the bytes are none. */
export function sipMessage(bytes: Buffer): Message | undefined {
  if (bytes.length > 0 && bytes.length <= 4 && bytes.every((byte) => byte === 0x0d || byte === 0x0a))
    return crlf;
  const head = readSipHead(bytes);
  if (!head) return undefined;
  const { request, status } = head;
  const label = request ? request.method : `${status!.code} ${status!.reason}`.trim();
  return { protocol: 'sip', label: visibleWords(label), text: visibleText(bytes) };
}
