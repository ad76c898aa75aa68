import type { Socket } from 'node:net';
import { within } from '../../../kit/deadline';
import type { AttemptLike } from '../attempt';
import { AttemptFailure, asFailure, socketFailure } from '../failure';
import { suites } from '../../../ladder';
import { resolveName } from '../dns/resolve';
import type { Endpoint } from '../protocol';
import type { Usims } from '../aka/usim';
import type { UeTimers } from '../timers';
import { socketOf, type Channel } from './channel';
import { requestTunnel } from './connect';
import type { ProxyConfig } from './connect';
import type { LocalPorts } from './local-ports';
import { StreamChannel } from './stream-channel';
import { openTcp } from './tcp';
import { secure } from './tls';
import { TlsSessions } from './tls-sessions';
import { openUdp } from './udp-channel';

/** A way of the UE to a server: the transport, the server, and the proxy if there is one. */
export interface ServerWay {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly server: Endpoint;
  /** FQDN of the server, for the certificate check and for CONNECT. */
  readonly name: string;
  /** The host that CONNECT asks for, if that is not the name because the name leads to another server. */
  readonly host?: string | undefined;
  /** The DNS server to ask for the address of the name before the way is opened, if any. */
  readonly resolver?: Endpoint | undefined;
  /** The proxy through which the connection is made, if any. */
  readonly proxy?: ProxyConfig | undefined;
}

/** The UE's own side of every connection. */
export interface Access {
  readonly address: string;
  readonly ports: LocalPorts;
  readonly trustAnchor: string;
  readonly timers: Pick<UeTimers, 'connect'>;
  /** The cards of the subscribers, for IMS AKA. */
  readonly usims?: Usims;
}

/**
 * Opens a way to a server for an attempt. The attempt announces every socket and TLS
 * session, and closes them at its end.
 * @returns a channel on which the first byte that is sent belongs to SIP or TURN
 * @throws AttemptFailure if the way cannot be opened
 */
export async function dial(configured: ServerWay, access: Access, attempt: AttemptLike): Promise<Channel> {
  const serverWay = await resolved(configured, access, attempt);
  if (serverWay.transport === 'udp') {
    const channel = await openUdp(access.address, access.ports, serverWay.server, (local) =>
      attempt.tellFlow({ protocol: 'udp', local, remote: serverWay.server }),
    );
    attempt.closeAtEnd(() => channel.destroy());
    attempt.onFlowAbandoned(socketOf(channel), (failure) => channel.lose(failure));
    return channel;
  }
  return dialStream(serverWay, serverWay.transport, access, attempt);
}

/** Returns the way with the address that the DNS has for the server's name, where it is to be asked. */
async function resolved(serverWay: ServerWay, access: Access, attempt: AttemptLike): Promise<ServerWay> {
  const { resolver, name, server } = serverWay;
  if (!resolver) return serverWay;
  return { ...serverWay, server: { ...server, ip: await resolveName(name, resolver, access, attempt) } };
}

async function dialStream(
  serverWay: ServerWay,
  transport: 'tcp' | 'tls',
  access: Access,
  attempt: AttemptLike,
): Promise<Channel> {
  let stage = `TCP connection to ${show(remoteOf(serverWay))}`;
  const opened: Socket[] = [];
  let giveUp: (failure: AttemptFailure) => void = () => undefined;
  const abandoned = new Promise<never>((_, reject) => (giveUp = reject));
  abandoned.catch(() => undefined);
  const limit = new Limit(access.timers.connect, () => stage);
  try {
    const open = async (): Promise<Channel> => {
      const { socket, local } = await openConnection(serverWay, access, attempt, giveUp, (candidate) => {
        opened.push(candidate);
        attempt.closeAtEnd(() => candidate.destroy());
      });
      const channelOn = (end: Socket): Channel => {
        const channel = new StreamChannel(transport, end, local, remoteOf(serverWay), serverWay.server, what);
        attempt.onFlowAbandoned(socketOf(channel), (failure) => channel.lose(failure));
        return channel;
      };
      const what = `connection to ${serverWay.name}`;
      if (serverWay.proxy !== undefined) {
        stage = `answer of the proxy to CONNECT ${authorityOf(serverWay)}`;
        await requestTunnel(socket, 'proxy', authorityOf(serverWay), serverWay.proxy.credentials);
      }
      if (transport === 'tcp') return channelOn(socket);
      stage = `TLS handshake with ${serverWay.name}`;
      const sessions = TlsSessions.of(attempt.request);
      const tls = await secure(socket, what, {
        session: sessions.get(authorityOf(serverWay)),
        resumable: (session) => sessions.put(authorityOf(serverWay), session),
        name: serverWay.name,
        trustAnchor: access.trustAnchor,
        suite: suites[attempt.request.suite],
        keylog: (line) => attempt.tellKeyLog(line),
        agreed: (facts) => attempt.tellTls(facts, local),
      });
      attempt.closeAtEnd(() => tls.destroy());
      return channelOn(tls);
    };
    return await limit.race(Promise.race([open(), abandoned]));
  } catch (error) {
    for (const socket of opened) socket.destroy();
    throw error;
  }
}

async function openConnection(
  serverWay: ServerWay,
  access: Access,
  attempt: AttemptLike,
  abandoned: (failure: AttemptFailure) => void,
  opened: (socket: Socket) => void,
): Promise<{ socket: Socket; local: Endpoint }> {
  const remote = remoteOf(serverWay);
  const connect = serverWay.proxy ? authorityOf(serverWay) : undefined;
  try {
    return await openTcp(
      access.address,
      access.ports,
      remote,
      (local) => {
        attempt.onFlowAbandoned({ protocol: 'tcp', local, remote }, abandoned);
        attempt.tellFlow({ protocol: 'tcp', local, remote, connect });
      },
      opened,
    );
  } catch (error) {
    const failure = socketFailure(`TCP connection to ${show(remote)}`, error);
    throw serverWay.proxy ? new AttemptFailure('PROXY_UNREACHABLE', `no proxy: ${failure.message}`) : failure;
  }
}

/** A time limit on work that goes through stages; the failure names the stage that was not reached. */
class Limit {
  constructor(
    private readonly ms: number,
    private readonly awaited: () => string,
  ) {}

  async race<T>(work: Promise<T>): Promise<T> {
    const late = (): AttemptFailure =>
      new AttemptFailure('TIMEOUT', `no ${this.awaited()} within ${this.ms / 1000} s`);
    try {
      return await within(this.ms, work, late);
    } catch (error) {
      throw asFailure(error);
    }
  }
}

/** Returns the endpoint that the UE's socket connects to: the proxy, if there is one, or the server. */
function remoteOf({ proxy, server }: ServerWay): Endpoint {
  return proxy ? { ip: proxy.address, port: proxy.port } : server;
}

function authorityOf(serverWay: ServerWay): string {
  return `${serverWay.host ?? serverWay.name}:${serverWay.server.port}`;
}

function show(endpoint: Endpoint): string {
  return `${endpoint.ip}:${endpoint.port}`;
}
