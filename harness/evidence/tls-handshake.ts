import { contentTypes, recordHeader, type TlsRecord } from './tls-record';

/** A message of the handshake (RFC 8446 4). */
export interface HandshakeMessage {
  readonly type: number;
  readonly body: Buffer;
}

/**
 * Returns the handshake messages of one side in the clear: those before its ChangeCipherSpec. After a
 * HelloRetryRequest a ChangeCipherSpec means nothing (RFC 8446 D.4), so there the messages up to the next one
 * count too.
 */
export function clearMessages(bytes: Uint8Array, records: readonly TlsRecord[]): HandshakeMessage[] {
  const untilChange = (from: number): number => {
    const next = records.findIndex(
      ({ type }, index) =>
        index >= from && (type === contentTypes.changeCipherSpec || type === contentTypes.applicationData),
    );
    return next < 0 ? records.length : next;
  };
  const first = untilChange(0);
  const messages = handshakeMessages(bytes, records.slice(0, first));
  const last = messages.at(-1);
  if (last === undefined || !isRetry(last)) return messages;
  return [...messages, ...handshakeMessages(bytes, records.slice(first, untilChange(first + 1)))];
}

/**
 * Takes handshake messages out of their records. A message may span several records, and a record may hold
 * several messages.
 */
function handshakeMessages(bytes: Uint8Array, records: readonly TlsRecord[]): HandshakeMessage[] {
  const all = Buffer.concat(
    records
      .filter(({ type }) => type === contentTypes.handshake)
      .map(({ offset, length }) => bytes.subarray(offset + recordHeader, offset + recordHeader + length)),
  );
  const messages: HandshakeMessage[] = [];
  let offset = 0;
  while (all.length - offset >= 4) {
    const end = offset + 4 + all.readUIntBE(offset + 1, 3);
    if (end > all.length) break;
    messages.push({ type: all[offset] ?? 0, body: all.subarray(offset + 4, end) });
    offset = end;
  }
  return messages;
}

/** What the server chose, and what keys depend on. */
export interface ServerHello {
  readonly version: number;
  readonly suite: number;
  readonly random: Buffer;
  /** True if it computes the MAC over the ciphertext (RFC 7366). */
  readonly encryptsThenMacs: boolean;
}

/** The random that makes a ServerHello a HelloRetryRequest (RFC 8446 4.1.3). */
const helloRetryRequest = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

function isRetry({ type, body }: HandshakeMessage): boolean {
  return type === 2 && body.subarray(2, 34).toString('hex') === helloRetryRequest;
}

/** Reads the ServerHello (RFC 5246 7.4.1.3); undefined if there is no whole one. */
export function serverHello(messages: readonly HandshakeMessage[]): ServerHello | undefined {
  const hello = messages.find((message) => message.type === 2 && !isRetry(message))?.body;
  const session = hello?.[34] ?? 0;
  if (!hello || hello.length < 38 + session) return undefined;
  const extensions = extensionsIn(hello.subarray(38 + session));
  const version = extensions.get(supportedVersions);
  return {
    // The only place where TLS 1.3 names its version.
    version: version?.length === 2 ? version.readUInt16BE(0) : hello.readUInt16BE(0),
    suite: hello.readUInt16BE(35 + session),
    random: hello.subarray(2, 34),
    encryptsThenMacs: extensions.has(encryptThenMac),
  };
}

/** Returns the random of the first ClientHello, by which a key log names a connection; undefined without one. */
export function clientRandom(bytes: Uint8Array, records: readonly TlsRecord[]): Buffer | undefined {
  const hello = clearMessages(bytes, records).find(({ type }) => type === 1)?.body;
  return hello && hello.length >= 34 ? hello.subarray(2, 34) : undefined;
}

const encryptThenMac = 22;
const supportedVersions = 43;

/** Reads a block of extensions with its length (RFC 8446 4.2); of a repeated one the first counts. */
function extensionsIn(block: Buffer): ReadonlyMap<number, Buffer> {
  const extensions = new Map<number, Buffer>();
  let offset = 2;
  while (block.length - offset >= 4) {
    const type = block.readUInt16BE(offset);
    const end = offset + 4 + block.readUInt16BE(offset + 2);
    if (end > block.length) break;
    if (!extensions.has(type)) extensions.set(type, block.subarray(offset + 4, end));
    offset = end;
  }
  return extensions;
}

/** Returns the first certificate of the chain in the Certificate message (RFC 5246 7.4.2). */
export function leafCertificate(messages: readonly HandshakeMessage[]): Uint8Array | undefined {
  const body = messages.find(({ type }) => type === 11)?.body;
  if (!body || body.length < 6) return undefined;
  const length = body.readUIntBE(3, 3);
  return length > 0 && body.length >= 6 + length ? body.subarray(6, 6 + length) : undefined;
}
