import type { AttemptLike } from '../attempt';
import { socketOf, type Channel } from '../dialler/channel';
import type { Access } from '../dialler/dialler';
import { AttemptFailure, overSocket } from '../failure';
import { mediaWays } from '../../../ladder';
import type { UeConfig } from '../protocol';
import type { SessionMedia } from '../session';
import type { UeTimers } from '../timers';
import { DirectTransport } from './direct-transport';
import { ListeningTransport } from './listening-transport';
import { readMsrpSdp, takesType, writeMsrpSdp } from './msrp-sdp';
import type { MsrpDescription } from './msrp-sdp';
import { MsrpSession } from './msrp-session';
import { newMsrpUri } from './msrp-uri';
import { RelayedTransport } from './relayed-transport';
import type { MsrpTransport } from './transport';

export interface MsrpOptions {
  /**
   * Which end of the connection this is, whoever calls: the UE behind the firewall is `active` and opens it by the ways
   * that its rung allows ({@link mediaWays}); the end on the open side is `passive` and listens on its own address.
   */
  readonly role: 'active' | 'passive';
  readonly config: UeConfig;
  readonly access: Access;
  readonly timers: UeTimers;
  readonly attempt: AttemptLike;
  /**
   * Content bytes of a chunk; by default 16 KiB, which costs a third of the processor time that 2048 do, the most with which
   * a chunk need not be interruptible (RFC 4975 5.1).
   */
  readonly chunkSize?: number;
  /** Bytes of a message that are taken; more is answered with 413. By default 8 MiB. */
  readonly messageLimit?: number;
}

const contentType = 'application/octet-stream';
const defaultChunkSize = 16 * 1024;
const defaultMessageLimit = 8 * 1024 * 1024;

/**
 * The media of a session of messages (RFC 4975): one MSRP stream over one TCP connection, which the end that is `active`
 * opens, through the TURN server from step 2 on (RFC 6062).
 *
 * Order of use: the offer/answer of {@link SessionMedia}; {@link open} at both ends, once the dialog stands; then
 * {@link send} and {@link received} as often as wanted; {@link release} or {@link close}.
 */
export class MsrpMedia implements SessionMedia {
  private readonly transport: MsrpTransport;
  private local: MsrpDescription | undefined;
  private remote: MsrpDescription | undefined;
  private channel: Channel | undefined;
  private session: MsrpSession | undefined;
  private over: AttemptFailure | undefined;

  constructor(private readonly options: MsrpOptions) {
    this.transport = transportOf(options);
    options.attempt.closeAtEnd(() => this.close());
  }

  /** How many TCP connections were opened: over TURN two, control and data, if the first way worked. */
  get connections(): number {
    return this.transport.connections;
  }

  /** @throws AttemptFailure `NO_RELAY`, or `ABANDONED` when every way was */
  offer(): Promise<string> {
    return this.describe();
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE`, or as {@link offer} */
  async answer(offer: string): Promise<string> {
    this.takeRemote(offer);
    return this.describe();
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE` */
  async accept(answer: string): Promise<void> {
    this.takeRemote(answer);
  }

  /**
   * Opens the connection and binds it to the session (RFC 4975 5.4): the active end connects and sends a SEND without
   * content, which the passive end awaits.
   * @throws AttemptFailure `TURN_REFUSED`, `MSRP_FAILED` (e.g. 481), `TIMEOUT`, `NO_MEDIA` when nobody connected, or the connection's failure
   */
  async open(): Promise<void> {
    const { local, remote } = this;
    if (local === undefined || remote === undefined) throw new Error('there was no offer and answer yet');
    if (this.over !== undefined) throw this.over;
    const channel = await this.transport.connect(remote.at);
    // It may have been closed meanwhile.
    if (this.isOver()) {
      channel.destroy();
      throw this.over ?? ended();
    }
    const { timers, chunkSize = defaultChunkSize, messageLimit = defaultMessageLimit } = this.options;
    this.channel = channel;
    this.session = new MsrpSession(channel, {
      local: local.path,
      remote: remote.path,
      timers,
      types: [contentType],
      chunkSize,
      messageLimit,
    });
    const { setup } = this.transport;
    await this.overChannel(setup === 'active' ? this.session.greet() : this.session.greeting());
  }

  /**
   * Sends a message. Resolves when the other end has answered every chunk and reported that it has the whole.
   * @throws AttemptFailure `MSRP_FAILED`, `TIMEOUT`, or why the session is over
   */
  send(content: Buffer): Promise<void> {
    return this.overChannel(this.opened().send(content, contentType));
  }

  /**
   * The next message that came whole; what came before somebody asked is kept.
   * @throws AttemptFailure `MSRP_FAILED` when a message broke off or was no MSRP, `NO_MEDIA` when nothing at all came for
   *   30 s, or why the session is over
   */
  received(): Promise<Buffer> {
    return this.overChannel(this.opened().message());
  }

  /** Closes the connection and gives the allocation back. Never rejects, and takes no longer than `timers.goodbye`. */
  async release(): Promise<void> {
    // An answer or report may still be on its way out.
    await within(this.options.timers.goodbye, this.session?.leave(ended()));
    await this.transport.release();
    this.close();
  }

  close(): void {
    this.fail(ended());
  }

  private fail(failure: AttemptFailure): void {
    this.over ??= failure;
    this.session?.end(failure);
    this.transport.close();
  }

  /** An error of the session is reported as one of its connection. */
  private overChannel<T>(work: Promise<T>): Promise<T> {
    return this.channel ? overSocket(socketOf(this.channel), work) : work;
  }

  private isOver(): boolean {
    return this.over !== undefined;
  }

  private opened(): MsrpSession {
    if (this.session === undefined) throw new Error('the session is not open');
    return this.session;
  }

  private async describe(): Promise<string> {
    const at = await this.transport.prepare((failure) => this.fail(failure));
    this.local = { at, path: newMsrpUri(at), setup: this.transport.setup, types: [contentType] };
    return writeMsrpSdp(this.local);
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE` when the ends do not fit */
  private takeRemote(sdp: string): void {
    const remote = readMsrpSdp(sdp);
    const { setup } = this.transport;
    const fits = remote.setup === 'actpass' || remote.setup === (setup === 'active' ? 'passive' : 'active');
    if (!fits) {
      throw new AttemptFailure(
        'NOT_ACCEPTABLE',
        remote.setup === setup ? `both ends are ${setup}` : `the other end is ${remote.setup}`,
      );
    }
    if (!takesType(remote.types, contentType)) {
      throw new AttemptFailure('NOT_ACCEPTABLE', `the other end does not take ${contentType}`);
    }
    this.remote = remote;
  }
}

function transportOf({ role, config, access, timers, attempt }: MsrpOptions): MsrpTransport {
  if (role === 'passive') return new ListeningTransport(access, attempt);
  const { host, turn } = mediaWays('msrp', attempt.request);
  if (host) return new DirectTransport(access, attempt);
  return new RelayedTransport({ ways: turn, config, access, timers, attempt });
}

function ended(): AttemptFailure {
  return new AttemptFailure('ABANDONED', 'the session was closed');
}

/** Waits for something, but no longer than that many milliseconds. */
async function within(ms: number, work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, enough]);
  clearTimeout(timer);
}
