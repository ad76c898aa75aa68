import type { Readable, Writable } from 'node:stream';
import type { Endpoint, Flow, Identifier } from '../../nodes/ue/protocol';
import { decodeDrop, type Drop, type RuleLookup } from './drop';
import { defaultSlack, matchDrop, type AttemptTrace, type Match, type Slack } from './match';
import { PcapDecoder, type PcapItem, type PcapProblem } from './pcap';

/**
 * The live side: the drops of one firewall as its `tcpdump -U -i nflog:N -w -` tells them.
 * Everything that came is kept, so that whoever asks later sees the same.
 */
export class DropWatch {
  /** All drops so far, in order of arrival. */
  readonly drops: readonly Drop[];
  /** Resolves when the stream's header is there: from then on no drop is missed. Rejects when the stream ends first. */
  readonly ready: Promise<void>;
  /** Resolves when the stream is over; with the reason when it could not be decoded to its end. */
  readonly ended: Promise<PcapProblem | undefined>;

  private readonly listeners = new Set<(drop: Drop) => void>();
  private isClosed = false;

  /**
   * @param stream pcap bytes, link type NFLOG
   * @param firewall node id of the firewall that they come from
   * @param file takes a copy of the stream, whole records only, and is ended by {@link close}
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
    this.ready.catch(() => undefined); // whoever awaits it is told; nobody has to
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

  /** Takes no more drops; resolves when the file has all that were taken. */
  async close(): Promise<void> {
    this.isClosed = true;
    const { file } = this;
    if (file) await new Promise<void>((resolve) => file.end(resolve));
  }

