import { randomBytes } from 'node:crypto';
import type { Continuation } from './msrp-framer';

export interface WrittenRequest {
  readonly transaction: string;
  readonly method: 'SEND' | 'REPORT';
  /** To-Path first, then From-Path (RFC 4975 7.1); Content-Type is {@link WrittenRequest.content}'s. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly content?: { readonly type: string; readonly data: Buffer };
  readonly continuation: Continuation;
}

/** A request for the wire. */
export function writeRequest({
  transaction,
  method,
  headers,
  content,
  continuation,
}: WrittenRequest): Buffer {
  const head = headOf(`MSRP ${transaction} ${method}`, headers);
  const endLine = `-------${transaction}${continuation}\r\n`;
  if (content === undefined) return Buffer.from(head + endLine);
  return Buffer.concat([
    Buffer.from(`${head}Content-Type: ${content.type}\r\n\r\n`),
    content.data,
    Buffer.from(`\r\n${endLine}`),
  ]);
}

/** A response for the wire (RFC 4975 7.2). */
export function writeResponse(
  transaction: string,
  status: number,
  reason: string,
  paths: { readonly to: string; readonly from: string },
): Buffer {
  const head = headOf(`MSRP ${transaction} ${status} ${reason}`, [
    ['To-Path', paths.to],
    ['From-Path', paths.from],
  ]);
  return Buffer.from(`${head}-------${transaction}$\r\n`);
}

/** A transaction id whose end-line the content does not hold (RFC 4975 7.1). */
export function newTransaction(content?: Buffer): string {
  for (;;) {
    const id = randomBytes(8).toString('hex');
    if (content?.includes(`-------${id}`) !== true) return id;
  }
}

function headOf(start: string, headers: WrittenRequest['headers']): string {
  return [start, ...headers.map(([name, value]) => `${name}: ${value}`), ''].join('\r\n');
}
