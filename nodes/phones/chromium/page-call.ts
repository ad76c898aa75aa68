import type { UA } from 'jssip';
import type { CallSettings, PageEvent } from './page-protocol';

/** The parts of WebRTC, of its statistics and of Web Audio that are needed here; they are globals of the browser. */
interface Connection {
  getStats(): Promise<ReadonlyMap<string, Statistics>>;
}
interface Statistics {
  readonly type: string;
  readonly kind?: string;
  readonly packetsReceived?: number;
  readonly roundTripTime?: number;
  readonly codecId?: string;
  readonly mimeType?: string;
  readonly selectedCandidatePairId?: string;
  readonly localCandidateId?: string;
  readonly candidateType?: string;
}
interface AudioContext {
  createOscillator(): { connect(to: object): void; start(): void };
  createMediaStreamDestination(): { readonly stream: unknown };
}

/** A session of JsSIP. */
interface Session {
  readonly connection: Connection;
  on(event: string, listener: (event: { readonly cause?: string }) => void): unknown;
  answer(options: object): void;
  terminate(): void;
}

/** How often the statistics are looked at, ms. */
const lookEveryMs = 100;

/** The calls of the page, one at a time. */
export class Calls {
  private session: Session | undefined;
  private voice: unknown;

  constructor(
    private readonly agent: UA,
    private readonly tell: (event: PageEvent) => void,
  ) {}

  /** Calls somebody. */
  call(to: string, settings: CallSettings): void {
    this.follow(this.agent.call(to, this.optionsOf(settings)) as unknown as Session);
  }

  /** Answers every call from now on. */
  answerAll(settings: CallSettings): void {
    this.agent.on('newRTCSession', ({ originator, session }: { originator: string; session: unknown }) => {
      if (originator !== 'remote') return;
      const call = session as Session;
      this.follow(call);
      call.answer(this.optionsOf(settings));
    });
  }

  /** Hangs up. */
  hangUp(): void {
    this.session?.terminate();
  }

  private follow(session: Session): void {
    session.on('confirmed', () => {
      this.session = session;
      this.tell({ type: 'call-stands' });
      void this.watch(session);
    });
    session.on('ended', () => this.end(session));
    session.on('failed', ({ cause = 'no reason' }) => this.tell({ type: 'call-failed', cause }));
  }

  private end(session: Session): void {
    if (this.session !== session) return;
    this.session = undefined;
    this.tell({ type: 'call-ended' });
  }

  /**
   * Looks at the statistics until voice has come and the other end has reported that voice came there, and then until a
   * round trip is known (RFC 3550 6.4.1), for which WebRTC has to have sent a report of its own.
   */
  private async watch(session: Session): Promise<void> {
    let isHeard = false;
    while (this.session === session) {
      const statistics = await session.connection.getStats();
      const all = [...statistics.values()];
      const inbound = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
      const report = all.find(({ type }) => type === 'remote-inbound-rtp');
      if (!isHeard && report && inbound?.packetsReceived) {
        isHeard = true;
        const transport = all.find(({ type }) => type === 'transport');
        const pair = statistics.get(transport?.selectedCandidatePairId ?? '');
        const path = statistics.get(pair?.localCandidateId ?? '')?.candidateType ?? 'unknown';
        const codec = (statistics.get(inbound.codecId ?? '')?.mimeType ?? 'unknown').replace('audio/', '');
        this.tell({ type: 'both-hear', path, codec });
      }
      if (isHeard && report?.roundTripTime !== undefined) {
        this.tell({ type: 'round-trip', ms: report.roundTripTime * 1000 });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  private optionsOf({ turn: { url, username, credential } }: CallSettings): object {
    return {
      mediaStream: (this.voice ??= newVoice()),
      pcConfig: { iceServers: [{ urls: url, username, credential }] },
    };
  }
}

/** Makes a tone to speak. A microphone would need a page of a server; a tone needs none. */
function newVoice(): unknown {
  const { AudioContext: Context } = globalThis as unknown as { AudioContext: new () => AudioContext };
  const context = new Context();
  const tone = context.createOscillator();
  const destination = context.createMediaStreamDestination();
  tone.connect(destination);
  tone.start();
  return destination.stream;
}