  /** Calls `listener` for every drop from now on; the function it gives back ends that. */
  onDrop(listener: (drop: Drop) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** Copies chunks to a file as far as the decoder that took them has come: it never ends within a record. */
function wholeRecords(decoder: PcapDecoder, file: Writable | undefined): (chunk: Uint8Array) => void {
  let held: Uint8Array = new Uint8Array(0);
  return (chunk) => {
    const bytes = Buffer.concat([held, chunk]);
    const whole = bytes.length - decoder.unfinished;
    held = bytes.subarray(whole);
    if (whole > 0) file?.write(bytes.subarray(0, whole));
  };
}

/** Why an attempt need not be waited for any longer. */
export type Hopeless =
  /** A decisive rule dropped a packet that is the attempt's own: the same match that the evidence will rest on. */
  | { readonly kind: 'own-drop'; readonly drop: Drop; readonly match: Match }
  /**
   * A decisive rule dropped a packet between the proxy and the attempt's CONNECT target while the attempt ran.
   * Enough to stop waiting, never enough for a verdict: only the proxy's log can say whose connection it was.
   */
  | { readonly kind: 'hint'; readonly drop: Drop; readonly connect: string; readonly flow: Flow };

export interface AttemptWatchOptions {
  /** When the attempt began, ms since the epoch. */
  readonly startedAt: number;
  readonly rule: RuleLookup;
  /** The proxy of the attempt's access network, and the addresses of the names that a CONNECT may ask for. */
  readonly proxy?: { readonly address: string; readonly names: Readonly<Record<string, string>> };
  readonly slack?: Slack;
  /** Told each socket of the attempt of which nothing can come any more, once, for attempts that have several. */
  readonly onHopelessFlow?: (flow: Flow) => void;
}

/**
 * Follows one running attempt and says, once, that a decisive drop of its own is known, and of which of its sockets.
 * Flows, identifiers and drops may come in any order: the kernel's log is often faster than the UE's word.
 */
export class AttemptWatch implements Disposable {
  /** Resolves when nothing can come of the attempt any more. Never rejects; stays pending otherwise. */
  readonly hopeless: Promise<Hopeless>;

  private readonly flows: Flow[] = [];
  private readonly identifiers: Identifier[] = [];
  private readonly drops: Drop[] = [];
  /** Of all attempts. */
  private readonly all: readonly Drop[];
  private readonly announce: (reason: Hopeless) => void;
  private readonly stop: () => void;
  /** Sockets that have been told. */
  private readonly told = new Set<Flow>();
  private answer: Hopeless | undefined;

  constructor(
    source: Pick<DropWatch, 'drops' | 'onDrop'>,
    private readonly options: AttemptWatchOptions,
  ) {
    this.all = source.drops;
    const { promise, resolve } = deferred<Hopeless>();
    this.hopeless = promise;
    this.announce = resolve;
    this.stop = source.onDrop((drop) => this.take(drop));
    for (const drop of source.drops) this.take(drop);
  }

  /** The answer so far. */
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

  /** The attempt is over: no more drops are looked at. */
  [Symbol.dispose](): void {
    this.stop();
  }

  private take(drop: Drop): void {
    const { startedAt, rule, slack = defaultSlack } = this.options;
    if (drop.at < startedAt - slack.before || rule(drop.rule)?.decisive !== true) return;
    this.drops.push(drop);
    this.look([drop]);
  }

  private look(drops: readonly Drop[]): void {
    // A listener may bring news itself.
    if (this.answer && !this.options.onHopelessFlow) return;
    const { startedAt, slack } = this.options;
    const trace: AttemptTrace = {
      startedAt,
      endedAt: Infinity,
      flows: this.flows,
      identifiers: this.identifiers,
    };
    for (const drop of drops) {
      const match = matchDrop(drop, trace, undefined, slack);
      if (match) this.tell({ kind: 'own-drop', drop, match });
    }
    for (const drop of drops) {
      const flow = this.hintOf(drop);
      if (flow?.connect !== undefined) this.tell({ kind: 'hint', drop, connect: flow.connect, flow });
    }
  }

  private hintOf(drop: Drop): Flow | undefined {
    const { proxy } = this.options;
    if (!proxy || drop.packet.protocol !== 'tcp') return undefined;
    const { src, sport, dst, dport } = drop.packet;
    return this.flows.find(({ at, remote, connect }) => {
      // Without slack: the proxy's own leg begins only when the UE's has, and the attempt before ended just now.
      if (connect === undefined || remote.ip !== proxy.address || drop.at < at) return false;
      const target = addressOf(connect, proxy.names);
      const isTarget = (ip: string, port: number): boolean => target?.ip === ip && target.port === port;
      return (
        ((src === proxy.address && isTarget(dst, dport)) ||
          (dst === proxy.address && isTarget(src, sport))) &&
        !this.isOlder(drop, at)
      );
    });
  }

  /**
   * Whether a packet of the same connection was dropped before that time: the proxy's kernel goes on sending what it has of
   * an attempt that is over.
   */
  private isOlder({ packet }: Drop, before: number): boolean {
    const ends = endsOf(packet);
    return this.all.some((drop) => drop.at < before && endsOf(drop.packet) === ends);
  }

  private tell(reason: Hopeless): void {
    if (!this.answer) {
      this.answer = reason;
      this.announce(reason);
    }
    const { onHopelessFlow } = this.options;
    if (!onHopelessFlow) return this.stop();
    // What only an identifier ties to the attempt is its signalling: the first socket.
    const flow = (reason.kind === 'hint' ? reason.flow : reason.match.flow) ?? this.flows[0];
    if (!flow || this.told.has(flow)) return;
    this.told.add(flow);
    onHopelessFlow(flow);
  }
}

/** The two ends of a packet, whichever way it goes. */
function endsOf({ src, sport, dst, dport }: Drop['packet']): string {
  return [`${src}:${sport}`, `${dst}:${dport}`].sort().join(' ');
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

function addressOf(authority: string, names: Readonly<Record<string, string>>): Endpoint | undefined {
  const [, host, port] = /^(.+):(\d+)$/.exec(authority) ?? [];
  return host === undefined ? undefined : { ip: names[host] ?? host, port: Number(port) };
}
