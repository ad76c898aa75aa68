import { randomUUID } from 'node:crypto';
import { makeRung } from '../../../ladder';
import { Attempt, type UeListener } from '../attempt';
import type { Access } from '../dialler/dialler';
import { dial } from '../dialler/dialler';
import { asFailure } from '../failure';
import { PlainAudio } from '../media/plain-audio';
import type { RtpMedia } from '../media/rtp-media';
import { offersIce } from '../media/sdp';
import { MsrpMedia } from '../msrp/msrp-media';
import type { Arrivals, ArrivalsRequest, InviteReport, InviteRequest, UeConfig } from '../protocol';
import { wayToPcscf } from '../server-ways';
import type { IncomingCall } from '../sip/incoming-call';
import { recoverFlow } from '../sip/flow-recovery';
import { UserAgent } from '../sip/user-agent';
import type { UeTimers } from '../timers';
import { keyingOf, newAudio } from './audio';
import { answerPrefix } from './message';
import { MovableAudio } from './movable-audio';

/** The rung by which the other end reaches the P-CSCF. It is on the open side, where nothing is in the way. */
const toPcscf = {
  ...makeRung({ step: 2, server: 'pcscf', transport: 'udp', port: 5060 }),
  suite: 'aes',
} as const;

/** The rung whose media go from host to host, because the other end needs no TURN server. */
const openSide = {
  ...makeRung({ step: 1, server: 'pcscf', transport: 'udp', port: 5060 }),
  suite: 'aes',
} as const;

type Audio = Pick<RtpMedia, 'arrivals'>;

/** Number of calls with the same user that are remembered. */
const remembered = 4;

/**
 * The other end of calls, messages and MSRP sessions. It answers every call and talks until the other end hangs up.
 * It sends every message back with a prefix, and the contents of an MSRP session unchanged.
 */
export class OtherEnd {
  private agent: UserAgent | undefined;
  private attending: Promise<void> | undefined;
  private readonly over = new AbortController();
  /** The attempts that own what is open: one for the flow to the P-CSCF, and one for each session. */
  private readonly open = new Set<Attempt>();
  /** The audio of the latest calls, by the public user identity of the other party. */
  private readonly audios = new Map<string, Audio[]>();

  constructor(
    private readonly config: UeConfig,
    private readonly access: Access,
    private readonly timers: UeTimers,
    private readonly note: (text: string) => void,
  ) {}

  /**
   * Registers, and answers from then on. When its flow is lost it forms a new one (RFC 5626 4.5).
   * @throws AttemptFailure as registration does
   */
  attend(): Promise<void> {
    this.attending ??= this.register();
    return this.attending;
  }

  /** Calls somebody and talks until that end hangs up. */
  async invite({ to, answerWithinMs }: InviteRequest): Promise<InviteReport> {
    if (!this.agent) return { answered: false, failure: 'not attending' };
    const { agent } = this;
    let answered = false;
    const report = await this.session(async (attempt) => {
      const calling = async (keying?: 'dtls') => {
        // As a phone of today prefers it; so the calls of either end show what the wire costs with either kind of codec.
        const around = { ...this.surroundings(attempt), request: openSide };
        const audio = newAudio(around, keying, ['AMR-WB', 'PCMA', 'PCMU']);
        const call = await agent.call(to, audio, { answerWithinMs });
        return { audio, call };
      };
      const { audio, call } = await calling().catch((error: unknown) => {
        // RFC 3261 21.4.26: another description may be acceptable. That of WebRTC is not offered first, since no other phone takes it.
        if (!/\b488\b/.test(asFailure(error).message)) throw error;
        return calling('dtls');
      });
      this.remember(to, audio);
      answered = true;
      await call.ended;
      await audio.released();
    });
    return { answered, ...report };
  }

  /** Says when RTP arrived in the latest calls with somebody; the latest call is last. */
  arrivals({ from }: ArrivalsRequest): Arrivals {
    const calls = (this.audios.get(from) ?? []).map(({ arrivals: { first, last } }) => ({
      ...(first === undefined ? {} : { first }),
      ...(last === undefined ? {} : { last }),
    }));
    return { calls };
  }

