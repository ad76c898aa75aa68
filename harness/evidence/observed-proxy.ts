import { isIPv4 } from 'node:net';
import { sameEndpoint } from '../../kit/endpoint';
import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import type { Endpoint } from '../../nodes/ue/protocol';
import { readConnects } from './http-connect';
import { packetOf, type TcpPacket } from './packet';
import type { CapturedPacket } from './pcap';
import { TcpReassembler, type TcpConnection, type TcpStream } from './tcp-streams';
import { authorityAt } from './trace';

/** Where a web proxy stands that is observed. */
export interface ProxyPlace {
  /** The address and port at which it waits for requests. */
  readonly at: Endpoint;
  /** Addresses of the names that a CONNECT may ask for. */
  readonly names: Readonly<Record<string, string>>;
}

/**
 * How many bytes of TLS tell one handshake from every other one: the headers of record and message, the version, and
 * the random (RFC 5246 7.4.1.2 and 7.4.1.3, RFC 8446 4.1.2 and 4.1.3).
 */
const untilRandom = 5 + 4 + 2 + 32;

/** Bytes that are kept of each direction of a connection; only its beginning is looked at. */
const keptBytes = 64 * 1024;

/** Milliseconds by which the clock may have gone back between two packets. */
const toleranceMs = 5;

/** A connection of the proxy, as far as it has been captured. */
class Watched {
  /** True once either end has closed it. */
  isClosed = false;
  /** True once nothing that is still to come can change what is known of it. */
  isSettled = false;
  private readonly reassembler = new TcpReassembler(keptBytes);

  take(packet: TcpPacket, at: number): void {
    if (packet.flags?.fin || packet.flags?.rst) this.isClosed = true;
    if (!this.isSettled) this.reassembler.add(packet, at);
  }

  get connection(): TcpConnection | undefined {
    return this.reassembler.all().at(-1);
  }
}

/** A connection of a client with the proxy. */
class Client extends Watched {
  entries: readonly ProxyLogEntry[] = [];
  /** The proxy's connection that serves its tunnel. */
  leg: Watched | undefined;
}

/**
 * Observes a web proxy whose log the lab cannot read, by the packets at its interface: what it was asked, what it
 * answered, and which of its own connections serves which tunnel. What it tells is what a log would.
 *
 * A connection of the proxy serves a tunnel if it goes where the CONNECT asked, was opened after it, and begins with the
 * bytes that the client sent through the tunnel; or if no other can. Where what comes back through the tunnel is no TLS
 * that a server sent to the proxy, the proxy has answered the client's TLS itself.
 */
export class ObservedProxy {
  private readonly clients: Client[] = [];
  private readonly legs: Watched[] = [];
  /** The latest connection of each pair of endpoints. */
  private readonly latest = new Map<string, Watched>();
  private isChanged = false;
  private all: readonly ProxyLogEntry[] = [];

  constructor(private readonly place: ProxyPlace) {}

  /**
   * Takes a packet of the capture.
   * @returns whether there may be something new in {@link entries}
   */
  add(captured: CapturedPacket): boolean {
    const packet = packetOf(captured);
    if (packet?.protocol !== 'tcp') return false;
    const watched = this.watchedOf(packet);
    if (!watched) return false;
    watched.take(packet, captured.at);
    if (watched.isSettled) return false;
    this.isChanged = true;
    return true;
  }

  /** What the proxy has done so far, in the order in which its clients connected. */
  get entries(): readonly ProxyLogEntry[] {
    if (!this.isChanged) return this.all;
    this.isChanged = false;
    for (const client of this.clients) if (!client.isSettled) this.read(client);
    this.all = this.clients.flatMap(({ entries }) => entries);
    return this.all;
  }

  private watchedOf({ src, sport, dst, dport, flags }: TcpPacket): Watched | undefined {
    const { at } = this.place;
    const ends = [`${src}:${sport}`, `${dst}:${dport}`].sort().join(' ');
    const known = this.latest.get(ends);
    const opens = flags?.syn === true && !flags.ack;
    if (known && !(opens && known.isClosed)) return known;
    // Without its beginning nothing can be said of a connection, and the check-ups of the lab do not come this way.
    if (!opens) return undefined;
    const isClients = sameEndpoint({ ip: dst, port: dport }, at);
    if (!isClients && src !== at.ip) return undefined;
    const watched = isClients ? new Client() : new Watched();
    if (watched instanceof Client) this.clients.push(watched);
    else this.legs.push(watched);
    this.latest.set(ends, watched);
    return watched;
  }

