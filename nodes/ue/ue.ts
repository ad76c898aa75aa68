import { Usims } from './aka/usim';
import { Attempt } from './attempt';
import type { UeListener } from './attempt';
import { dial } from './dialler/dialler';
import type { Access } from './dialler/dialler';
import { LocalPorts } from './dialler/local-ports';
import { asFailure } from './failure';
import { probe } from './probe';
import type {
  Abandon,
  AttemptReport,
  AttemptRequest,
  ProbeRequest,
  Service,
  ServiceRequest,
  UeConfig,
} from './protocol';
import { serviceWork } from './services';
import { OtherEnd } from './services/other-end';
import { registerOnly } from './services/registered';
import { wayToTurn } from './server-ways';
import { timersOf, type UeTimers } from './timers';
import { withAlternates } from './turn/alternate-server';
import { relay } from './turn/relay';

/** The reference UE: it does what the protocol can ask for, and knows nothing of the protocol itself. */
export class Ue {
  private readonly running = new Map<string, Attempt>();
  private readonly access: Access;
  private other: OtherEnd | undefined;

  constructor(
    private readonly config: UeConfig,
    private readonly listener: UeListener,
    private readonly timers: UeTimers = timersOf(config.timers),
  ) {
    this.access = {
      address: config.address,
      ports: new LocalPorts(config.firstPort),
      trustAnchor: config.trustAnchor,
      timers,
      usims: new Usims(),
    };
  }

  /** Tries one rung of registration. */
  register(request: ServiceRequest): Promise<AttemptReport> {
    const { config, access, timers } = this;
    return this.attempt(request, (attempt) => registerOnly({ request, config, access, timers, attempt }));
  }

  /** Tries one rung to the TURN server: allocation, permission, data to the peer and back. */
  relay(request: AttemptRequest): Promise<AttemptReport> {
    return this.attempt(request, async (attempt) => {
      await withAlternates(wayToTurn(request, this.config), async (serverWay) => {
        const channel = await dial(serverWay, this.access, attempt);
        await relay(channel, this.config.turn, this.config.peer, this.timers, attempt);
      });
    });
  }

  /** Registers by a rung and then does a service. */
  serve(service: Service, request: ServiceRequest): Promise<AttemptReport> {
    const work = serviceWork[service];
    const { config, access, timers } = this;
    return this.attempt(request, (attempt) => work({ request, config, access, timers, attempt }));
  }

  /** The part of this UE that acts as the other end. */
  get otherEnd(): OtherEnd {
    this.other ??= new OtherEnd(this.config, this.access, this.timers, (text) => this.listener.note(text));
    return this.other;
  }

  /**
   * Waits for a server of the lab to answer.
   * @throws Error when the time has passed; it says what was awaited
   */
  probe(request: ProbeRequest): Promise<void> {
    return probe(request, this.config, this.access);
  }

  /** Ends at once an attempt, or what it does over one way. Nothing happens if that has ended already. */
  abandon({ attempt, flow }: Abandon): void {
    this.running.get(attempt)?.abandon(flow);
  }

  /** Ends every attempt at once because the UE itself is at fault. */
  breakOff(error: unknown): void {
    for (const attempt of this.running.values()) attempt.breakOff(asFailure(error));
  }

  /** Ends at once every attempt, and the UE's work as the other end. */
  close(): void {
    for (const attempt of this.running.values()) attempt.abandon();
    this.other?.close();
  }

  private async attempt(
    request: AttemptRequest,
    work: (attempt: Attempt) => Promise<void>,
  ): Promise<AttemptReport> {
    if (this.running.has(request.attempt)) throw new Error(`attempt ${request.attempt} is running already`);
    const attempt = new Attempt(request, this.listener);
    this.running.set(request.attempt, attempt);
    try {
      return await attempt.run(work);
    } finally {
      this.running.delete(request.attempt);
    }
  }
}
