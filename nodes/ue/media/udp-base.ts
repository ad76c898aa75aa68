import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { sameEndpoint, showEndpoint } from '../../../kit/endpoint';
import { StunMessage } from '../stun/message';
import { parseMessage } from '../stun/parser';
import type { AttemptLike } from '../attempt';
import type { Access } from '../dialler/dialler';
import { bindUdp } from '../dialler/udp-channel';
import { AttemptFailure, asFailure, socketFailure } from '../failure';
import type { Endpoint, FiveTuple } from '../protocol';
import type { UeTimers } from '../timers';
import { BindingRequests } from './binding-requests';
import { ownCandidate } from './candidate';
import type { Candidate } from './candidate';
import type { BaseListener, IceBase } from './ice-base';

/**
 * A UDP socket of the UE: the host candidate, and the server-reflexive one, which is its
 * address as a STUN server sees it.
 */
export class UdpBase implements IceBase {
  readonly way = 'udp';
  readonly candidates: Candidate[];
  /** The remote addresses that the attempt has announced. */
  private readonly remotes = new Map<string, Endpoint>();
  private reflector: Endpoint | undefined;
  private readonly reflections: BindingRequests;
  private listener: BaseListener | undefined;
  private failure: AttemptFailure | undefined;
  private open_ = true;

  private constructor(
    private readonly udp: Socket,
    private readonly local: Endpoint,
    private readonly attempt: AttemptLike,
    timers: UeTimers,
  ) {
    this.candidates = [ownCandidate('host', local)];
    this.reflections = new BindingRequests(
      timers,
      (id) => attempt.tellIdentifier('stun-transaction', id),
      (to, data) => this.send(to, data),
    );
    udp.on('message', (data, from) => this.received(data, { ip: from.address, port: from.port }));
    udp.on('error', (error) => this.lose(socketFailure(`UDP at ${showEndpoint(local)}`, error)));
    attempt.closeAtEnd(() => this.destroy());
  }

  /**
   * Binds a socket to the next local port, without sending anything.
   * @throws AttemptFailure if no port is free
   */
  static async bind(access: Access, attempt: AttemptLike, timers: UeTimers): Promise<UdpBase> {
    const socket = createSocket('udp4');
    try {
      const local = { ip: access.address, port: await bindUdp(socket, access.address, access.ports) };
      return new UdpBase(socket, local, attempt, timers);
    } catch (error) {
      socket.on('error', () => undefined);
      socket.close();
      throw socketFailure(`UDP at ${access.address}`, error);
    }
  }

  /**
   * Asks a STUN server for the address of the socket as the server sees it (RFC 8445 5.1.1.2). If that is another
   * address, it becomes a candidate.
   * @throws AttemptFailure if the server does not tell it
   */
  async reflect(server: Endpoint): Promise<void> {
    this.reflector = server;
    await this.open(server);
    const message = new StunMessage('BINDING', 'request').addFingerprint();
    const response = await this.reflections.start({ message, to: server }).answer;
    const mapped = response.get('XOR-MAPPED-ADDRESS');
    if (response.kind !== 'success' || mapped === undefined) {
      throw new AttemptFailure('TURN_REFUSED', `Binding: ${showEndpoint(server)} told no mapped address`);
    }
    if (!sameEndpoint(mapped, this.local)) this.candidates.push(ownCandidate('srflx', mapped, this.local));
  }

  /** The ways that media could take; the way to the STUN server is not one of them. */
  get ways(): FiveTuple[] {
    const { reflector } = this;
    return [...this.remotes.values()]
      .filter((remote) => reflector === undefined || !sameEndpoint(remote, reflector))
      .map((remote) => this.wayTo(remote));
  }

  wayTo(remote: Endpoint): FiveTuple {
    return { protocol: 'udp', local: this.local, remote };
  }

  open(remote: Endpoint): Promise<void> {
    const key = showEndpoint(remote);
    if (!this.remotes.has(key)) {
      this.remotes.set(key, remote);
      const way = this.wayTo(remote);
      this.attempt.onFlowAbandoned(way, (failure) => this.refused(remote, failure));
      this.attempt.tellFlow(way);
    }
    return Promise.resolve();
  }

  send(remote: Endpoint, data: Buffer): void {
    // An error of one datagram (no route, a full buffer) is the same as its loss on the way.
    if (this.open_) this.udp.send(data, remote.port, remote.ip, () => undefined);
  }

  listen(listener: BaseListener): void {
    this.listener = listener;
    if (this.failure !== undefined) listener.lost(this.failure);
  }

  close(): Promise<void> {
    this.listener = undefined;
    this.destroy();
    return Promise.resolve();
  }

  private received(data: Buffer, from: Endpoint): void {
    try {
      const response = this.reflections.waiting ? parseMessage(data) : undefined;
      if (response !== undefined && response.kind !== 'request') {
        this.reflections.answered(response, data, from);
      }
      this.listener?.datagram(data, from);
    } catch (error) {
      // Bytes from the network must never end the process, so an error of their reader is only noted.
      this.attempt.note(
        `a datagram from ${showEndpoint(from)} could not be read: ${asFailure(error).message}`,
      );
    }
  }

  /** Reports that datagrams to one address are denied, which says nothing about other addresses. */
  private refused(remote: Endpoint, failure: AttemptFailure): void {
    if (this.reflector !== undefined && sameEndpoint(remote, this.reflector)) this.reflections.stop(failure);
    this.listener?.refused(remote, failure);
  }

  private lose(failure: AttemptFailure): void {
    if (this.failure !== undefined || !this.open_) return;
    this.failure = failure;
    this.destroy();
    this.listener?.lost(failure);
  }

  private destroy(): void {
    if (!this.open_) return;
    this.open_ = false;
    this.reflections.stop(this.failure ?? new AttemptFailure('ABANDONED', 'the session has ended'));
    this.udp.close();
  }
}
