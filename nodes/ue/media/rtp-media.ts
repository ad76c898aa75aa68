import { randomBytes } from 'node:crypto';
import { within } from '../../../kit/deadline';
import { AttemptFailure } from '../failure';
import type { SessionMedia } from '../session';
import type { AudioDescription, RemoteSession } from './sdp';
import { readSdp, writeSdp } from './sdp';
import { meanOpinionScore, ratingOf } from './e-model';
import { gather } from './gather';
import type { Gathering } from './gather';
import { IceAgent } from './ice-agent';
import type { SelectedPair } from './ice-agent';
import { pcma } from './pcma';
import type { Arrivals } from './reception';
import { RtpSession } from './rtp-session';
import type { RtpStatistics } from './rtp-session';
import { SrtpReceiver, masterLength } from './srtp';

export interface RtpMediaOptions {
  /**
   * If set, this end offers SRTP with SDES keys (RFC 4568) and accepts an offer of it;
   * otherwise it refuses such an offer.
   */
  readonly srtp?: boolean;
}

/** The measurements of a call up to now. */
export interface CallQuality extends RtpStatistics {
  readonly pair: SelectedPair;
  /** The pair in words, e.g. `relay by tls:443 / host udp`. */
  readonly path: string;
  /** Milliseconds that the offer or answer waited for candidates. */
  readonly gatheredAfterMs: number;
  readonly srtp: boolean;
  /** Mean opinion score of what this end hears, 1 to 4.5: the E-model from loss, jitter and half the round trip. */
  readonly mos: number;
}

/** Milliseconds between two looks whether a packet has come. */
const pollMs = 20;

/**
 * One end of the audio of a call: ICE (RFC 8445) over the ways that it may take, PCMA in RTP or SRTP, and RTCP.
 *
 * It sends from the moment at which a candidate pair is selected until {@link close}.
 */
export class RtpMedia implements SessionMedia {
  private agent: IceAgent | undefined;
  private session: RtpSession | undefined;
  private readonly sendKey: Buffer | undefined;
  private payloadType: number = pcma.payloadType;
  private gatheredAfterMs = 0;
  private failure: AttemptFailure | undefined;
  private closing: Promise<void> | undefined;
  private resolveFailed: (failure: AttemptFailure) => void = () => undefined;
  private resolveConnected: (session: RtpSession) => void = () => undefined;
  private readonly connected = new Promise<RtpSession>((resolve) => (this.resolveConnected = resolve));
  private resolveEnded: (failure: AttemptFailure) => void = () => undefined;
  /** Resolves when the session has failed or is closed. */
  private readonly ended = new Promise<AttemptFailure>((resolve) => (this.resolveEnded = resolve));
  /** Resolves with the failure when the session has failed. It stays pending if the session is closed. */
  readonly failed = new Promise<AttemptFailure>((resolve) => (this.resolveFailed = resolve));

  constructor(
    private readonly gathering: Gathering,
    private readonly options: RtpMediaOptions = {},
  ) {
    this.sendKey = options.srtp ? randomBytes(masterLength) : undefined;
    gathering.attempt.closeAtEnd(() => this.close());
  }