  /** Ends everything at once. */
  close(): void {
    this.over.abort();
    for (const attempt of this.open) attempt.abandon();
  }

  private async register(): Promise<void> {
    const attempt = this.newAttempt();
    try {
      await this.registerIn(attempt);
    } catch (error) {
      this.end(attempt);
      throw error;
    }
  }

  private async registerIn(attempt: Attempt): Promise<void> {
    const channel = await dial(wayToPcscf(toPcscf, this.config), this.access, attempt);
    const agent = new UserAgent(channel, this.config.subscriber, this.timers, attempt);
    agent.on({
      call: (call) => void this.session((own) => this.answer(call, own)),
      message: ({ from, text }) => {
        // An answer is not answered, or two ends that answer every message would never stop.
        if (text.startsWith(answerPrefix)) return;
        void agent
          .message(from, answerPrefix + text)
          .catch((error: unknown) => this.note(`the message back to ${from}: ${asFailure(error).message}`));
      },
      lost: (failure) => {
        if (this.agent !== agent) return;
        this.agent = undefined;
        this.note(`the flow to the P-CSCF is lost: ${failure.message}`);
        this.end(attempt);
        void recoverFlow(() => this.register(), { signal: this.over.signal, note: this.note });
      },
    });
    await agent.register();
    this.agent = agent;
  }

  private async answer(invite: IncomingCall, attempt: Attempt): Promise<void> {
    const around = this.surroundings(attempt);
    const { offer } = invite;
    if (offer !== undefined && /^m=message /m.test(offer)) {
      const media = new MsrpMedia({ ...around, role: 'passive' });
      const call = await invite.answer(media);
      await media.open();
      const echoing = (async () => {
        for (;;) await media.send(await media.received());
      })();
      // The echo ends with a failure, because it goes on until the other end hangs up.
      echoing.catch((error: unknown) => this.note(`MSRP with ${invite.from}: ${asFailure(error).message}`));
      await call.ended;
      await media.release();
      return;
    }
    // A caller that sends no offer is offered plain RTP, which every phone can do.
    if (offer !== undefined && offersIce(offer)) {
      // Each network from which the caller talks has audio of its own.
      const begin = (described: string): RtpMedia => {
        const audio = newAudio({ ...around, request: openSide }, keyingOf(described));
        this.remember(invite.from, audio);
        return audio;
      };
      const audio = new MovableAudio(offer, begin, (text) => attempt.note(text));
      const call = await invite.answer(audio);
      await call.ended;
      await audio.released();
      return;
    }
    const audio = new PlainAudio(around);
    this.remember(invite.from, audio);
    const call = await invite.answer(audio);
    await call.ended;
    await audio.released();
  }

  /** Runs one session, and closes at its end what was opened for it. It never rejects. */
  private async session(work: (attempt: Attempt) => Promise<void>): Promise<Pick<InviteReport, 'failure'>> {
    const attempt = this.newAttempt();
    const { failure } = await attempt.run(work);
    this.open.delete(attempt);
    if (!failure) return {};
    this.note(`${failure.code}: ${failure.text}`);
    return { failure: failure.text };
  }

  /** Closes what was opened for an attempt. */
  private end(attempt: Attempt): void {
    this.open.delete(attempt);
    attempt.abandon();
  }

  private remember(who: string, audio: Audio): void {
    const known = this.audios.get(who) ?? [];
    this.audios.set(who, [...known, audio].slice(-remembered));
  }

  private surroundings(attempt: Attempt): {
    config: UeConfig;
    access: Access;
    timers: UeTimers;
    attempt: Attempt;
  } {
    return { config: this.config, access: this.access, timers: this.timers, attempt };
  }

  /** Makes an attempt that announces nothing, because sockets that are opened here belong to no attempt of the lab. */
  private newAttempt(): Attempt {
    const silent = (): void => undefined;
    const listener: UeListener = {
      flow: silent,
      identifier: silent,
      keylog: silent,
      espSa: silent,
      note: this.note,
    };
    const attempt = new Attempt({ ...openSide, attempt: `other-end ${randomUUID()}` }, listener);
    this.open.add(attempt);
    return attempt;
  }
}
