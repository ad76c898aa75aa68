import type { AttemptLike, TlsFacts } from './attempt';
import { isSameWay } from '../../kit/endpoint';
import type { AttemptFailure } from './failure';
import type { AttemptRequest, Endpoint, FiveTuple, Flow, Identifier } from './protocol';

/**
 * A part of an attempt that can be given up while the rest goes on, e.g. one of several ways to a server. It passes
 * everything on to the attempt, remembers which ways were taken, and closes what was opened for it.
 */
export class AttemptPart implements AttemptLike {
  /** The ways that were announced, in order, without those that have brought all that they were to bring. */
  ways: readonly FiveTuple[] = [];
  private readonly closers: (() => void)[] = [];
  private over = false;

  constructor(private readonly whole: AttemptLike) {
    whole.closeAtEnd(() => this.end());
  }

  get request(): AttemptRequest {
    return this.whole.request;
  }

  get ended(): boolean {
    return this.over || this.whole.ended;
  }

  tellFlow(flow: Omit<Flow, 'attempt' | 'at'>): void {
    const { protocol, local, remote } = flow;
    this.ways = [...this.ways, { protocol, local, remote }];
    this.whole.tellFlow(flow);
  }

  tellAnswered(way: FiveTuple): void {
    this.ways = this.ways.filter((one) => !isSameWay(one, way));
    this.whole.tellAnswered(way);
  }

  tellIdentifier(kind: Identifier['kind'], value: string): void {
    this.whole.tellIdentifier(kind, value);
  }

  tellKeyLog(line: string): void {
    this.whole.tellKeyLog(line);
  }

  tellEspSa(line: string): void {
    this.whole.tellEspSa(line);
  }

  tellTls(facts: TlsFacts, local: Endpoint): void {
    this.whole.tellTls(facts, local);
  }

  onFlowAbandoned(flow: FiveTuple, end: (failure: AttemptFailure) => void): void {
    this.whole.onFlowAbandoned(flow, end);
  }

  closeAtEnd(close: () => void): void {
    if (this.over) close();
    else this.closers.push(close);
  }

  note(text: string): void {
    this.whole.note(text);
  }

  /** Ends the part: closes what was opened for it, the last first. */
  end(): void {
    this.over = true;
    for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) close();
  }
}
