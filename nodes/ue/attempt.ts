import { AttemptFailure, asFailure } from './failure';
import { measured, type MeasurementName } from './measurements/catalogue';
import type {
  AttemptReport,
  AttemptRequest,
  Endpoint,
  EspSa,
  FiveTuple,
  Flow,
  Identifier,
  KeyLog,
  MediaFlow,
  Measurement,
  Moment,
  Reachable,
  Shim,
  Span,
  Talking,
} from './protocol';
import type { DialogId } from './session';
import { wallClock } from './timers';

/** Listens to what attempts announce while they go on. */
export interface UeListener {
  flow(flow: Flow): void;
  identifier(identifier: Identifier): void;
  keylog(keyLog: KeyLog): void;
  espSa(espSa: EspSa): void;
  /** This and `talking` are only called for services. */
  reachable?(reachable: Reachable): void;
  talking?(talking: Talking): void;
  /** One line for a human. */
  note(text: string): void;
}

/** The result of a TLS handshake: what was agreed, and the server's certificate. */
export type TlsFacts = NonNullable<AttemptReport['tls']> & {
  /** Times at which the handshake began and at which the UE knew its end, by the wall clock. */
  readonly begunAt: number;
  readonly agreedAt: number;
  /** Says whether it resumed the session of an earlier connection. */
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
  private readonly shims = new Set<Shim>();
  /** The functions that end what is done over a way when the lab gives the way up, by {@link keyOf}. */
  private readonly flowEnds = new Map<string, (failure: AttemptFailure) => void>();
  private readonly startedAt = wallClock();
  private tls: AttemptReport['tls'];
  private peerCertificate: CertificateFacts | undefined;
  private decision: Pick<AttemptReport, 'end' | 'failure' | 'durationMs'> | undefined;

  constructor(
    readonly request: AttemptRequest,
    private readonly listener: UeListener,
  ) {}

  /** Says whether the attempt has ended, for whatever reason. Then nothing may be opened for it any more. */
  get ended(): boolean {
    return this.over;
  }

  /** Announces a socket. Call this before its first packet leaves, or the lab may take that packet for a stray. */
  tellFlow(flow: Omit<Flow, 'attempt' | 'at'>): void {
    const told = { attempt: this.request.attempt, at: wallClock(), ...flow };
    this.flows.push(told);
    this.listener.flow(told);
  }

  /**
   * Says that what was asked over a socket has been answered and no more is to come, so that it is no way on which the rest
   * can fail. An attempt takes no account of its ways; its parts do (`AttemptPart`).
   */
  tellAnswered(_way: FiveTuple): void {}

  /**
   * Announces an identifier of packets. Call this before the first packet with it leaves;
   * repeated calls have no effect.
   */
  tellIdentifier(kind: Identifier['kind'], value: string): void {
    if (this.identifiers.some((known) => known.kind === kind && known.value === value)) return;
    const told = { attempt: this.request.attempt, kind, value };
    this.identifiers.push(told);
    this.listener.identifier(told);
  }

  /** Announces a line of the NSS key log. */
  tellKeyLog(line: string): void {
    this.listener.keylog({ attempt: this.request.attempt, line });
  }

  /** Announces a line of Wireshark's table `esp_sa`. Call this before the first packet of the security association leaves. */
  tellEspSa(line: string): void {
    this.listener.espSa({ attempt: this.request.attempt, line });
  }

  /** Adds a measurement to the report. */
  measure(name: MeasurementName, value: number | string): void {
    this.measurements.push(measured(name, value));
  }

  /** Adds a span to the report, which the lab measures between two packets. */
  measureBetween(name: MeasurementName, from: Moment, until: Moment): void {
    this.spans.push({ name, from, until });
  }

  /** Adds the media of a call to the report. */
  tellMedia(media: MediaFlow): void {
    this.media.push(media);
  }

  /** Says that a shim does for the phone what it cannot do itself. */
  tellShim(shim: Shim): void {
    this.shims.add(shim);
  }

  /** Asks the lab to have the UE called. @param withinMs how long the UE waits for the call, milliseconds */
  tellReachable(withinMs: number): void {
    this.listener.reachable?.({ attempt: this.request.attempt, withinMs });
  }

  /** Announces that a call is established which is to be moved away. */
  tellTalking(dialog: DialogId, remoteTarget?: string): void {
    this.listener.talking?.({
      attempt: this.request.attempt,
      dialog,
      ...(remoteTarget === undefined ? {} : { remoteTarget }),
    });
  }

  /**
   * Has `end` called when the lab has seen that this way cannot work any more. A later
   * call for the way replaces `end`.
   */
  onFlowAbandoned(flow: FiveTuple, end: (failure: AttemptFailure) => void): void {
    this.flowEnds.set(keyOf(flow), end);
  }

  /** Adds a TLS handshake to the report. @param local the UE's own end of the connection */
  tellTls({ begunAt, agreedAt, resumed, ...facts }: TlsFacts, local: Endpoint): void {
    this.tls = facts;
    this.measureBetween(
      `tls-setup-${resumed ? 'resumed' : 'full'}`,
      { at: begunAt, did: 'send', protocol: 'tcp', local },
      { at: agreedAt, did: 'receive', protocol: 'tcp', local },
    );
    this.peerCertificate = facts.peer ?? this.peerCertificate;
  }

  /** Adds the certificate that the server presented, of a phone that tells no more of a handshake. */
  tellCertificate(certificate: CertificateFacts): void {
    this.peerCertificate = certificate;
  }

  note(text: string): void {
    this.listener.note(`${this.request.attempt}: ${text}`);
  }

  /** Runs `close` when the attempt ends; at once if it has ended already. */
  closeAtEnd(close: () => void): void {
    if (this.over) this.close(close);
    else this.closers.push(close);
  }

  /** Decides that the attempt has passed. Later events, such as a failure in taking leave, do not change that. */
  pass(): void {
    this.decide({ end: 'passed' });
  }

  /** Decides that the attempt has failed, unless it is decided already. Later events do not change that. */
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

  /** Ends the attempt at once at the lab's request, or only what it does over one way. */
  abandon(flow?: FiveTuple): void {
    const failure = new AttemptFailure('ABANDONED', 'abandoned at the request of the lab');
    if (flow === undefined) this.breakOff(failure);
    else this.flowEnds.get(keyOf(flow))?.(failure);
  }

  /** Ends the attempt at once. It has failed with this failure, unless it is decided already. */
  breakOff(failure: AttemptFailure): void {
    this.fail(failure);
    this.end();
  }

  /**
   * Does the attempt's work and returns its report. It never rejects, and ends with `work` or with an {@link abandon}.
   * @param work resolves when the attempt has passed and taken leave, and rejects when it failed
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
    // What was opened last is closed first, so that TLS closes before the connection under it.
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
      ...(this.shims.size > 0 ? { shims: [...this.shims] } : {}),
      ...(this.media.length > 0 ? { media: this.media } : {}),
      ...(this.spans.length > 0 ? { spans: this.spans } : {}),
      ...(this.measurements.length > 0 ? { measurements: this.measurements } : {}),
    };
  }
}

/**
 * The part of an attempt that the modules which work for it need. The other end of a
 * session has one too, for its sockets.
 */
export type AttemptLike = Pick<
  Attempt,
  | 'request'
  | 'ended'
  | 'tellFlow'
  | 'tellAnswered'
  | 'tellIdentifier'
  | 'tellKeyLog'
  | 'tellEspSa'
  | 'tellTls'
  | 'onFlowAbandoned'
  | 'closeAtEnd'
  | 'note'
>;

const keyOf = ({ protocol, local, remote }: FiveTuple): string =>
  `${protocol} ${local.ip}:${local.port} ${remote.ip}:${remote.port}`;
