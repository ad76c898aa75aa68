import type { Endpoint, Flow } from '../../nodes/ue/protocol';
import { defaultSlack, type Slack } from './trace';
import { packetOf } from './packet';
import { pcapItems, type PcapProblem } from './pcap';
import type { PresentedCertificate } from './presented-certificate';
import { isRefusingStatus } from './proxy-log';
import { TcpReassembler, type TcpConnection } from './tcp-streams';
import { readTls, type TlsFacts } from './tls-records';
import { RtpStreams } from './rtp-streams';
import { Traffic } from './traffic';

/** The content of a capture. */
export interface CaptureContent {
  readonly connections: readonly TcpConnection[];
  /** Every packet of every TCP or UDP socket. */
  readonly traffic: Traffic;
  readonly rtp: RtpStreams;
  /** The reason why the capture could not be read to its end; undefined if it was. */
  readonly problem: PcapProblem | undefined;
}

/**
 * Reads a capture once; {@link captureFacts} then answers for each attempt in it.
 * @param chunks the capture's bytes, e.g. `createReadStream(file)`
 */
export async function readCapture(chunks: AsyncIterable<Uint8Array>): Promise<CaptureContent> {
  const reassembler = new TcpReassembler();
  const traffic = new Traffic();
  const rtp = new RtpStreams();
  let problem: PcapProblem | undefined;
  for await (const item of pcapItems(chunks)) {
    if (item.kind === 'problem') {
      problem = item;
      continue;
    }
    const packet = packetOf(item);
    if (packet?.protocol === 'tcp') reassembler.add(packet, item.at);
    if (!packet) continue;
    traffic.add(packet, item.at);
    rtp.add(packet, item.at);
  }
  return { connections: reassembler.all(), traffic, rtp, problem };
}

/** The attempt's use of the proxy, counted in the capture of the UE's side. */
export interface CapturedConnects {
  /** TCP connections to the proxy. */
  readonly tcpConnections: number;
  /** CONNECTs in these connections; missing when the capture lost packets of one of them. */
  readonly connectRequests?: number;
}

/** A TLS connection of the attempt; its fields are those of the evidence (`kinds/tls.ts`). */
export interface SeenTls {
  readonly version?: string;
  readonly suite?: string;
  readonly handshakeEnded: boolean;
  readonly bytesBeforeHandshakeEnd?: number;
  readonly connection: { local: Endpoint; remote: Endpoint; target?: string };
  readonly capture?: string;
}

/** The facts of one attempt in a capture of the UE's side. */
export interface CaptureFacts {
  /**
   * One item for each TLS connection of the attempt that carried data. A connection that the capture lost
   * completely has an item without a version.
   */
  readonly tls: readonly SeenTls[];
  /**
   * TCP connections that the attempt opened, to any address. Each SYN with a new number counts, and so does
   * each socket of the attempt whose SYN or whole connection the capture lost: its port belongs to the attempt
   * alone.
   */
  readonly tcpConnections: number;
  /** The connections to the proxy (flows with `connect`), and the CONNECTs in them. */
  readonly proxy: CapturedConnects;
  /** Sockets whose last CONNECT the proxy answered without refusing it. */
  readonly unrefused: readonly Endpoint[];
  /** Sockets over which the UE sent data after the TLS handshake, and so has accepted the server. */
  readonly spokenOver: readonly Endpoint[];
  /** Certificates that servers presented in the clear (up to TLS 1.2). */
  readonly certificates: readonly (PresentedCertificate & { readonly seenIn: 'capture' })[];
}

export interface CaptureQuestion {
  readonly flows: readonly Flow[];
  /** End of the attempt, ms since the epoch. */
  readonly endedAt: number;
  /**
   * Says whether this socket of the attempt was to speak TLS. If it was, a connection without any TLS is
   * reported as one on which every byte came too early. Otherwise only connections with TLS are reported.
   */
  readonly expectsTls: (flow: Flow) => boolean;
  /** The capture's name in the result. */
  readonly capture?: string;
  readonly slack?: Slack;
}

