import { readAnswer } from '../../nodes/ue/dns/message';
import type { Message } from './message';
import { visibleWords } from './visible-text';

export const dnsPort = 53;

/** RFC 1035 3.2.2, RFC 3596, RFC 2782, RFC 3403. */
const types: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA', 33: 'SRV', 35: 'NAPTR' };
/** RFC 1035 4.1.1. */
const failures: Readonly<Record<number, string>> = { 2: 'server failure', 3: 'no such name', 5: 'refused' };

/** Reads a question or an answer of the DNS. */
export function dnsMessage(bytes: Buffer): Message {
  const answer = readAnswer(bytes);
  if (!answer) return { protocol: 'dns', label: questionOf(bytes) ?? 'DNS' };
  const { responseCode, addresses } = answer;
  const label =
    responseCode === 0
      ? addresses.join(', ') || 'no address'
      : (failures[responseCode] ?? `error ${responseCode}`);
  return { protocol: 'dns', label: visibleWords(label) };
}

function questionOf(bytes: Buffer): string | undefined {
  const labels: string[] = [];
  for (let at = 12; at < bytes.length && labels.length < 128;) {
    const length = bytes[at]!;
    if (length === 0) {
      const type = at + 2 < bytes.length ? bytes.readUInt16BE(at + 1) : 0;
      return visibleWords(`${types[type] ?? `type ${type}`}? ${labels.join('.')}`);
    }
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
}
