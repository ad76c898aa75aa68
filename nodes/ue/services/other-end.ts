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
import { UserAgent } from '../sip/user-agent';
import type { UeTimers } from '../timers';
import { isSrtp, newAudio } from './audio';
import { answerPrefix } from './message';

/** How it reaches the P-CSCF: it is on the open side, where nothing is in the way. */
const toPcscf = {
  ...makeRung({ step: 2, server: 'pcscf', transport: 'udp', port: 5060 }),
  suite: 'aes',
} as const;

/** Its media are at its own address, without a TURN server. */
const openSide = {
  ...makeRung({ step: 1, server: 'pcscf', transport: 'udp', port: 5060 }),
  suite: 'aes',
} as const;

type Audio = Pick<RtpMedia, 'arrivals'>;

/** How many calls with somebody are remembered. */
const remembered = 4;

/**
 * The other end of calls, messages and MSRP sessions: answers every call and talks until the other hangs up, sends every
 * message back with a prefix, and whatever comes in an MSRP session as it came.
 */
export class OtherEnd {
  private agent: UserAgent | undefined;
  private attending: Promise<void> | undefined;
  /** What is opened: the flow to the P-CSCF, and sessions. */
  private readonly open = new Set<Attempt>();
  /** The audio of the latest calls with somebody, by public user identity. */
  private readonly audios = new Map<string, Audio[]>();

  constructor(
    private readonly config: UeConfig,
    private readonly access: Access,
    private readonly timers: UeTimers,
    private readonly note: (text: string) => void,
  ) {}

  /**
   * Registers, and answers from then on.
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
      const audio = newAudio({ ...this.surroundings(attempt), request: openSide }, false);
      this.remember(to, audio);
      const call = await agent.call(to, audio, { answerWithinMs });
      answered = true;
      await call.ended;
      await audio.released();
    });
    return { answered, ...report };
  }

  /** When RTP arrived in the latest calls with somebody, the latest last. */
  arrivals({ from }: ArrivalsRequest): Arrivals {
    const calls = (this.audios.get(from) ?? []).map(({ arrivals: { first, last } }) => ({
      ...(first === undefined ? {} : { first }),
      ...(last === undefined ? {} : { last }),
    }));
    return { calls };
  }

  /** Ends everything at once. */
  close(): void {
    for (const attempt of this.open) attempt.abandon();
  }

  private async register(): Promise<void> {
    const attempt = this.newAttempt();
    const channel = await dial(wayToPcscf(toPcscf, this.config), this.access, attempt);
    const agent = new UserAgent(channel, this.config.subscriber, this.timers, attempt);
    agent.on({
      call: (call) => void this.session((own) => this.answer(call, own)),
      message: ({ from, text }) => {
        // Two that answer every message would never end.
        if (text.startsWith(answerPrefix)) return;
        void agent
          .message(from, answerPrefix + text)
          .catch((error: unknown) => this.note(`the message back to ${from}: ${asFailure(error).message}`));
      },
      lost: (failure) => this.note(`the flow to the P-CSCF is lost: ${failure.message}`),
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
      // It goes on until the other end hangs up, which is what ends it.
      echoing.catch((error: unknown) => this.note(`MSRP with ${invite.from}: ${asFailure(error).message}`));
      await call.ended;
      await media.release();
      return;
    }
    // A caller that sends no offer is offered what every phone can do.
    const audio =
      offer !== undefined && offersIce(offer)
        ? newAudio({ ...around, request: openSide }, isSrtp(offer))
        : new PlainAudio(around);
    this.remember(invite.from, audio);
    const call = await invite.answer(audio);
    await call.ended;
    await audio.released();
  }

  /** Runs one session with what is opened for it; never rejects. */
  private async session(work: (attempt: Attempt) => Promise<void>): Promise<Pick<InviteReport, 'failure'>> {
    const attempt = this.newAttempt();
    const { failure } = await attempt.run(work);
    this.open.delete(attempt);
    if (!failure) return {};
    this.note(`${failure.code}: ${failure.text}`);
    return { failure: failure.text };
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

  /** The sockets opened here belong to no attempt of the lab, so they are not announced. */
  private newAttempt(): Attempt {
    const silent = (): void => undefined;
    const listener: UeListener = {
      flow: silent,
      identifier: silent,
      keylog: silent,
      note: this.note,
    };
    const attempt = new Attempt({ ...openSide, attempt: `other-end ${randomUUID()}` }, listener);
    this.open.add(attempt);
    return attempt;
  }
}
