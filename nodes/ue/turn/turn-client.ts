import type { Channel } from '../dialler/channel';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import { LongTermCredentials } from './long-term-credentials';
import type { TurnCredentials } from './long-term-credentials';
import { requestedTransport } from '../stun/attributes';
import { StunMessage } from '../stun/message';
import { methods } from '../stun/methods';
import type { Method } from '../stun/methods';
import { parseMessage } from '../stun/parser';
import { TurnFramer, readDatagram, writeChannelData } from './stream-framer';
import type { TurnFrame } from './stream-framer';
import { StunTransactions } from './stun-transactions';
import type { StunTimers } from './stun-transactions';

/** The range of channel numbers (RFC 8656 12). */
export const firstChannel = 0x4000;
export const lastChannel = 0x4fff;

export interface TurnEvents {
  /** Takes the transaction id, 24 hex digits, of each request or indication before it is sent. */
  transaction(id: string): void;
  /** Takes application data from a peer; `via` says how the server delivered it. */
  data(peer: Endpoint, data: Buffer, via: 'indication' | 'channel'): void;
  /** Called when a peer has connected to the relayed address of a TCP allocation (RFC 6062 4.4). */
  connectionAttempt?(peer: Endpoint, connectionId: number): void;
  /** Called when nothing more can come; pending requests have failed by then. */
  lost(failure: AttemptFailure): void;
}

/** An allocation as the server grants it. */
export interface Allocation {
  /** The address at which peers reach the client. */
  readonly relayed: Endpoint;
  /** Lifetime in seconds. */
  readonly lifetime: number;
}

/**
 * A TURN client (RFC 8656, RFC 6062) on a channel of the dialler. The project has its own because no library
 * has the timers of RFC 8489 and RFC 6062, answers a 401 or 438 to a signed request, and announces each
 * transaction before it is sent.
 */
export class TurnClient {
  /** The credentials, which all connections to the same server share. */
  readonly credentials: LongTermCredentials;
  private readonly framer = new TurnFramer(() => this.hasChannels);
  private readonly transactions: StunTransactions;
  private readonly channels = new Map<number, Endpoint>();
  /** Says whether a channel was asked for. It is set with the request, because data may overtake the answer. */
  private hasChannels = false;

  constructor(
    private readonly channel: Channel,
    credentials: TurnCredentials,
    timers: StunTimers,
    private readonly events: TurnEvents,
  ) {
    this.credentials = new LongTermCredentials(credentials);
    this.transactions = new StunTransactions(channel, this.credentials, timers, (id) =>
      events.transaction(id),
    );
    channel.listen({ data: (data) => this.received(data), lost: (failure) => this.end(failure) });
  }

  /**
   * Asks for a relay: UDP (RFC 8656 7) or TCP (RFC 6062 4.1, over a stream only).
   * @throws AttemptFailure `TURN_REFUSED`, `TURN_PROTOCOL`, `TIMEOUT` or the channel's failure, like every request
   *   here; `TryAlternate` if the server sends the client to another one
   */
  async allocate(transport: 'udp' | 'tcp' = 'udp'): Promise<Allocation> {
    const response = await this.request('ALLOCATE', (request) =>
      request.set('REQUESTED-TRANSPORT', requestedTransport[transport]),
    );
    const relayed = response.get('XOR-RELAYED-ADDRESS');
    if (relayed === undefined) {
      throw new AttemptFailure('TURN_PROTOCOL', 'the answer to Allocate names no relayed address');
    }
    return { relayed, lifetime: response.get('LIFETIME') ?? 600 };
  }

  /** Permits a peer's datagrams or connections (RFC 8656 10). */
  async createPermission(peer: Endpoint): Promise<void> {
    await this.request('CREATE_PERMISSION', (request) => request.set('XOR-PEER-ADDRESS', peer));
  }