  /** @throws AttemptFailure `NO_RELAY` if no way to the TURN server works and there is no other way, or `ABANDONED` */
  async offer(): Promise<string> {
    const agent = await this.open(true);
    return writeSdp(this.describe(agent, 1), newSessionId());
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE`; what {@link offer} throws */
  async answer(offer: string): Promise<string> {
    const remote = readSdp(offer);
    if (remote.audio.crypto !== undefined && this.sendKey === undefined) {
      throw new AttemptFailure('NOT_ACCEPTABLE', 'the offer asks for SRTP, and this end is set to plain RTP');
    }
    this.payloadType = remote.audio.payloadType;
    const agent = await this.open(false);
    const answer = writeSdp(this.describe(agent, remote.audio.crypto?.tag), newSessionId(), remote);
    this.connect(agent, remote);
    return answer;
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE` */
  async accept(answer: string): Promise<void> {
    const remote = readSdp(answer);
    if ((remote.audio.crypto === undefined) !== (this.sendKey === undefined)) {
      throw new AttemptFailure(
        'NOT_ACCEPTABLE',
        'the answer has another profile than the offer: RTP, or SRTP',
      );
    }
    if (this.agent === undefined) throw new AttemptFailure('INTERNAL', 'an answer without an offer');
    this.connect(this.agent, remote);
  }

  /** The selected candidate pair, once there is one. */
  get pair(): SelectedPair | undefined {
    return this.agent?.pair;
  }

  /** Says when packets of the other end came. It works at any time, also after {@link close}. */
  get arrivals(): Arrivals {
    return this.session?.statistics.arrivals ?? { longestGapMs: 0 };
  }

  /**
   * Waits until RTP flows both ways: a packet of the other end has come, and its RTCP report
   * says that it got a packet too.
   * @throws AttemptFailure `NO_MEDIA` if that takes too long, `ICE_FAILED`, or another failure that lost the session
   */
  async flowing(): Promise<void> {
    const session = await this.unlessFailed(this.connected);
    await this.within(this.gathering.timers.firstMedia, session.flowing, (seconds) => {
      const what = session.flows.in
        ? 'the other end reports none of our packets'
        : 'nothing of the other end arrives';
      return this.noMedia(`${what} within ${seconds} s, over`);
    });
  }

  /**
   * Talks: it waits until RTP flows both ways, then for `ms` milliseconds, and then for a packet of the
   * other end if none came meanwhile.
   * @returns the quality from the beginning of the call on
   * @throws AttemptFailure what {@link flowing} throws; `NO_MEDIA` if no packet arrives for as
   *   long as the first one may take
   */
  async talk(ms: number): Promise<CallQuality> {
    await this.flowing();
    const before = this.arrivals.last;
    await this.pass(ms);
    // A busy machine may cause a second of silence, but not one of this length.
    const deadline = performance.now() + this.gathering.timers.firstMedia;
    while (this.arrivals.last === before) {
      if (performance.now() > deadline) {
        const seconds = (ms + this.gathering.timers.firstMedia) / 1000;
        throw this.noMedia(`nothing arrived for ${seconds} s over`);
      }
      await this.pass(pollMs);
    }
    return this.quality();
  }

  private noMedia(text: string): AttemptFailure {
    const { pair } = this;
    return new AttemptFailure('NO_MEDIA', `${text} ${pathOf(pair)}`, pair ? [pair.local.socket] : []);
  }

  /** Lets time pass, unless the session fails. */
  private async pass(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await this.unlessFailed(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))));
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Returns the measurements up to now.
   * @throws AttemptFailure `ICE_FAILED` while no candidate pair is selected
   */
  quality(): CallQuality {
    if (this.session === undefined || this.pair === undefined) {
      throw this.failure ?? new AttemptFailure('ICE_FAILED', 'no candidate pair is selected');
    }
    const { statistics } = this.session;
    // The delay from mouth to ear is that of the network, of filling a packet, and of a buffer of twice the jitter.
    const delayMs = (statistics.roundTripMs ?? 0) / 2 + pcma.packetMs + 2 * statistics.jitterInMs;
    return {
      ...statistics,
      received: {
        ...statistics.received,
        garbage: statistics.received.garbage + (this.agent?.garbage ?? 0),
      },
      pair: this.pair,
      path: pathOf(this.pair),
      gatheredAfterMs: this.gatheredAfterMs,
      srtp: this.session.secure,
      mos: meanOpinionScore(ratingOf({ delayMs, lossPercent: statistics.lossInPercent })),
    };
  }

  /** Sends a goodbye, ends the session, and begins to release what the TURN server holds. */
  close(): void {
    void this.released();
  }

  /** Closes the session. It resolves when everything is released, in bounded time. */
  released(): Promise<void> {
    this.session?.stop();
    this.resolveEnded(new AttemptFailure('ABANDONED', 'the session was closed'));
    this.closing ??= this.agent?.close() ?? Promise.resolve();
    return this.closing;
  }

  private async open(controlling: boolean): Promise<IceAgent> {
    const { timers, attempt } = this.gathering;
    const since = performance.now();
    const gathered = await gather(this.gathering);
    this.gatheredAfterMs = performance.now() - since;
    if (this.closing !== undefined) {
      for (const late of gathered.late) late.giveUp();
      for (const base of gathered.bases) await base.close();
      throw new AttemptFailure('ABANDONED', 'the session has ended');
    }
    this.agent = new IceAgent(gathered, controlling, timers, {
      transaction: (id) => attempt.tellIdentifier('stun-transaction', id),
      data: (data) => this.session?.take(data),
      failed: (failure) => this.fail(failure),
    });
    if (this.failure !== undefined) throw this.failure;
    return this.agent;
  }

  private describe(agent: IceAgent, tag: number | undefined): AudioDescription {
    return {
      ...agent.local,
      candidates: agent.candidates,
      payloadType: this.payloadType,
      crypto: this.sendKey && tag !== undefined ? { tag, master: this.sendKey } : undefined,
    };
  }

  private connect(agent: IceAgent, { audio }: RemoteSession): void {
    const { sendKey } = this;
    const session = new RtpSession({
      timers: this.gathering.timers,
      payloadType: audio.payloadType,
      srtp:
        sendKey && audio.crypto
          ? { master: sendKey, receiver: new SrtpReceiver(audio.crypto.master) }
          : undefined,
      send: (datagram) => agent.send(datagram),
    });
    this.session = session;
    agent.start(audio);
    agent.selected.then(
      () => {
        if (this.closing !== undefined) return;
        session.start();
        this.resolveConnected(session);
      },
      // The agent's event `failed` reports the same failure.
      () => undefined,
    );
  }

  private fail(failure: AttemptFailure): void {
    this.failure = failure;
    this.session?.stop();
    this.resolveEnded(failure);
    this.resolveFailed(failure);
  }

  /** @throws AttemptFailure as soon as the session has failed or is closed */
  private async unlessFailed<T>(work: Promise<T>): Promise<T> {
    const failed = this.ended.then((failure) => {
      throw failure;
    });
    return Promise.race([work, failed]);
  }

  private within<T>(ms: number, work: Promise<T>, late: (seconds: number) => AttemptFailure): Promise<T> {
    return this.unlessFailed(within(ms, work, () => late(ms / 1000)));
  }
}

/** Writes a pair in words, e.g. `relay by tls:443 / host udp`: this end, then the other. */
function pathOf(pair: SelectedPair | undefined): string {
  if (pair === undefined) return 'no candidate pair';
  const { local, remote } = pair;
  const own = local.way === 'udp' ? `${local.type} udp` : `${local.type} by ${local.way}`;
  return `${own} / ${remote.type} udp`;
}

/** Makes a session id for the o= line, which has digits only (RFC 8866 5.2). */
export function newSessionId(): string {
  return randomBytes(6).readUIntBE(0, 6).toString();
}
