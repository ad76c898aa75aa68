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
import { spokenPacket } from './pcma';
import { spokenPcmu } from './pcmu';
import { readPlainOffer, writePlainAnswer } from './plain-sdp';
import type { PlainOffer } from './plain-sdp';
import type { Arrivals } from './reception';
import { isRtcp } from './rtp-packet';
import { newSessionId } from './rtp-media';
import { RtpSession } from './rtp-session';

/** What plain audio is done with. */
export interface PlainContext {
  readonly access: Access;
  readonly timers: UeTimers;
  readonly attempt: AttemptLike;
}

/**
 * The audio of a call with a phone that has no ICE, or RTCP on a port of its own: G.711 between two addresses, as RFC 3264
 * and RFC 3550 have it. It only answers, and sends where the offer says.
 */
export class PlainAudio implements SessionMedia {
  private readonly sessionId = newSessionId();
  private version = 0;
  private sockets: SocketPair | undefined;
  private session: RtpSession | undefined;
  private over = false;

  constructor(private readonly context: PlainContext) {
    context.attempt.closeAtEnd(() => this.close());
  }

  offer(): Promise<string> {
    return Promise.reject(new AttemptFailure('INTERNAL', 'plain audio only answers'));
  }

  /**
   * May be called again, for what a re-INVITE offers.
   * @throws AttemptFailure `NOT_ACCEPTABLE`
   */
  async answer(text: string): Promise<string> {
    const offer = readPlainOffer(text);
    this.sockets ??= await SocketPair.bind(this.context.access, (data) => this.session?.take(data));
    if (this.over) {
      this.sockets.close();
      throw new AttemptFailure('ABANDONED', 'the session has ended');
    }
    this.talk(offer, this.sockets);
    return writePlainAnswer(offer, this.sockets.rtp, this.sessionId, ++this.version);
  }

  reanswer(offer: string): Promise<string> {
    return this.answer(offer);
  }

  accept(): Promise<void> {
    return Promise.reject(new AttemptFailure('INTERNAL', 'an answer without an offer'));
  }

  /** When packets of the other end came; may be asked any time, also after {@link close}. */
  get arrivals(): Arrivals {
    return this.session?.statistics.arrivals ?? { longestGapMs: 0 };
  }

  close(): void {
    this.over = true;
    this.session?.stop();
    this.sockets?.close();
  }

  /** Closes; there is nothing to be given back. */
  released(): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** Begins to talk by an offer, in place of the one before it. */
  private talk(offer: PlainOffer, sockets: SocketPair): void {
    this.session?.stop();
    this.session = new RtpSession({
      timers: this.context.timers,
      payloadType: offer.payloadType,
      spoken: offer.codec === 'PCMA' ? spokenPacket : spokenPcmu,
      send: (datagram) => {
        if (isRtcp(datagram)) sockets.sendRtcp(datagram, offer);
        else sockets.sendRtp(datagram, offer);
      },
    });
    const sends = offer.direction === 'sendrecv' || offer.direction === 'sendonly';
    if (sends && offer.rtp !== undefined) this.session.start();
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
      // Of one datagram, which is as good as lost on the way.
      socket.on('error', () => undefined);
    }
  }

  /** @throws AttemptFailure when no two ports can be had */
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

  sendRtp(data: Buffer, { rtp }: PlainOffer): void {
    if (this.open && rtp) this.media.send(data, rtp.port, rtp.ip, () => undefined);
  }

  sendRtcp(data: Buffer, { rtcp, rtcpMux }: PlainOffer): void {
    const socket = rtcpMux ? this.media : this.control;
    if (this.open && rtcp) socket.send(data, rtcp.port, rtcp.ip, () => undefined);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    // What was said last, a goodbye, still goes out.
    this.media.close();
    this.control.close();
  }
}