  private read(client: Client): void {
    const { connection } = client;
    if (!connection) return;
    const { fromClient, fromServer } = connection;
    const { exchanges, clientOffset, serverOffset } = readConnects(fromClient.bytes, fromServer.bytes);
    const common = { client: connection.client, bumpMode: undefined, error: undefined };
    const answered = exchanges.filter(({ status }) => status !== undefined || client.isClosed);
    const entries = answered.map(({ target, status = 0 }, index): ProxyLogEntry => {
      const isLast = index === exchanges.length - 1;
      return {
        ...common,
        at: isLast ? timeOf(fromServer, serverOffset - 1, connection) : timeOf(fromServer, 0, connection),
        isDenied: status === 403 || status === 407,
        httpStatus: status,
        method: 'CONNECT',
        target,
        server: status === 403 || status === 407 ? undefined : authorityAt(target, this.place.names),
        localPort: undefined,
      };
    });
    const last = entries.at(-1);
    if (last && last.httpStatus >= 200 && last.httpStatus < 300) {
      const tunnel = {
        server: last.server,
        askedAt: connection.openedAt,
        sent: fromClient.bytes.subarray(clientOffset),
        came: fromServer.bytes.subarray(serverOffset),
      };
      entries[entries.length - 1] = { ...last, ...this.serve(client, tunnel) };
    } else if (entries.length === 0 && client.isClosed) {
      // What the client said cannot be read as a CONNECT, if it said anything.
      entries.push({
        ...common,
        at: connection.lastAt,
        isDenied: false,
        httpStatus: 0,
        method: undefined,
        target: 'no request that can be read',
        server: undefined,
        localPort: undefined,
      });
    }
    client.entries = entries;
    client.isSettled = client.isClosed || client.isSettled;
  }

  /** Finds the proxy's connection of a tunnel, and whether the proxy passes the tunnel's bytes on. */
  private serve(client: Client, tunnel: Tunnel): Pick<ProxyLogEntry, 'localPort' | 'bumpMode'> {
    const { server, askedAt, sent, came } = tunnel;
    const candidates = this.legs.flatMap((leg) => {
      const connection = leg.connection;
      return connection?.answered &&
        server &&
        isServer(connection.server, server) &&
        connection.openedAt >= askedAt - toleranceMs
        ? [{ leg, connection }]
        : [];
    });
    const isTaken = (leg: Watched): boolean =>
      this.clients.some((other) => other !== client && other.leg === leg);
    const same = candidates.find(({ connection }) => isSameHandshake(connection.fromClient.bytes, sent));
    const open = candidates.filter(({ leg }) => !isTaken(leg));
    const served = same ?? (open.length === 1 ? open[0] : undefined);
    const isOwnAnswer =
      came.length >= untilRandom &&
      !candidates.some(({ connection }) => isSameHandshake(connection.fromServer.bytes, came));
    if (same || isOwnAnswer) {
      client.leg = served?.leg;
      // From here on only bytes can come that change nothing.
      client.isSettled = isOwnAnswer || came.length >= untilRandom;
      if (client.isSettled && client.leg) client.leg.isSettled = true;
    }
    return {
      localPort: served?.connection.client.port,
      bumpMode: isOwnAnswer ? 'bump' : undefined,
    };
  }
}

interface Tunnel {
  /** The server that the CONNECT asked for. */
  readonly server: Endpoint | undefined;
  readonly askedAt: number;
  /** The bytes in the tunnel. */
  readonly sent: Uint8Array;
  readonly came: Uint8Array;
}

/** A name without a known address can be at any; then only the port tells. */
const isServer = (one: Endpoint, asked: Endpoint): boolean =>
  one.port === asked.port && (one.ip === asked.ip || !isIPv4(asked.ip));

const isSameHandshake = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length >= untilRandom &&
  other.length >= untilRandom &&
  Buffer.compare(one.subarray(0, untilRandom), other.subarray(0, untilRandom)) === 0;

/** Returns the time at which a byte of a stream came; the connection's last time if it has not come. */
const timeOf = ({ pieces }: TcpStream, offset: number, { lastAt }: TcpConnection): number =>
  pieces.findLast((piece) => piece.offset <= offset)?.at ?? lastAt;
