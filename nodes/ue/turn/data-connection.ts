import { Listening } from '../dialler/channel';
import type { Channel, ChannelListener } from '../dialler/channel';
import { AttemptFailure } from '../failure';
import type { LongTermCredentials } from './long-term-credentials';
import { TurnFramer } from './stream-framer';
import { methods } from '../stun/methods';
import { parseMessage } from '../stun/parser';
import { StunTransactions } from './stun-transactions';
import type { StunTimers } from './stun-transactions';

/**
 * Binds an open channel to a peer's connection (RFC 6062 4.3). After the success response to ConnectionBind the channel
 * carries only the bytes of that connection.
 * @param channel leads to the TURN server, by the same transport as the control connection
 * @param id CONNECTION-ID of the answer to Connect, or of a ConnectionAttempt
 * @param about takes the transaction id, 24 hex digits, of each request before it is sent
 * @returns the channel to the peer
 * @throws AttemptFailure `TURN_REFUSED`, `TURN_PROTOCOL`, `TIMEOUT` or the channel's failure
 */
export async function bindConnection(
  channel: Channel,
  id: number,
  credentials: LongTermCredentials,
  timers: StunTimers,
  about: (transaction: string) => void,
): Promise<Channel> {
  const connection = new DataConnection(channel, credentials, timers, about);
  await connection.bind(id);
  return connection;
}

/** A connection to the TURN server that speaks STUN until it is bound. */
class DataConnection implements Channel {
  readonly transport;
  readonly local;
  readonly remote;
  readonly server;
  private readonly listening = new Listening();
  private readonly framer = new TurnFramer();
  private readonly transactions: StunTransactions;
  private bound = false;
  /** Bytes for the user that came before it listened; some may have come in one segment with the success response. */
  private early: Buffer[] | undefined = [];
  private earlyLoss: AttemptFailure | undefined;

  constructor(
    private readonly channel: Channel,
    credentials: LongTermCredentials,
    timers: StunTimers,
    about: (transaction: string) => void,
  ) {
    this.transport = channel.transport;
    this.local = channel.local;
    this.remote = channel.remote;
    this.server = channel.server;
    this.transactions = new StunTransactions(channel, credentials, timers, about);
    channel.listen({ data: (data) => this.received(data), lost: (failure) => this.lost(failure) });
  }

  async bind(id: number): Promise<void> {
    await this.transactions.request('CONNECTION_BIND', (request) => request.set('CONNECTION-ID', id));
  }

  send(data: Buffer): void {
    this.channel.send(data);
  }

  listen(listener: ChannelListener): void {
    this.listening.attach(listener);
    const early = this.early ?? [];
    this.early = undefined;
    for (const data of early) this.listening.data(data);
    if (this.earlyLoss !== undefined) this.listening.lost(this.earlyLoss);
  }

  close(): Promise<void> {
    this.over();
    return this.channel.close();
  }

  destroy(): void {
    this.over();
    this.channel.destroy();
  }

  lose(failure: AttemptFailure): void {
    this.channel.lose(failure);
  }

  private received(data: Buffer): void {
    if (this.bound) {
      this.deliver(data);
      return;
    }
    this.framer.add(data);
    for (let frame = this.framer.next(); frame !== undefined; frame = this.framer.next()) {
      if (frame.kind === 'broken') {
        this.channel.lose(
          new AttemptFailure('TURN_PROTOCOL', `the TURN stream cannot be read: ${frame.reason}`),
        );
      } else if (frame.kind === 'stun' && this.isSuccess(frame.data)) {
        this.bound = true;
        this.transactions.end(new AttemptFailure('INTERNAL', 'the connection is bound already'));
        const rest = this.framer.takeRest();
        if (rest.length > 0) this.deliver(rest);
        return;
      }
    }
  }

  /** Takes a message. @returns whether it is the response after which the peer's bytes begin */
  private isSuccess(data: Buffer): boolean {
    const message = parseMessage(data);
    return (
      message !== undefined &&
      this.transactions.take(message, data) &&
      message.kind === 'success' &&
      message.method === methods.CONNECTION_BIND
    );
  }

  private deliver(data: Buffer): void {
    if (this.early === undefined) this.listening.data(data);
    else this.early.push(data);
  }

  private lost(failure: AttemptFailure): void {
    this.transactions.end(failure);
    if (this.early === undefined) this.listening.lost(failure);
    else this.earlyLoss = failure;
  }

  private over(): void {
    this.listening.close();
    this.transactions.end(new AttemptFailure('ABANDONED', 'the connection was closed'));
  }
}
