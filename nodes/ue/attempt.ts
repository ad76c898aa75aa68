import { AttemptFailure, asFailure } from './failure';
import type {
  AttemptReport,
  AttemptRequest,
  Endpoint,
  FiveTuple,
  Flow,
  Identifier,
  KeyLog,
  MediaFlow,
  Measurement,
  Moment,
  Reachable,
  Span,
  Talking,
} from './protocol';
import type { DialogId } from './session';
import { wallClock } from './timers';

/** Where an attempt says what it is doing while it does it. */
export interface UeListener {
  flow(flow: Flow): void;
  identifier(identifier: Identifier): void;
  keylog(keyLog: KeyLog): void;
  /** What only services tell. */
  reachable?(reachable: Reachable): void;
  talking?(talking: Talking): void;
  /** One line for a human. */
  note(text: string): void;
}

/** The result of a TLS handshake: what was agreed, and the server's certificate. */
export type TlsFacts = NonNullable<AttemptReport['tls']> & {
  /** When the handshake began, and when its end was known; wall clock. */
  readonly begunAt: number;
  readonly agreedAt: number;
  /** Whether it resumed the session of an earlier connection. */
  readonly resumed: boolean;
};
export type CertificateFacts = NonNullable<AttemptReport['peerCertificate']>;

/**
 * One attempt from its request to its report. Everything opened for it is registered with {@link closeAtEnd},
 * so that nothing outlives it however it ends.
 */
export class Attempt {
  private readonly closers: (() => void)[] = [];
  private over = false;
  private readonly flows: Flow[] = [];
  private readonly identifiers: Identifier[] = [];
  private readonly measurements: Measurement[] = [];
  private readonly media: MediaFlow[] = [];
  private readonly spans: Span[] = [];
  /** What ends when the lab gives a way up, by {@link keyOf}. */
  private readonly flowEnds = new Map<string, (failure: AttemptFailure) => void>();
  private readonly startedAt = wallClock();
  private tls: AttemptReport['tls'];
  private peerCertificate: CertificateFacts | undefined;
  private decision: Pick<AttemptReport, 'end' | 'failure' | 'durationMs'> | undefined;

  constructor(
    readonly request: AttemptRequest,
    private readonly listener: UeListener,
  ) {}

  /** Whether the attempt has ended, for whatever reason: nothing may be opened for it any more. */
  get ended(): boolean {
    return this.over;
  }

  /** Tells of a socket. To be called before its first packet leaves, or the lab may take that packet for a stray. */
  tellFlow(flow: Omit<Flow, 'attempt' | 'at'>): void {
    const told = { attempt: this.request.attempt, at: wallClock(), ...flow };
    this.flows.push(told);
    this.listener.flow(told);
  }

  /** Tells of something a packet can be recognised by. To be called before the packet leaves; repeats are dropped. */
  tellIdentifier(kind: Identifier['kind'], value: string): void {
    if (this.identifiers.some((known) => known.kind === kind && known.value === value)) return;
    const told = { attempt: this.request.attempt, kind, value };
    this.identifiers.push(told);
    this.listener.identifier(told);
  }

  /** Passes a line of the NSS key log on. */
  tellKeyLog(line: string): void {
    this.listener.keylog({ attempt: this.request.attempt, line });
  }

  /** Adds to what was measured. */
  measure(name: string, value: number | string, unit = ''): void {
    this.measurements.push({ name, value, unit });
  }

  /** Adds a time that the lab is to measure between two packets. */
  measureBetween(name: string, from: Moment, until: Moment): void {
    this.spans.push({ name, from, until });
  }

  /** Tells what a call's media took. */
  tellMedia(media: MediaFlow): void {
    this.media.push(media);
  }

  /** Asks the lab for a call, for which it waits so long. */
  tellReachable(withinMs: number): void {
    this.listener.reachable?.({ attempt: this.request.attempt, withinMs });
  }

  /** Tells that a call stands that is to be moved away. */
  tellTalking(dialog: DialogId): void {
    this.listener.talking?.({ attempt: this.request.attempt, dialog });
  }

  /** Calls `end` when the lab has seen that nothing can come of this way any more; the latest call counts. */
  onFlowAbandoned(flow: FiveTuple, end: (failure: AttemptFailure) => void): void {
    this.flowEnds.set(keyOf(flow), end);
  }

