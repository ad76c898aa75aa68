import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { connect, TLSSocket, type ConnectionOptions, type SecureContext } from 'node:tls';
import { packetOf } from '../packet';
import { linkTypes } from '../pcap';
import { TcpReassembler, type TcpConnection } from '../tcp-streams';
import { pcap, recordAt, tcp, type Address } from './builders';
import { start } from './attempts';

/** Bytes as one side wrote them onto the wire. */
export interface WireChunk {
  readonly from: 'client' | 'server';
  readonly bytes: Buffer;
}

/** What a client says and what it is answered with, a character for each byte. */
export type Exchange = readonly [said: string, answered: string];

/** A connection of Node's own TLS, as it would be captured, and what its client wrote into its key log. */
export interface TlsTalk {
  readonly chunks: readonly WireChunk[];
  readonly keyLog: string;
  /** For a client that resumes the session. */
  readonly session: Buffer | undefined;
  readonly cipher: string;
  readonly resumed: boolean;
}

/** Has a client and a server of Node's talk with each other over a wire in memory. */
export async function talkTls(
  context: SecureContext,
  options: ConnectionOptions,
  exchanges: readonly Exchange[],
): Promise<TlsTalk> {
  const chunks: WireChunk[] = [];
  const ends: Record<WireChunk['from'], Duplex> = { client: end('client'), server: end('server') };
  function end(from: WireChunk['from']): Duplex {
    return new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _encoding, written) => {
        chunks.push({ from, bytes: Buffer.from(bytes) });
        ends[from === 'client' ? 'server' : 'client'].push(bytes);
        written();
      },
    });
  }
  const server = new TLSSocket(ends.server, { isServer: true, secureContext: context });
  const client = connect({ ...options, socket: ends.client, rejectUnauthorized: false });
  let keyLog = '';
  let session: Buffer | undefined;
  client.on('keylog', (line: Buffer) => (keyLog += line.toString('latin1')));
  client.on('session', (ticket) => (session = ticket));
  await once(client, 'secureConnect');
  for (const [said, answered] of exchanges) {
    client.write(said, 'latin1');
    await hear(server, said);
    server.write(answered, 'latin1');
    await hear(client, answered);
  }
  const cipher = client.getCipher().standardName;
  const resumed = client.isSessionReused();
  client.destroy();
  server.destroy();
  return { chunks, keyLog, session, cipher, resumed };
}

async function hear(socket: TLSSocket, words: string): Promise<void> {
  let heard = '';
  while (heard.length < words.length) {
    const bytes = socket.read() as Buffer | null;
    if (bytes) heard += bytes.toString('latin1');
    else await once(socket, 'readable');
  }
}

export const clientEnd = { ip: '10.89.6.2', port: 32800 };
export const serverEnd = { ip: '198.19.0.10', port: 443 };

/** Puts the chunks into TCP segments of at most `size` bytes to this server, with the SYNs before them. */
export function segmentsOf(chunks: readonly WireChunk[], size = 1400, server: Address = serverEnd): Buffer[] {
  const next = { client: 1, server: 1 };
  const ends = { client: [clientEnd, server], server: [server, clientEnd] } as const;
  const segments = [tcp(clientEnd, server, 'S', 0), tcp(server, clientEnd, 'S.', 0)];
  for (const { from, bytes } of chunks)
    for (let at = 0; at < bytes.length; at += size) {
      const part = bytes.subarray(at, at + size);
      const [source, destination] = ends[from];
      segments.push(tcp(source, destination, 'P.', next[from], part));
      next[from] += part.length;
    }
  return segments;
}

/** Writes segments as a capture, one each millisecond. */
export const captureOf = (segments: readonly Buffer[]): Buffer =>
  pcap(
    segments.map((bytes, index) => recordAt(start + index, bytes)),
    { linkType: linkTypes.raw },
  );

/** Reassembles the one connection in the segments. */
export function connectionOf(segments: readonly Buffer[]): TcpConnection {
  const reassembler = new TcpReassembler();
  segments.forEach((bytes, index) => {
    const packet = packetOf({ linkType: linkTypes.raw, bytes, littleEndian: true });
    if (packet?.protocol === 'tcp') reassembler.add(packet, start + index);
  });
  return reassembler.all()[0]!;
}
