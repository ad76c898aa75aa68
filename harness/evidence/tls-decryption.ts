import { clientRandom, clearMessages, serverHello, type ServerHello } from './tls-handshake';
import type { TlsKeyLog } from './tls-key-log';
import { openerOfTls13, openersOfTls12, type Opener } from './tls-openers';
import { contentTypes, recordHeader, type TlsRecord } from './tls-record';
import { readTls, type TlsFacts } from './tls-records';
import { suiteName, versionName } from './suite-names';
import { tlsSuite } from './tls-suite';
import type { TcpConnection } from './tcp-streams';

/** A record with what is in it, in the clear. */
export interface ReadRecord extends TlsRecord {
  /** True if it was protected by keys of the connection (a NULL suite protects without encrypting). */
  readonly isProtected: boolean;
  /** The content type of what is in it; that of the record if it could not be opened. */
  readonly contentType: number;
  /** What is in it; missing if it could not be opened. */
  readonly content?: Buffer;
  /** Why it could not be opened, a few words. */
  readonly closed?: string;
}

/** The TLS of a connection, decrypted as far as there are keys. */
export interface DecryptedTls {
  readonly facts: TlsFacts;
  /** The records of both directions in the order of their first bytes. */
  readonly records: readonly ReadRecord[];
}

/**
 * Decrypts the TLS of a captured connection, behind its CONNECT if it has one. Nothing in the bytes makes it throw;
 * what cannot be read stays a record that says why.
 *
 * Read are TLS 1.2 with NULL, AES-CBC, AES-GCM and ChaCha20-Poly1305 (RFC 5246, 5288, 7366, 7905) and TLS 1.3 with the
 * latter two (RFC 8446). In TLS 1.2 the records of a handshake that is made again within the connection are read, and
 * those after it, which have other keys, are not.
 */
export function decryptTls(
  connection: Pick<TcpConnection, 'fromClient' | 'fromServer'>,
  keys: TlsKeyLog,
): DecryptedTls {
  const facts = readTls(connection);
  const bytes = {
    client: bufferOf(connection.fromClient.bytes),
    server: bufferOf(connection.fromServer.bytes),
  };
  // A record that was captured before an earlier one of its stream is opened behind it nevertheless.
  const inStream = [...facts.records].sort((a, b) => a.offset - b.offset);
  const of = (side: TlsRecord['from']): TlsRecord[] => inStream.filter(({ from }) => from === side);
  const keyed = keysOf(
    clientRandom(bytes.client, of('client')),
    serverHello(clearMessages(bytes.server, of('server'))),
    keys,
  );
  const directions = { client: new Direction(keyed, 'client'), server: new Direction(keyed, 'server') };
  const read = new Map(
    inStream.map((record) => [record, directions[record.from].read(record, bytes[record.from])]),
  );
  return { facts, records: facts.records.map((record) => read.get(record)!) };
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

const tls12 = 0x0303;
const tls13 = 0x0304;

/** The keys of a connection, or why there are none. */
type Keyed =
  | { readonly isTls13: boolean; readonly openers: Readonly<Record<TlsRecord['from'], Opener>> }
  | { readonly isTls13: boolean; readonly openers?: undefined; readonly why: string };

function keysOf(random: Buffer | undefined, hello: ServerHello | undefined, keys: TlsKeyLog): Keyed {
  const isTls13 = hello?.version === tls13;
  const none = (why: string): Keyed => ({ isTls13, why });
  if (!random || !hello) return none('the capture does not have the beginning of the handshake');
  const suite = tlsSuite(suiteName(hello.suite));
  const isSealed = suite?.cipher === 'gcm' || suite?.cipher === 'chacha20-poly1305';
  if (!suite || (isTls13 && !isSealed)) return none(`${suiteName(hello.suite)} cannot be read here`);
  if (!isTls13 && hello.version !== tls12) return none(`${versionName(hello.version)} cannot be read here`);
  const noKey = 'the key log has no key of this connection';
  if (!isTls13) {
    const master = keys.secret('CLIENT_RANDOM', random);
    return master ? { isTls13, openers: openersOfTls12(suite, master, random, hello) } : none(noKey);
  }
  const secrets = (...labels: Parameters<TlsKeyLog['secret']>[0][]): Buffer[] =>
    labels.flatMap((label) => keys.secret(label, random) ?? []);
  const client = secrets(
    'CLIENT_EARLY_TRAFFIC_SECRET',
    'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
    'CLIENT_TRAFFIC_SECRET_0',
  );
  const server = secrets('SERVER_HANDSHAKE_TRAFFIC_SECRET', 'SERVER_TRAFFIC_SECRET_0');
  if (client.length === 0 && server.length === 0) return none(noKey);
  return {
    isTls13,
    openers: { client: openerOfTls13(suite, client), server: openerOfTls13(suite, server) },
  };
}

/**
 * Number of records that may be closed before nothing more is tried. Early data without its key are a few records,
 * behind which others can be read.
 */
const mostFailures = 32;

class Direction {
  /** Number of its ChangeCipherSpec so far. */
  private changes = 0;
  private failures = 0;

  constructor(
    private readonly keyed: Keyed,
    private readonly side: TlsRecord['from'],
  ) {}

  read(record: TlsRecord, bytes: Buffer): ReadRecord {
    const { type, offset, length, last } = record;
    const isProtected = this.isProtected(type);
    const asItIs = { ...record, isProtected, contentType: type };
    const closed = (why: string): ReadRecord => ({ ...asItIs, closed: why });
    if (last === undefined) return closed('the capture does not have all of it');
    const header = bytes.subarray(offset, offset + recordHeader);
    const content = bytes.subarray(offset + recordHeader, offset + recordHeader + length);
    if (!isProtected) {
      if (type === contentTypes.changeCipherSpec) this.changes++;
      return { ...asItIs, content };
    }
    const { keyed } = this;
    if (!keyed.openers) return closed(keyed.why);
    const opened =
      this.failures < (keyed.isTls13 ? mostFailures : 1)
        ? keyed.openers[this.side](header, content)
        : undefined;
    if (!opened) {
      this.failures++;
      return closed('it is not sealed with the key that the key log has');
    }
    if (opened.type === contentTypes.changeCipherSpec) this.failures = mostFailures;
    return { ...asItIs, contentType: opened.type, content: opened.content };
  }

  /** In TLS 1.3 every protected record looks like application data; before, all after ChangeCipherSpec are protected. */
  private isProtected(type: number): boolean {
    return this.keyed.isTls13 ? type === contentTypes.applicationData : this.changes > 0;
  }
}
