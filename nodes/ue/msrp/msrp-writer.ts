import { randomBytes } from 'node:crypto';
import type { Continuation } from './msrp-framer';

export interface WrittenRequest {
  readonly transaction: string;
  readonly method: 'SEND' | 'REPORT';
  /** Header fields: To-Path first, then From-Path (RFC 4975 7.1). Content-Type is not here, but in {@link content}. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly content?: { readonly type: string; readonly data: Buffer };
  readonly continuation: Continuation;
}

/** Writes a request. */
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

/** Writes a response (RFC 4975 7.2). */
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

/** Makes a transaction id whose end-line is not in the content (RFC 4975 7.1). */
export function newTransaction(content?: Buffer): string {
  for (;;) {
    const id = randomBytes(8).toString('hex');
    if (content?.includes(`-------${id}`) !== true) return id;
  }
}

function headOf(start: string, headers: WrittenRequest['headers']): string {
  return [start, ...headers.map(([name, value]) => `${name}: ${value}`), ''].join('\r\n');
}
