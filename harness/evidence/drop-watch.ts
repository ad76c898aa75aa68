import type { Readable, Writable } from 'node:stream';
import type { Flow, Identifier } from '../../nodes/ue/protocol';
import { decodeDrop, type Drop, type RuleLookup } from './drop';
import { isDecisive, matchDrop, type Match } from './match';
import { defaultSlack, type AttemptTrace, type ProxyTrace, type Slack } from './trace';
import { proxyLegs } from './proxy-legs';
import { PcapDecoder, type PcapItem, type PcapProblem } from './pcap';

/**
 * Reads the drops of one firewall from its running `tcpdump -U -i nflog:N -w -`. It keeps every drop, so that a
 * late reader sees the same as an early one.
 */
export class DropWatch {
  /** All drops so far, in order of arrival. */
  readonly drops: readonly Drop[];
  /**
   * Resolves when the stream's header has come, after which no drop is missed. Rejects when the stream ends
   * before.
   */
  readonly ready: Promise<void>;
  /** Resolves when the stream is over, with the reason if it could not be decoded to its end. */
  readonly ended: Promise<PcapProblem | undefined>;

  private readonly listeners = new Set<(drop: Drop) => void>();
  private isClosed = false;

  /**
   * @param stream pcap bytes, link type NFLOG
   * @param firewall node id of the firewall
   * @param file receives a copy of the stream in whole records, and is ended by {@link close}
   */
  constructor(
    stream: Readable,
    firewall: string,
    private readonly file?: Writable,
  ) {
    const drops: Drop[] = [];
    this.drops = drops;
    const decoder = new PcapDecoder();
    const copy = wholeRecords(decoder, file);
    let problem: PcapProblem | undefined;
    const take = (items: PcapItem[]): void => {
      for (const item of items) {
        if (this.isClosed) return;
        if (item.kind === 'problem') {
          problem = item;
          continue;
        }
        const drop = decodeDrop(item, firewall);
        if (!drop) continue;
        drops.push(drop);
        for (const listener of [...this.listeners]) listener(drop);
      }
    };
    const ready = deferred<void>();
    const ended = deferred<PcapProblem | undefined>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.ready.catch(() => undefined); // a caller that awaits it gets its error
    const finish = (): void => {
      take(decoder.end());
      const reason = problem?.text ?? 'it ended';
      if (!decoder.started) ready.reject(new Error(`The drop log of ${firewall} did not start: ${reason}.`));
      ended.resolve(problem);
    };
    stream.on('data', (chunk: Uint8Array) => {
      if (this.isClosed) return;
      const items = decoder.push(chunk);
      copy(chunk);
      take(items);
      if (decoder.started) ready.resolve();
    });
    stream.once('close', finish);
    stream.once('end', finish);
    stream.once('error', finish);
  }

  /** Records no more drops; resolves when the file has all recorded ones. */
  async close(): Promise<void> {
    this.isClosed = true;
    const { file } = this;
    if (file) await new Promise<void>((resolve) => file.end(resolve));
  }

  /** Calls `listener` for every drop from now on. The returned function ends that. */
  onDrop(listener: (drop: Drop) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/**
 * Returns a function that copies chunks to a file in whole records, as far as the decoder has read them. So the
 * file never ends within a record.
 */
function wholeRecords(decoder: PcapDecoder, file: Writable | undefined): (chunk: Uint8Array) => void {
  let held: Uint8Array = new Uint8Array(0);
  return (chunk) => {
    const bytes = Buffer.concat([held, chunk]);
    const whole = bytes.length - decoder.unfinished;
    held = bytes.subarray(whole);
    if (whole > 0) file?.write(bytes.subarray(0, whole));
  };
}

/** The reason why waiting for an attempt is useless. The evidence will rest on the same match. */
export interface Hopeless {
  readonly drop: Drop;
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
  private readonly drops: Drop[] = [];
  /** The drops of all attempts. */
  private readonly all: readonly Drop[];
  private readonly announce: (reason: Hopeless) => void;
  private readonly stop: () => void;
  /** The sockets that `onHopelessFlow` was called with. */
  private readonly told = new Set<Flow>();
  private answer: Hopeless | undefined;

  constructor(
    source: Pick<DropWatch, 'drops' | 'onDrop'>,
    private readonly options: WatchOptions,
  ) {
    this.all = source.drops;
    const { promise, resolve } = deferred<Hopeless>();
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

  private take(drop: Drop): void {
    const { startedAt, rule, slack = defaultSlack } = this.options;
    if (drop.at < startedAt - slack.before || (rule(drop.rule)?.decisive ?? 'none') === 'none') return;
    this.drops.push(drop);
    this.look([drop]);
  }

  private look(drops: readonly Drop[]): void {
    // Without `onHopelessFlow` the watch reports its first answer only.
    if (this.answer && !this.options.onHopelessFlow) return;
    const { startedAt, rule, proxy, slack = defaultSlack } = this.options;
    const trace: AttemptTrace = {
      startedAt,
      endedAt: Infinity,
      flows: this.flows,
      identifiers: this.identifiers,
    };
    const touchesProxy = ({ packet: { src, dst } }: Drop): boolean =>
      [src, dst].includes(proxy?.address ?? '');
    const legs = proxy && drops.some(touchesProxy) ? proxyLegs(this.all, proxy, slack) : undefined;
    for (const drop of drops) {
      const match = matchDrop(drop, trace, proxy, slack, legs);
      if (match && isDecisive(drop, match, rule)) this.tell({ drop, match });
    }
  }

  private tell(reason: Hopeless): void {
    if (!this.answer) {
      this.answer = reason;
      this.announce(reason);
    }
    const { onHopelessFlow } = this.options;
    if (!onHopelessFlow) return this.stop();
    // A packet that only an identifier ties to the attempt is signalling, which uses the first socket.
    const flow = reason.match.flow ?? this.flows[0];
    if (!flow || this.told.has(flow)) return;
    this.told.add(flow);
    onHopelessFlow(flow);
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Node 20 has no `Promise.withResolvers`. */
function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  if (!settle) throw new Error('a promise calls its executor at once');
  return { promise, ...settle };
}