/** Picks an attempt's connections out of a capture, by their addresses, ports and time. */
export function captureFacts(content: CaptureContent, question: CaptureQuestion): CaptureFacts {
  const { endedAt, slack = defaultSlack } = question;
  const flows = question.flows.filter((flow) => flow.protocol === 'tcp');
  const own = content.connections.flatMap((connection) => {
    const flow = flows.find(
      ({ local, remote, at }) =>
        same(connection.client, local) &&
        same(connection.server, remote) &&
        // A phone of other people's may go on with a connection that it opened before the attempt.
        connection.lastAt >= at - slack.before &&
        connection.openedAt <= endedAt + slack.after,
    );
    return flow ? [{ connection, flow, facts: readTls(connection) }] : [];
  });
  const lost = flows.filter((flow) => !own.some((one) => one.flow === flow));
  const isProxied = (flow: Flow): boolean => flow.connect !== undefined;
  const proxied = own.filter(({ flow }) => isProxied(flow));
  const lostProxied = lost.filter(isProxied).length;
  const wholeProxied = lostProxied === 0 && proxied.every(({ connection }) => isWhole(connection));
  return {
    tls: [
      ...own
        .filter(({ flow, facts }) => isTls(facts) || (question.expectsTls(flow) && facts.clientBytes > 0))
        .map(({ connection, flow, facts }) => seenTlsOf(flow, connection, facts, question.capture)),
      ...lost.filter(question.expectsTls).map((flow) => lostTlsOf(flow, question.capture)),
    ],
    tcpConnections: own.length + lost.length,
    proxy: {
      tcpConnections: proxied.length + lostProxied,
      ...(wholeProxied && {
        connectRequests: proxied.reduce((sum, { facts }) => sum + facts.connects.length, 0),
      }),
    },
    unrefused: proxied
      .filter(({ facts }) => isAnsweredWithoutRefusal(facts.connects.at(-1)?.status))
      .map(({ flow }) => flow.local),
    spokenOver: own.filter(({ facts }) => facts.clientSpoke).map(({ flow }) => flow.local),
    certificates: own.flatMap(({ facts }) =>
      facts.certificate ? [{ seenIn: 'capture' as const, der: facts.certificate }] : [],
    ),
  };
}

const isAnsweredWithoutRefusal = (status: number | undefined): boolean =>
  status !== undefined && !isRefusingStatus(status);

/**
 * Says whether the connection carries TLS. Any TLS record of either side proves that; the client's other bytes
 * do not.
 */
function isTls(facts: TlsFacts): boolean {
  return facts.records.length > 0;
}

/**
 * Says whether the capture has every byte of the connection. After a lost packet all later bytes would look too
 * early.
 */
function isWhole({ fromClient, fromServer }: TcpConnection): boolean {
  return !fromClient.incomplete && !fromServer.incomplete;
}

/** Says whether the capture has the beginning of both directions. What it has of them then has no gap. */
function hasBegun({ fromClient, fromServer }: TcpConnection): boolean {
  return fromClient.begun && fromServer.begun;
}

function seenTlsOf(
  flow: Flow,
  connection: TcpConnection,
  facts: TlsFacts,
  capture: string | undefined,
): SeenTls {
  const target = facts.connects.at(-1)?.target;
  return {
    ...(facts.version !== undefined && { version: facts.version }),
    ...(facts.suite !== undefined && { suite: facts.suite }),
    handshakeEnded: facts.handshakeEnded,
    // Packets that were lost after the end of the handshake do not change the count before it.
    ...(((facts.handshakeEnded && hasBegun(connection)) || isWhole(connection)) && {
      bytesBeforeHandshakeEnd: facts.earlyBytes,
    }),
    connection: { local: flow.local, remote: flow.remote, ...(target !== undefined && { target }) },
    ...(capture !== undefined && { capture }),
  };
}

/** Returns the facts of a connection that the UE announced and that is missing in the capture. */
function lostTlsOf({ local, remote }: Flow, capture: string | undefined): SeenTls {
  return {
    handshakeEnded: false,
    connection: { local, remote },
    ...(capture !== undefined && { capture }),
  };
}

function same(a: Endpoint, b: Endpoint): boolean {
  return a.ip === b.ip && a.port === b.port;
}
