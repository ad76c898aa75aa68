import type { AttemptLike } from '../attempt';
import { toPcscf } from '../../../ladder/testing/rungs';
import type { AttemptFailure } from '../failure';
import type { AttemptRequest, FiveTuple } from '../protocol';

/** An attempt of a test. It remembers everything that was announced, and ends when the test says so. */
export class FakeAttempt implements AttemptLike {
  ended = false;
  readonly flows: FiveTuple[] = [];
  /** The announced identifiers, as `kind value`. */
  readonly identifiers = new Set<string>();
  readonly notes: string[] = [];
  /** The announced lines of `esp_sa`. */
  readonly espSas: string[] = [];
  private readonly closers: (() => void)[] = [];
  private readonly flowEnds = new Map<string, (failure: AttemptFailure) => void>();

  constructor(
    readonly request: AttemptRequest = { attempt: 'a1', ...toPcscf(2, 'tls:5061'), suite: 'aes' },
  ) {}

  tellFlow(flow: FiveTuple): void {
    this.flows.push(flow);
  }

  tellAnswered(): void {
    // An attempt takes no account of its ways.
  }

  tellIdentifier(kind: string, value: string): void {
    this.identifiers.add(`${kind} ${value}`);
  }

  tellKeyLog(): void {
    // The tests decrypt nothing.
  }

  tellEspSa(line: string): void {
    this.espSas.push(line);
  }

  tellTls(): void {
    // The tests do not check it.
  }

  onFlowAbandoned(flow: FiveTuple, end: (failure: AttemptFailure) => void): void {
    this.flowEnds.set(keyOf(flow), end);
  }

  closeAtEnd(close: () => void): void {
    this.closers.push(close);
  }

  note(text: string): void {
    this.notes.push(text);
  }

  /** Gives a way up, as the lab does. */
  giveUp(flow: FiveTuple, failure: AttemptFailure): void {
    this.flowEnds.get(keyOf(flow))?.(failure);
  }

  end(): void {
    this.ended = true;
    for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) close();
  }
}

const keyOf = ({ protocol, local, remote }: FiveTuple): string =>
  `${protocol} ${local.ip}:${local.port} ${remote.ip}:${remote.port}`;