  /** @param local the end of the connection here */
  tellTls({ begunAt, agreedAt, resumed, ...facts }: TlsFacts, local: Endpoint): void {
    this.tls = facts;
    this.measureBetween(
      `tls-setup-${resumed ? 'resumed' : 'full'}`,
      { at: begunAt, did: 'send', protocol: 'tcp', local },
      { at: agreedAt, did: 'receive', protocol: 'tcp', local },
    );
    this.peerCertificate = facts.peer ?? this.peerCertificate;
  }

  note(text: string): void {
    this.listener.note(`${this.request.attempt}: ${text}`);
  }

  /** Runs `close` when the attempt ends; at once if it has ended already. */
  closeAtEnd(close: () => void): void {
    if (this.over) this.close(close);
    else this.closers.push(close);
  }

  /** The attempt has reached what it was for; what follows (taking leave) does not alter its end any more. */
  pass(): void {
    this.decide({ end: 'passed' });
  }

  /** The attempt has failed; what follows (taking leave) does not alter its end any more. */
  fail(failure: AttemptFailure): void {
    const end =
      failure.code === 'ABANDONED'
        ? 'abandoned'
        : failure.code === 'UNSUPPORTED' || failure.code === 'NO_PROXY'
          ? 'unsupported'
          : 'failed';
    const ways = failure.ways.length > 0 ? { ways: [...failure.ways] } : {};
    this.decide({ end, failure: { code: failure.code, text: failure.message, ...ways } });
  }

  /** The lab wants no more of it, or of one way of it: ends that at once. */
  abandon(flow?: FiveTuple): void {
    const failure = new AttemptFailure('ABANDONED', 'abandoned at the request of the lab');
    if (flow === undefined) this.breakOff(failure);
    else this.flowEnds.get(keyOf(flow))?.(failure);
  }

  /** Ends it at once; how, is altered only if it was not decided yet. */
  breakOff(failure: AttemptFailure): void {
    this.fail(failure);
    this.end();
  }

  /**
   * Does the attempt's work and reports. Never rejects, never takes longer than `work` or an {@link abandon}.
   * @param work resolves when the attempt has passed and taken leave; rejects when it failed
   */
  async run(work: (attempt: Attempt) => Promise<void>): Promise<AttemptReport> {
    const ended = new Promise<void>((resolve) => {
      this.closeAtEnd(resolve);
    });
    try {
      await Promise.race([work(this), ended]);
      this.pass();
    } catch (error) {
      this.fail(asFailure(error));
    }
    this.end();
    return this.report();
  }

  private end(): void {
    this.over = true;
    // Last opened, first closed: TLS before the connection under it.
    for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) this.close(close);
  }

  private close(close: () => void): void {
    try {
      close();
    } catch (error) {
      this.note(`closing failed: ${asFailure(error).message}`);
    }
  }

  private decide(how: Pick<AttemptReport, 'end' | 'failure'>): void {
    this.decision ??= { ...how, durationMs: wallClock() - this.startedAt };
  }

  private report(): AttemptReport {
    return {
      attempt: this.request.attempt,
      startedAt: this.startedAt,
      durationMs: this.decision?.durationMs ?? 0,
      end: this.decision?.end ?? 'failed',
      failure: this.decision?.failure,
      tls: this.tls,
      peerCertificate: this.peerCertificate,
      flows: this.flows,
      identifiers: this.identifiers,
      ...(this.media.length > 0 ? { media: this.media } : {}),
      ...(this.spans.length > 0 ? { spans: this.spans } : {}),
      ...(this.measurements.length > 0 ? { measurements: this.measurements } : {}),
    };
  }
}

/** What a module that works for an attempt needs of it; the other end of a session gives something of the same shape. */
export type AttemptLike = Pick<
  Attempt,
  | 'request'
  | 'ended'
  | 'tellFlow'
  | 'tellIdentifier'
  | 'tellKeyLog'
  | 'tellTls'
  | 'onFlowAbandoned'
  | 'closeAtEnd'
  | 'note'
>;

const keyOf = ({ protocol, local, remote }: FiveTuple): string =>
  `${protocol} ${local.ip}:${local.port} ${remote.ip}:${remote.port}`;
