import type { Readable, Writable } from 'node:stream';
import { Deferred } from '../../kit/deferred';
import { dnsPort } from '../../firewalls/rules';
import type { Flow, Identifier } from '../../nodes/ue/protocol';
import { decisiveOf, type Denial, type Denials } from './denial';
import { decodeDrop, type Drop, type RuleLookup } from './drop';
import { LivePcap } from './live-pcap';
import { isDecisive, matchDrop, type Match } from './match';
import { defaultSlack, type AttemptTrace, type ProxyTrace, type Slack } from './trace';
import { proxyLegs } from './proxy-legs';
import type { CapturedPacket, PcapProblem } from './pcap';

/**
 * Reads the drops of one firewall from its running `tcpdump -U -i nflog:N -w -`. It keeps every drop, so that a
 * late reader sees the same as an early one.
 */
export class DropWatch implements Denials {
  /** All drops so far, in order of arrival. */
  readonly drops: readonly Drop[];
  private readonly pcap: LivePcap;
  private readonly listeners = new Set<(drop: Drop) => void>();

  /**
   * @param stream pcap bytes, link type NFLOG
   * @param firewall node id of the firewall
   * @param file receives a copy of the stream in whole records, and is ended by {@link close}
   */
  constructor(stream: Readable, firewall: string, file?: Writable) {
    const drops: Drop[] = [];
    this.drops = drops;
    const take = (packet: CapturedPacket): void => {
      const drop = decodeDrop(packet, firewall);
      if (!drop) return;
      drops.push(drop);
      for (const listener of [...this.listeners]) listener(drop);
    };
    this.pcap = new LivePcap(stream, `The drop log of ${firewall}`, take, file);
  }

  /** See {@link LivePcap.ready}: no drop is missed after it. */
  get ready(): Promise<void> {
    return this.pcap.ready;
  }

  /** See {@link LivePcap.ended}. */
  get ended(): Promise<PcapProblem | undefined> {
    return this.pcap.ended;
  }

  /** Records no more drops; resolves when the file has all recorded ones. */
  close(): Promise<void> {
    return this.pcap.close();
  }

  /** Calls `listener` for every drop from now on. The returned function ends that. */
  onDrop(listener: (drop: Drop) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The reason why waiting for an attempt is useless. The evidence will rest on the same match. */
export interface Hopeless {
  readonly drop: Denial;
  readonly match: Match;
}

export interface WatchOptions {
  /** When the attempt began, ms since the epoch. */
  readonly startedAt: number;
  readonly rule: RuleLookup;
  /** The proxy of the attempt's access network; its log and its tunnels may grow, see {@link AttemptWatch.lookAgain}. */
  readonly proxy?: ProxyTrace;
  readonly slack?: Slack;
  /**
   * Called once with each socket of the attempt over which nothing more can come, for attempts with several
   * ways. Without it the watch ends with its first answer.
   */
  readonly onHopelessFlow?: (flow: Flow) => void;
  /** Called once with each decisive drop of the attempt, for a phone that tells nothing and has to be read by them. */
  readonly onDecisiveDrop?: (reason: Hopeless) => void;
}

/**
 * Watches one running attempt and reports once that a decisive drop of its own is known, and of which socket.
 * Flows, identifiers and drops may come in any order, since the kernel's log is often faster than the UE's
 * messages.
 */
export class AttemptWatch implements Disposable {
  /** Resolves when a decisive drop of the attempt is known. Stays pending otherwise, and never rejects. */
  readonly hopeless: Promise<Hopeless>;

  private readonly flows: Flow[] = [];
  private readonly identifiers: Identifier[] = [];
  private readonly drops: Denial[] = [];
  private readonly announce: (reason: Hopeless) => void;
  private readonly stop: () => void;
  /** The sockets that `onHopelessFlow` was called with. */
  private readonly told = new Set<Flow>();
  /** The drops that `onDecisiveDrop` was called with. */
  private readonly decisive = new Set<Denial>();
  private answer: Hopeless | undefined;

  constructor(
    private readonly source: Denials,
    private readonly options: WatchOptions,
  ) {
    const { promise, resolve } = new Deferred<Hopeless>();
    this.hopeless = promise;
    this.announce = resolve;
    this.stop = source.onDrop((drop) => this.take(drop));
    for (const drop of source.drops) this.take(drop);
  }

  /** The decisive drop, if one is known so far. */
  get reason(): Hopeless | undefined {
    return this.answer;
  }

  addFlow(flow: Flow): void {
    this.flows.push(flow);
    this.look(this.drops);
  }

  addIdentifier(identifier: Identifier): void {
    this.identifiers.push(identifier);
    this.look(this.drops);
  }

  /**
   * Looks at the known drops again. Call it when the proxy's log or tunnels have grown, because they may show
   * to which attempt a dropped packet belongs.
   */
  lookAgain(): void {
    this.look(this.drops);
  }

  /** Ends the watch, because the attempt is over. */
  [Symbol.dispose](): void {
    this.stop();
  }

  private take(drop: Denial): void {
    const { startedAt, rule, slack = defaultSlack } = this.options;
    if (drop.at < startedAt - slack.before || decisiveOf(drop, rule) === 'none') return;
    this.drops.push(drop);
    this.look([drop]);
  }

  private look(drops: readonly Denial[]): void {
    const isWanted = this.options.onHopelessFlow ?? this.options.onDecisiveDrop;
    // Otherwise the watch reports its first answer only.
    if (this.answer && !isWanted) return;
    const { startedAt, rule, proxy, slack = defaultSlack } = this.options;
    const trace: AttemptTrace = {
      startedAt,
      endedAt: Infinity,
      flows: this.flows,
      identifiers: this.identifiers,
    };
    const touchesProxy = ({ packet: { src, dst } }: Denial): boolean =>
      [src, dst].includes(proxy?.address ?? '');
    const legs = proxy && drops.some(touchesProxy) ? proxyLegs(this.source.drops, proxy, slack) : undefined;
    for (const drop of drops) {
      const match = matchDrop(drop, trace, proxy, slack, legs);
      if (match && isDecisive(drop, match, decisiveOf(drop, rule))) this.tell({ drop, match });
    }
  }

  private tell(reason: Hopeless): void {
    if (!this.answer) {
      this.answer = reason;
      this.announce(reason);
    }
    const { onHopelessFlow, onDecisiveDrop } = this.options;
    if (onDecisiveDrop && !this.decisive.has(reason.drop)) {
      this.decisive.add(reason.drop);
      onDecisiveDrop(reason);
    }
    if (!onHopelessFlow) return onDecisiveDrop ? undefined : this.stop();
    // A packet that only an identifier ties to the attempt is signalling, which uses the first socket
    // after the one for the question to the DNS.
    const flow = reason.match.flow ?? this.flows.find(({ remote }) => remote.port !== dnsPort);
    if (!flow || this.told.has(flow)) return;
    this.told.add(flow);
    onHopelessFlow(flow);
  }
}
