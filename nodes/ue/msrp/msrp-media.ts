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
   * The role in opening the connection, which does not depend on who calls. The UE behind the firewall is
   * `active` and opens it by the ways that its rung allows ({@link mediaWays}). The end on the open side is
   * `passive` and listens on its own address.
   */
  readonly role: 'active' | 'passive';
  readonly config: UeConfig;
  readonly access: Access;
  readonly timers: UeTimers;
  readonly attempt: AttemptLike;
  /**
   * Content bytes of a chunk. The default is 16 KiB, which takes a third of the processor time that 2048 bytes
   * take; a chunk of more than 2048 bytes must be interruptible (RFC 4975 5.1).
   */
  readonly chunkSize?: number;
  /** Longest message in bytes; a longer one is answered with 413. The default is 8 MiB. */
  readonly messageLimit?: number;
}

const contentType = 'application/octet-stream';
const defaultChunkSize = 16 * 1024;
const defaultMessageLimit = 8 * 1024 * 1024;

/**
 * The media of a session of messages (RFC 4975): one MSRP stream over one TCP connection. The `active` end opens
 * it, through the TURN server from step 2 on (RFC 6062).
 *
 * Use it in this order: the offer/answer of {@link SessionMedia}; {@link open} at both ends, when the dialog is
 * established; {@link send} and {@link received} as often as wanted; {@link release} or {@link close}.
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

  /** Number of TCP connections that were opened. Over TURN it is two, control and data, if the first way worked. */
  get connections(): number {
    return this.transport.connections;
  }

  /** @throws AttemptFailure `NO_RELAY`, or `ABANDONED` if the lab gave every way up */
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
   * @throws AttemptFailure `TURN_REFUSED`, `MSRP_FAILED` (e.g. 481), `TIMEOUT`, `NO_MEDIA` if nobody connected, or the
   *   connection's failure
   */
  async open(): Promise<void> {
    const { local, remote } = this;
    if (local === undefined || remote === undefined) throw new Error('there was no offer and answer yet');
    if (this.over !== undefined) throw this.over;
    const channel = await this.transport.connect(remote.at);
    // The session may have been closed meanwhile.
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
   * Sends a message. It resolves when the other end has answered every chunk and reported that it has the whole.
   * @throws AttemptFailure `MSRP_FAILED`, `TIMEOUT`, or the failure that ended the session
   */
  send(content: Buffer): Promise<void> {
    return this.overChannel(this.opened().send(content, contentType));
  }

  /**
   * Takes the next whole message, or waits for it. Messages that came before the call are kept.
   * @throws AttemptFailure `MSRP_FAILED` if a message broke off or was no MSRP, `NO_MEDIA` if no bytes came for
   *   30 s, or the failure that ended the session
   */
  received(): Promise<Buffer> {
    return this.overChannel(this.opened().message());
  }

  /**
   * Closes the connection and releases the allocation. It never rejects, and each of the two
   * takes at most `timers.goodbye`.
   */
  async release(): Promise<void> {
    // The session leaves first, because an answer or report may still be on its way out.
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

  /** Adds the socket of the connection to a failure of the session. */
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

  /** Takes the other end's description. @throws AttemptFailure `NOT_ACCEPTABLE` if it does not fit this end */
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

/** Waits for work, but no longer than that many milliseconds, and does not fail then. */
async function within(ms: number, work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, enough]);
  clearTimeout(timer);
}
