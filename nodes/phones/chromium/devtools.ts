import type { Readable, Writable } from 'node:stream';
import { Deferred } from '../../../kit/deferred';
import { AttemptFailure } from '../../ue/failure';
import { printable } from '../../ue/excerpt';

/** An event of the browser. */
export interface DevToolsEvent {
  /** E.g. `Network.webSocketClosed`. */
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Longest message that is read, in characters. */
const longest = 16_000_000;

/**
 * The DevTools protocol of Chromium over two pipes (`--remote-debugging-pipe`): JSON texts, each with a NUL after it. What
 * is used of it are five commands, for which no library is worth its size.
 */
export class DevTools {
  private readonly answers = new Map<number, Deferred<Readonly<Record<string, unknown>>>>();
  private count = 0;
  private rest = '';

  /** @param event takes each event; an event that comes while a command is dealt with comes first */
  constructor(
    private readonly input: Writable,
    output: Readable,
    private readonly event: (event: DevToolsEvent) => void,
  ) {
    // A browser that has ended takes no more commands; that it has ended is told elsewhere.
    input.on('error', () => undefined);
    output.on('error', () => undefined);
    output.setEncoding('utf8');
    output.on('data', (text: string) => this.take(text));
  }

  /**
   * Gives a command and resolves with its result.
   * @param session a page; without one the command is for the browser
   * @throws AttemptFailure `INTERNAL` if the browser refuses it. It waits forever if the browser ends.
   */
  command(method: string, params: object = {}, session?: string): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.count;
    const answer = new Deferred<Readonly<Record<string, unknown>>>();
    this.answers.set(id, answer);
    this.input.write(`${JSON.stringify({ id, method, params, sessionId: session })}\0`);
    return answer.promise;
  }

  private take(text: string): void {
    const messages = (this.rest + text).split('\0');
    this.rest = messages.pop()!.slice(0, longest);
    for (const message of messages) this.takeMessage(message);
  }

  private takeMessage(text: string): void {
    const { id, method, params, result, error } = JSON.parse(text) as {
      readonly id?: number;
      readonly method?: string;
      readonly params?: Readonly<Record<string, unknown>>;
      readonly result?: Readonly<Record<string, unknown>>;
      readonly error?: { readonly message?: string };
    };
    if (id === undefined) {
      if (method !== undefined) this.event({ method, params: params ?? {} });
      return;
    }
    const answer = this.answers.get(id);
    this.answers.delete(id);
    if (error === undefined) answer?.resolve(result ?? {});
    else
      answer?.reject(new AttemptFailure('INTERNAL', `Chromium refuses: ${printable(error.message ?? '')}`));
  }
}
