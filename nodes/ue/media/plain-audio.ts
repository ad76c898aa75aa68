import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AttemptLike } from '../attempt';
import type { Access } from '../dialler/dialler';
import { maxBindTries } from '../dialler/udp-channel';
import { AttemptFailure, socketFailure, systemCode } from '../failure';
import type { Endpoint } from '../protocol';
import type { SessionMedia } from '../session';
import type { UeTimers } from '../timers';
import { codecs } from './codecs';
import { endedLines, readPlainSdp, writeEndedAnswer, writePlainAnswer, writePlainOffer } from './plain-sdp';
import type { PlainEnd, PlainSession } from './plain-sdp';
import type { Arrivals } from './reception';
import { isRtcp } from './rtp-packet';
import { newSessionId } from './rtp-media';
import { sends } from './sdp';
import { RtpSession } from './rtp-session';
import { SrtpReceiver, masterLength } from './srtp';

/** Everything that plain audio needs. */
export interface PlainContext {
  readonly access: Access;
  readonly timers: UeTimers;
  readonly attempt: AttemptLike;
}

/**
 * The audio of a call with a phone that has no ICE, or has RTCP on a port of its own, or leaves it to this end to
 * offer. It is audio between two addresses by RFC 3264 and RFC 3550, in SRTP if the other end offers that. It sends
 * to the address that the other end describes.
 */
export class PlainAudio implements SessionMedia {
  private readonly sessionId = newSessionId();
  private readonly master = randomBytes(masterLength);
  private version = 0;
  private sockets: SocketPair | undefined;
  private session: RtpSession | undefined;
  private reading: { readonly master: Buffer; readonly receiver: SrtpReceiver } | undefined;
  private over = false;

  constructor(private readonly context: PlainContext) {
    context.attempt.closeAtEnd(() => this.close());
  }

  /** Describes this end. It may be called again. */
  async offer(): Promise<string> {
    return writePlainOffer([codecs.PCMA, codecs.PCMU], this.describe(await this.open()));
  }

  reoffer(): Promise<string> {
    return this.offer();
  }

  /**
   * Answers an offer, and begins to talk. It may be called again, for the offer of a re-INVITE.
   * @throws AttemptFailure `NOT_ACCEPTABLE`
   */
  async answer(text: string): Promise<string> {
    const offer = readPlainSdp(text);
    const sockets = await this.open();
    this.talk(offer, sockets);
    return writePlainAnswer(offer, this.describe(sockets));
  }

  async reanswer(offer: string): Promise<string> {
    const ended = endedLines(offer);
    if (ended === undefined) return this.answer(offer);
    this.session?.stop();
    return writeEndedAnswer(ended, this.describe(await this.open()));
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE` */
  async accept(text: string): Promise<void> {
    const answer = readPlainSdp(text);
    if (answer.profile !== 'RTP/AVP')
      throw new AttemptFailure('NOT_ACCEPTABLE', `RTP/AVP was offered, and ${answer.profile} is the answer`);
    this.talk(answer, await this.open());
  }

  /** Says when packets of the other end came. It works at any time, also after {@link close}. */
  get arrivals(): Arrivals {
    return this.session?.statistics.arrivals ?? { longestGapMs: 0 };
  }

  close(): void {
    this.over = true;
    this.session?.stop();
    this.sockets?.close();
  }

  /** Closes the audio. There is nothing to release. */
  released(): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  private async open(): Promise<SocketPair> {
    this.sockets ??= await SocketPair.bind(this.context.access, (data) => this.session?.take(data));
    if (!this.over) return this.sockets;
    this.sockets.close();
    throw new AttemptFailure('ABANDONED', 'the session has ended');
  }

  private describe({ rtp }: SocketPair): PlainEnd {
    return { rtp, sessionId: this.sessionId, version: ++this.version, master: this.master };
  }

  /** Begins to talk by the other end's description, in place of an earlier one. */
  private talk(other: PlainSession, sockets: SocketPair): void {
    this.session?.stop();
    this.session = new RtpSession({
      timers: this.context.timers,
      format: other.format,
      keepsAlive: true,
      ...(other.crypto
        ? { srtp: { master: this.master, receiver: this.receiverOf(other.crypto.master) } }
        : {}),
      send: (datagram) => {
        if (isRtcp(datagram)) sockets.sendRtcp(datagram, other);
        else sockets.sendRtp(datagram, other);
      },
    });
    if (other.rtp !== undefined) this.session.start(sends(other.direction));
  }

  /** Returns the same receiver as long as the key stays the same, because its packet count has to go on. */
  private receiverOf(master: Buffer): SrtpReceiver {
    if (!this.reading?.master.equals(master)) this.reading = { master, receiver: new SrtpReceiver(master) };
    return this.reading.receiver;
  }
}

/** A socket for RTP at an even port and one for RTCP at the next (RFC 3550 11). */
class SocketPair {
  private open = true;

  private constructor(
    readonly rtp: Endpoint,
    private readonly media: Socket,
    private readonly control: Socket,
    take: (data: Buffer) => void,
  ) {
    for (const socket of [media, control]) {
      socket.on('message', take);
      // An error concerns one datagram, which then counts as lost on the way.
      socket.on('error', () => undefined);
    }
  }

  /** Binds both sockets. @throws AttemptFailure if no two such ports are free */
  static async bind({ address, ports }: Access, take: (data: Buffer) => void): Promise<SocketPair> {
    for (let tries = 1; ; tries++) {
      let port = ports.take();
      while (port % 2 !== 0) port = ports.take();
      const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
      try {
        for (const [index, at] of [port, ports.take()].entries()) {
          sockets[index]!.bind({ address, port: at, exclusive: true });
          await once(sockets[index]!, 'listening');
        }
        return new SocketPair({ ip: address, port }, ...sockets, take);
      } catch (error) {
        for (const socket of sockets) {
          socket.on('error', () => undefined);
          socket.close();
        }
        if (systemCode(error) !== 'EADDRINUSE' || tries === maxBindTries) {
          throw socketFailure(`UDP at ${address}`, error);
        }
      }
    }
  }

  sendRtp(data: Buffer, { rtp }: PlainSession): void {
    if (this.open && rtp) this.media.send(data, rtp.port, rtp.ip, () => undefined);
  }

  sendRtcp(data: Buffer, { rtcp, rtcpMux }: PlainSession): void {
    const socket = rtcpMux ? this.media : this.control;
    if (this.open && rtcp) socket.send(data, rtcp.port, rtcp.ip, () => undefined);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    // A last packet that is still queued, a goodbye, goes out nevertheless.
    this.media.close();
    this.control.close();
  }
}
