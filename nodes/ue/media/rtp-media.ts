import { randomBytes } from 'node:crypto';
import { within } from '../../../kit/deadline';
import { Deferred } from '../../../kit/deferred';
import { sameEndpoint } from '../../../kit/endpoint';
import { AttemptFailure, asFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { SessionMedia } from '../session';
import { formatsOf } from './audio-formats';
import type { AudioFormat } from './audio-formats';
import { codecs, packetMs } from './codecs';
import type { Codec, CodecName } from './codecs';
import { DtlsSrtp, dtlsIdentity, isDtls, type DtlsIdentity } from './dtls-srtp';
import { answering, defaultAddress, readSdp, sends, writeSdp } from './sdp';
import type { Direction, DtlsEnd, OwnAudio, RemoteAudio, RemoteSession } from './sdp';
import { meanOpinionScore, ratingOf } from './e-model';
import { gather } from './gather';
import type { Gathering } from './gather';
import { IceAgent } from './ice-agent';
import type { SelectedPair } from './ice-agent';
import { readPlainSdp, writePlainAnswer } from './plain-sdp';
import type { PlainSession } from './plain-sdp';
import type { Arrivals } from './reception';
import { isRtcp } from './rtp-packet';
import { RtpSession } from './rtp-session';
import type { RtpSessionOptions, RtpStatistics } from './rtp-session';
import { SrtpReceiver, masterLength } from './srtp';

export interface RtpMediaOptions {
  /**
   * If set, this end offers SRTP with keys of this kind and accepts an offer of it, and otherwise refuses such an offer: keys in
   * the description (SDES, RFC 4568), or of a handshake of DTLS (RFC 5764).
   */
  readonly keying?: 'sdes' | 'dtls';
  /** The codecs that it offers, the most preferred one first; by default all, G.711 first. */
  readonly codecs?: readonly CodecName[];
}

/** The measurements of a call up to now. */
export interface CallQuality extends RtpStatistics {
  readonly pair: SelectedPair;
  /** The pair in words, e.g. `relay by tls:443 / host udp`. */
  readonly path: string;
  /** Milliseconds that the offer or answer waited for candidates. */
  readonly gatheredAfterMs: number;
  readonly srtp: boolean;
  readonly codec: CodecName;
  /**
   * Mean opinion score of what this end hears, 1 to 4.5: the E-model from loss, jitter and half the round trip. It is
   * undefined unless the codec is G.711, for which alone the model's values here are.
   */
  readonly mos?: number;
}

/** Milliseconds between two looks whether a packet has come. */
const pollMs = 20;

/** A further offer of this end that is not answered yet. */
interface Reoffer {
  readonly wanted: Direction;
  /** The agent of an ICE restart. */
  readonly next?: IceAgent | undefined;
}

/**
 * One end of the audio of a call: ICE (RFC 8445) over the ways that it may take, RTP or SRTP, and RTCP. With an
 * other end that has no ICE it goes by RFC 3264 alone.
 *
 * It sends from the moment at which a candidate pair is selected until {@link close}. A further offer may hold the call
 * or begin ICE anew, of either end; meanwhile the media go on over the pair that is there.
 */
export class RtpMedia implements SessionMedia {
  /** The agent whose pair carries the media. */
  private agent: IceAgent | undefined;
  /** Agents that are closing, after an ICE restart. */
  private readonly former: Promise<void>[] = [];
  private session: RtpSession | undefined;
  private readonly sendKey: Buffer | undefined;
  /** The handshake of DTLS that keys the session, and this end's part in it. */
  private dtls: DtlsSrtp | undefined;
  private identity: DtlsIdentity | undefined;
  private role: 'client' | 'server' | undefined;
  private readonly sessionId = newSessionId();
  private version = 0;
  private described = '';
  /** The default address of the latest description. */
  private told: Endpoint = { ip: '0.0.0.0', port: 9 };
  private format: AudioFormat | undefined;
  /** The other end's description of audio with ICE; undefined if it has no ICE. */
  private remote: RemoteAudio | undefined;
  /** The other end's addresses, if it has no ICE. */
  private plain: PlainSession | undefined;
  /** The direction that this end wants, which holding a call changes. */
  private wanted: Direction = 'sendrecv';
  /** The agent of an ICE restart, until it has a pair. */
  private taking: IceAgent | undefined;
  private restarting = false;
  private reoffering: Reoffer | undefined;
  private readonly due = new Deferred<void>();
  private restarted = new Deferred<SelectedPair>();
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
    this.sendKey = options.keying === 'sdes' ? randomBytes(masterLength) : undefined;
    gathering.attempt.closeAtEnd(() => this.close());
  }

  /**
   * Resolves when ICE has selected another pair than the default one with an end that is not of RFC 8445: such an end,
   * of RFC 5245, is owed an updated offer by the end that controls (RFC 8839 4.4.1.2.2; RFC 8445 10).
   */
  get offerDue(): Promise<void> {
    return this.due.promise;
  }

  /** @throws AttemptFailure `NO_RELAY` if no way to the TURN server works and there is no other way, or `ABANDONED` */
  async offer(): Promise<string> {
    const agent = await this.open(true);
    this.agent = agent;
    return this.describe(agent, this.offered, this.wanted, 1);
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE`; what {@link offer} throws */
  async answer(offer: string): Promise<string> {
    const remote = readEither(offer);
    const { crypto, dtls }: Pick<RemoteAudio, 'crypto' | 'dtls'> =
      'audio' in remote ? remote.audio : { crypto: remote.crypto };
    if (crypto !== undefined && this.sendKey === undefined) {
      throw new AttemptFailure('NOT_ACCEPTABLE', 'the offer asks for SRTP, and this end is set to plain RTP');
    }
    if (dtls !== undefined && this.options.keying !== 'dtls')
      throw new AttemptFailure(
        'NOT_ACCEPTABLE',
        'the offer asks for DTLS-SRTP, which this end is not set to',
      );
    if (dtls !== undefined) this.role = roleFor(dtls);
    const agent = await this.open(false);
    this.agent = agent;
    if (!('audio' in remote)) {
      await this.connectPlain(agent, remote);
      return this.answerPlain(agent, remote);
    }
    const { format, direction } = remote.audio;
    this.format = format;
    const own = answering(direction, this.wanted);
    const answer = this.describe(agent, [format], own, crypto?.tag, remote);
    this.connect(agent, remote.audio, own);
    return answer;
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE` */
  async accept(answer: string): Promise<void> {
    const remote = readEither(answer, this.format?.codec);
    const { crypto, dtls }: Pick<RemoteAudio, 'crypto' | 'dtls'> =
      'audio' in remote ? remote.audio : { crypto: remote.crypto };
    const isOther = (dtls === undefined) !== (this.options.keying !== 'dtls');
    if (isOther || (crypto === undefined) !== (this.sendKey === undefined)) {
      throw new AttemptFailure(
        'NOT_ACCEPTABLE',
        'the answer has another profile than the offer: RTP, or SRTP',
      );
    }
    if (this.agent === undefined) throw new AttemptFailure('INTERNAL', 'an answer without an offer');
    if (dtls !== undefined) this.role ??= roleFor(dtls);
    if (this.session !== undefined) this.acceptAgain(remote);
    else if ('audio' in remote) {
      this.format = remote.audio.format;
      this.connect(this.agent, remote.audio, answering(remote.audio.direction));
    } else await this.connectPlain(this.agent, remote);
  }

  /** Holds the call by the next offer of this end: `sendonly` as RFC 3264 8.4 has it, or `inactive`. */
  hold(direction: 'sendonly' | 'inactive' = 'sendonly'): void {
    this.wanted = direction;
  }

  /** Takes the call up again by the next offer of this end. */
  resume(): void {
    this.wanted = 'sendrecv';
  }

  /**
   * Has the next offer of this end begin ICE anew, with candidates that are gathered then (RFC 8839 4.4.1.1.1).
   * @returns the pair that is selected then; the media have gone on over the former one until then
   */
  restartIce(): Promise<SelectedPair> {
    this.restarting = true;
    this.restarted = new Deferred<SelectedPair>();
    return this.restarted.promise;
  }

  /** @throws AttemptFailure `NO_RELAY` or `ABANDONED` if ICE begins anew, and finds no way */
  async reoffer(): Promise<string> {
    const { agent, format, plain } = this;
    if (agent === undefined || format === undefined) throw new AttemptFailure('INTERNAL', 'no offer yet');
    const next = this.restarting && plain === undefined ? await this.open(true) : undefined;
    this.restarting = false;
    this.reoffering = { wanted: this.wanted, next };
    return this.describe(next ?? agent, [format], this.wanted, 1);
  }

  refused(): void {
    const { reoffering } = this;
    this.reoffering = undefined;
    void reoffering?.next?.close();
    this.restarted.reject(new AttemptFailure('SIP_REFUSED', 'the offer that begins ICE anew was refused'));
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE` */
  async reanswer(offer: string): Promise<string> {
    const { agent, session, format } = this;
    if (agent === undefined || session === undefined || format === undefined)
      throw new AttemptFailure('INTERNAL', 'no answer yet');
    const remote = readEither(offer, format.codec);
    if (!('audio' in remote)) {
      if (this.plain === undefined)
        throw new AttemptFailure('NOT_ACCEPTABLE', 'the session is with ICE, and this offer is without');
      await this.connectPlain(agent, remote);
      return this.answerPlain(agent, remote);
    }
    const { audio } = remote;
    this.refuseChange(audio);
    const own = answering(audio.direction, this.wanted);
    const restarts = this.remote?.ufrag !== audio.ufrag || this.remote.password !== audio.password;
    // RFC 8445 6.1.1: the end that begins anew controls, since both ends have the whole of ICE.
    const next = restarts ? await this.open(false) : agent;
    const answer = this.describe(next, [audio.format], own, audio.crypto?.tag, remote);
    if (restarts) this.takeOver(next, audio);
    session.speak(sends(own));
    return answer;
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
    // Without a port for both, the other end's reports come to a port that this end has not (RFC 8858 4.4).
    const isReported = this.plain?.rtcpMux ?? true;
    await this.within(
      this.gathering.timers.firstMedia,
      isReported ? session.flowing : session.heard,
      (seconds) => {
        const what = session.flows.in
          ? 'the other end reports none of our packets'
          : 'nothing of the other end arrives';
        return this.noMedia(`${what} within ${seconds} s, over`);
      },
    );
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
    const delayMs = (statistics.roundTripMs ?? 0) / 2 + packetMs + 2 * statistics.jitterInMs;
    const { name } = this.codec;
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
      codec: name,
      ...(name === 'AMR-WB'
        ? {}
        : { mos: meanOpinionScore(ratingOf({ delayMs, lossPercent: statistics.lossInPercent })) }),
    };
  }

  /** Sends a goodbye, ends the session, and begins to release what the TURN server holds. */
  close(): void {
    void this.released();
  }

  /** Closes the session. It resolves when everything is released, in bounded time. */
  released(): Promise<void> {
    this.session?.stop();
    this.dtls?.close();
    this.resolveEnded(new AttemptFailure('ABANDONED', 'the session was closed'));
    this.closing ??= Promise.all([
      this.agent?.close(),
      this.reoffering?.next?.close(),
      this.taking?.close(),
      ...this.former,
    ]).then(() => undefined);
    return this.closing;
  }

  private async open(controlling: boolean): Promise<IceAgent> {
    const { timers, attempt } = this.gathering;
    if (this.options.keying === 'dtls') this.identity ??= await dtlsIdentity();
    const since = performance.now();
    const gathered = await gather(this.gathering);
    this.gatheredAfterMs = performance.now() - since;
    if (this.closing !== undefined) {
      for (const late of gathered.late) late.giveUp();
      for (const base of gathered.bases) await base.close();
      throw new AttemptFailure('ABANDONED', 'the session has ended');
    }
    const agent: IceAgent = new IceAgent(gathered, controlling, timers, {
      transaction: (id) => attempt.tellIdentifier('stun-transaction', id),
      data: (data) => (isDtls(data) ? this.dtls?.take(data) : this.session?.take(data)),
      failed: (failure) => {
        if (this.agent === undefined || this.agent === agent) this.fail(failure);
        else this.failedAnew(agent, failure);
      },
    });
    if (this.failure !== undefined) throw this.failure;
    return agent;
  }

  private get offered(): AudioFormat[] {
    const { codecs: names = ['PCMA', 'PCMU', 'AMR-WB'] } = this.options;
    return formatsOf(names.map((name) => codecs[name]));
  }

  private get codec(): Codec {
    return this.format?.codec ?? codecs.PCMA;
  }

  private describe(
    agent: IceAgent,
    formats: readonly AudioFormat[],
    direction: Direction,
    tag: number | undefined,
    to?: RemoteSession,
  ): string {
    this.told = defaultAddress(agent.candidates);
    const setup = to === undefined ? 'actpass' : this.role === 'client' ? 'active' : 'passive';
    const remoteCandidate = to === undefined && agent.controls ? agent.pair?.remote.address : undefined;
    const audio: OwnAudio = {
      ...agent.local,
      candidates: agent.candidates,
      formats,
      crypto: this.sendKey && tag !== undefined ? { tag, master: this.sendKey } : undefined,
      ...(this.identity && { dtls: { fingerprint: this.identity.fingerprint, setup } }),
      direction,
      remoteCandidate,
    };
    return this.numbered((version) => writeSdp(audio, { sessionId: this.sessionId, version }, to));
  }

  private answerPlain(agent: IceAgent, remote: PlainSession): string {
    const direction = answering(answering(remote.direction), this.wanted);
    const rtp = defaultAddress(agent.candidates);
    const master = this.sendKey ?? Buffer.alloc(0);
    return this.numbered((version) =>
      writePlainAnswer({ ...remote, direction }, { rtp, master, sessionId: this.sessionId, version }),
    );
  }

  /** Gives a description its version: the next one, unless it is the same as before (RFC 3264 8). */
  private numbered(write: (version: number) => string): string {
    const same = write(this.version);
    if (same !== this.described) this.described = write(++this.version);
    return this.described;
  }

  private newSession(format: AudioFormat, srtp: RtpSessionOptions['srtp']): RtpSession {
    const { plain } = this;
    this.format = format;
    return new RtpSession({
      timers: this.gathering.timers,
      format,
      keepsAlive: plain !== undefined,
      srtp,
      send: (datagram) => {
        const { plain } = this;
        const apart = plain !== undefined && !plain.rtcpMux && isRtcp(datagram) ? plain.rtcp : undefined;
        this.agent?.send(datagram, apart);
      },
    });
  }

  /** Returns the keys that the descriptions hold, if they do. */
  private keysOf(crypto: RemoteAudio['crypto']): RtpSessionOptions['srtp'] {
    const { sendKey } = this;
    return sendKey && crypto && { master: sendKey, receiver: new SrtpReceiver(crypto.master) };
  }

  private connect(agent: IceAgent, audio: RemoteAudio, direction: Direction): void {
    this.remote = audio;
    const session = audio.dtls
      ? this.keyedByDtls(agent, audio.format, audio.dtls)
      : (this.session = this.newSession(audio.format, this.keysOf(audio.crypto)));
    agent.start(audio);
    Promise.all([agent.selected, session]).then(
      ([pair, session]) => {
        if (this.closing !== undefined) return;
        session.start(sends(direction));
        this.resolveConnected(session);
        this.considerOffer(agent, audio, pair);
      },
      // The agent's event `failed` reports the same failure, and the handshake its own.
      () => undefined,
    );
  }

  /** Shakes hands over the pair that ICE selects, and makes the session of the keys. */
  private async keyedByDtls(
    agent: IceAgent,
    format: AudioFormat,
    { fingerprint }: DtlsEnd,
  ): Promise<RtpSession> {
    const { role = 'client', identity } = this;
    const dtls = new DtlsSrtp({ role, identity: identity!, fingerprint, send: (data) => agent.send(data) });
    this.dtls = dtls;
    try {
      // A server may be asked before this end knows the pair.
      if (role === 'client') await agent.selected;
      const withinMs = this.gathering.timers.firstMedia;
      const late = (): AttemptFailure =>
        new AttemptFailure('TIMEOUT', `no handshake of DTLS within ${withinMs / 1000} s of ICE`);
      const handshake = dtls.handshake();
      await Promise.race([agent.selected, handshake]);
      const { own, other } = await within(withinMs, handshake, late);
      this.session = this.newSession(format, { master: own, receiver: new SrtpReceiver(other) });
      return this.session;
    } catch (error) {
      if (this.closing === undefined) this.fail(asFailure(error));
      throw error;
    }
  }

  /** Goes on without ICE, or to another address without it. */
  private async connectPlain(agent: IceAgent, plain: PlainSession): Promise<void> {
    this.plain = plain;
    this.session ??= this.newSession(plain.format, this.keysOf(plain.crypto));
    const { session } = this;
    if (plain.rtp !== undefined) await agent.startWithoutIce(plain.rtp);
    if (this.closing !== undefined || this.failure !== undefined) return;
    const speaks = sends(answering(answering(plain.direction), this.wanted)) && plain.rtp !== undefined;
    session.start(speaks);
    session.speak(speaks);
    this.resolveConnected(session);
  }

  /** Takes the answer to a further offer. */
  private acceptAgain(remote: RemoteSession | PlainSession): void {
    const { reoffering, session } = this;
    this.reoffering = undefined;
    if (!('audio' in remote)) {
      if (this.plain === undefined || this.agent === undefined)
        throw new AttemptFailure('NOT_ACCEPTABLE', 'the session is with ICE, and this answer is without');
      void this.connectPlain(this.agent, remote);
      return;
    }
    const { audio } = remote;
    this.refuseChange(audio);
    if (reoffering?.next) this.takeOver(reoffering.next, audio);
    session?.speak(sends(answering(audio.direction, reoffering?.wanted)));
  }

  /** @throws AttemptFailure `NOT_ACCEPTABLE` if the other end changes its codec or key, which this end does not follow */
  private refuseChange({ format, crypto, dtls }: RemoteAudio): void {
    const { format: known, remote } = this;
    const isSameKey =
      remote?.crypto?.master.toString('hex') === crypto?.master.toString('hex') &&
      remote?.dtls?.fingerprint === dtls?.fingerprint;
    if (format.payloadType === known?.payloadType && format.codec === known.codec && isSameKey) return;
    throw new AttemptFailure(
      'NOT_ACCEPTABLE',
      isSameKey ? 'another codec than before' : 'another key than before',
    );
  }

  /** Has the agent of an ICE restart take the media over as soon as it has a pair. */
  private takeOver(next: IceAgent, audio: RemoteAudio): void {
    this.remote = audio;
    this.taking = next;
    next.start(audio);
    next.selected.then(
      (pair) => {
        if (this.closing !== undefined) return;
        const { agent } = this;
        this.agent = next;
        this.taking = undefined;
        if (agent !== undefined) this.former.push(agent.close());
        this.restarted.resolve(pair);
        this.considerOffer(next, audio, pair);
      },
      (error: unknown) => this.failedAnew(next, asFailure(error)),
    );
  }

  /** The media go on over the former pair when the restart of ICE finds none (RFC 8445 9). */
  private failedAnew(next: IceAgent, failure: AttemptFailure): void {
    if (this.taking !== next) return;
    this.taking = undefined;
    this.former.push(next.close());
    this.gathering.attempt.note(`ICE was begun anew and found no pair: ${failure.message}`);
    this.restarted.reject(failure);
  }

  private considerOffer(agent: IceAgent, audio: RemoteAudio, { local, remote }: SelectedPair): void {
    if (audio.isIce2 || !agent.controls) return;
    const isDefault =
      sameEndpoint(local.address, this.told) &&
      sameEndpoint(remote.address, defaultAddress(audio.candidates));
    if (!isDefault) this.due.resolve();
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

/**
 * Reads a description with ICE, or else one without.
 * @throws AttemptFailure `NOT_ACCEPTABLE` if it is acceptable in neither way
 */
function readEither(text: string, preferred?: Codec): RemoteSession | PlainSession {
  try {
    return readSdp(text, preferred);
  } catch (error) {
    try {
      return readPlainSdp(text, preferred);
    } catch {
      throw error;
    }
  }
}

/** Who begins is chosen by who answers (RFC 8842 5.3): this end begins, unless the other end says that it does. */
const roleFor = ({ setup }: DtlsEnd): 'client' | 'server' => (setup === 'active' ? 'server' : 'client');

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