  /** Has the server connect to a peer (RFC 6062 4.3). @returns the CONNECTION-ID, to be bound within 30 s */
  async connect(peer: Endpoint): Promise<number> {
    const response = await this.request('CONNECT', (request) => request.set('XOR-PEER-ADDRESS', peer));
    const id = response.get('CONNECTION-ID');
    if (id === undefined) {
      throw new AttemptFailure('TURN_PROTOCOL', 'the answer to Connect names no connection');
    }
    return id;
  }

  /** Binds a channel to a peer (RFC 8656 12); numbers from 0x4000 to 0x4FFF. */
  async bindChannel(number: number, peer: Endpoint): Promise<void> {
    this.hasChannels = true;
    await this.request('CHANNEL_BIND', (request) =>
      request.set('CHANNEL-NUMBER', number).set('XOR-PEER-ADDRESS', peer),
    );
    this.channels.set(number, peer);
  }

  /**
   * Refreshes the allocation (RFC 8656 8); 0 releases it.
   * @returns the lifetime that the server gives it now, in seconds
   */
  async refresh(seconds: number): Promise<number> {
    const response = await this.request('REFRESH', (request) => request.set('LIFETIME', seconds));
    return response.get('LIFETIME') ?? seconds;
  }

  /** Sends a datagram to a peer in a Send indication (RFC 8656 11.1), which is not confirmed. */
  sendIndication(peer: Endpoint, data: Buffer): void {
    const indication = new StunMessage('SEND', 'indication').set('XOR-PEER-ADDRESS', peer).set('DATA', data);
    this.events.transaction(indication.id);
    this.channel.send(indication.bytes);
  }

  /** Sends a datagram over a bound channel (RFC 8656 12.5), which is not confirmed. */
  sendChannelData(number: number, data: Buffer): void {
    this.channel.send(writeChannelData(number, data, this.channel.transport !== 'udp'));
  }

  /** Fails every pending request and stops all timers. It does not close the channel; the channel's owner does. */
  stop(): void {
    this.transactions.end(new AttemptFailure('ABANDONED', 'the TURN client was stopped'));
  }

  private request(method: Method, write: (request: StunMessage) => void): Promise<StunMessage> {
    return this.transactions.request(method, write);
  }

  private received(data: Buffer): void {
    const frames = this.channel.transport === 'udp' ? [readDatagram(data)] : this.framer.push(data);
    for (const frame of frames) this.take(frame);
  }

  private take(frame: TurnFrame): void {
    if (frame.kind === 'channel') {
      const peer = this.channels.get(frame.channel);
      if (peer !== undefined) this.events.data(peer, frame.data, 'channel');
    } else if (frame.kind === 'stun') {
      this.takeStun(frame.data);
    } else if (this.channel.transport !== 'udp') {
      // A datagram that cannot be read is dropped; a stream that cannot be read is lost.
      this.end(new AttemptFailure('TURN_PROTOCOL', `the TURN stream cannot be read: ${frame.reason}`));
    }
  }

  private takeStun(data: Buffer): void {
    const message = parseMessage(data);
    if (message === undefined) return;
    if (message.kind === 'indication') this.takeIndication(message);
    else if (message.kind !== 'request') this.transactions.take(message, data);
  }

  private takeIndication(message: StunMessage): void {
    // RFC 8489 6.3.2: an indication with an attribute that must be understood, and is not known here, is discarded.
    if (message.unknownRequired.length > 0) return;
    const peer = message.get('XOR-PEER-ADDRESS');
    if (peer === undefined) return;
    if (message.method === methods.DATA) {
      const content = message.get('DATA');
      if (content !== undefined) this.events.data(peer, content, 'indication');
    } else if (message.method === methods.CONNECTION_ATTEMPT) {
      const id = message.get('CONNECTION-ID');
      if (id !== undefined) this.events.connectionAttempt?.(peer, id);
    }
  }

  private end(failure: AttemptFailure): void {
    if (this.transactions.end(failure)) this.events.lost(failure);
  }
}
