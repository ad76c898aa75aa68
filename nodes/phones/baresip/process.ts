import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { elapsed } from '../../../kit/elapsed';
import { within } from '../../../kit/deadline';
import { Deferred } from '../../../kit/deferred';
import { messageOf, AttemptFailure } from '../../ue/failure';
import { printable } from '../../ue/excerpt';
import type { Endpoint } from '../../ue/protocol';
import { PhoneProcess } from '../phone-process';
import type { TracedMessage } from '../traced-message';
import { NetstringReader, writeNetstring } from './netstring';
import { SipTrace } from './sip-trace';

/** An event of baresip's control interface, such as `REGISTER_OK`. */
export interface ControlEvent {
  readonly type: string;
  /** What belongs to it, such as the reason of a `REGISTER_FAIL`. */
  readonly param: string;
  /** Packets of a call until now, as RTCP counts them, of a `CALL_RTCP`. */
  readonly rtcp?: { readonly sent: number; readonly received: number };
}

/** What baresip tells while it runs. */
export type Told =
  | { readonly kind: 'sip'; readonly message: TracedMessage }
  | { readonly kind: 'event'; readonly event: ControlEvent };

/** How long it may take until its control interface answers, ms. It is the same program whether or not anything gets out. */
const startsWithinMs = 30_000;
/** How long it may take for an answer to a command, ms. */
const answersWithinMs = 10_000;
const againAfterMs = 20;

/**
 * A running baresip. An attempt has one of its own: it starts in a twentieth of a second, and so
 * begins without anything of the attempt before.
 */
export class Baresip {
  private readonly answers = new Map<string, Deferred<string>>();
  private readonly process: PhoneProcess<Told>;
  private control: Socket | undefined;
  private isRegistered = false;
  private leaving: Promise<void> | undefined;
  private commands = 0;

  /**
   * Starts it.
   * @param folder an empty folder, which is removed when it has ended
   * @param server where it sends its SIP
   * @param onMessage takes every SIP message at once
   */
  constructor(
    folder: string,
    files: Readonly<Record<string, string | Buffer>>,
    server: Endpoint,
    onMessage: (message: TracedMessage) => void,
  ) {
    const trace = new SipTrace(server);
    this.process = PhoneProcess.start({
      name: 'baresip',
      // It buffers its output, as C does where that is no terminal, and would tell of a message long after it came.
      argv: ['stdbuf', '-oL', 'baresip', '-s', '-f', folder],
      ...{ folder, files },
      environment: { OPENSSL_CONF: join(folder, 'openssl.cnf') },
      output: (line) => {
        const message = trace.take(line);
        if (!message) return;
        onMessage(message);
        this.process.tell({ kind: 'sip', message });
      },
    });
    void this.process.exited.then(() => this.control?.destroy());
  }

  /** Connects to its control interface. @throws AttemptFailure `INTERNAL` if there is none in time */
  async connect(port: number): Promise<void> {
    const until = Date.now() + startsWithinMs;
    for (;;) {
      const socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
      const opened = new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('error', () => resolve(false));
      });
      if (await this.process.unlessOver(opened)) return this.use(socket);
      if (Date.now() > until)
        throw new AttemptFailure('INTERNAL', `baresip opens no port within ${startsWithinMs / 1000} s`);
      await elapsed(againAfterMs);
    }
  }

  /**
   * Gives it a command of its menu.
   * @returns what it answers
   * @throws AttemptFailure `INTERNAL` if it does not take it
   */
  async command(command: string, params = ''): Promise<string> {
    const token = String(++this.commands);
    const answer = new Deferred<string>();
    this.answers.set(token, answer);
    this.control?.write(writeNetstring(JSON.stringify({ command, params, token })));
    const late = (): AttemptFailure =>
      new AttemptFailure('INTERNAL', `baresip does not answer ${command} within ${answersWithinMs / 1000} s`);
    return within(answersWithinMs, this.process.unlessOver(answer.promise), late);
  }

  /** Waits until it has told something, from now on. See {@link PhoneProcess.until}. */
  until<T>(look: (told: Told) => T | undefined): Promise<T> {
    return this.process.until(look);
  }

  /** Ends it: at once, or if it is registered, after it has deregistered. It takes `withinMs` at most and never fails. */
  leave(withinMs: number): Promise<void> {
    this.leaving ??= this.end(withinMs);
    return this.leaving;
  }

  private async end(withinMs: number): Promise<void> {
    if (this.isRegistered) this.command('quit').catch(() => undefined);
    await this.process.stop(this.isRegistered ? withinMs : 0);
  }

  private use(socket: Socket): void {
    this.control = socket;
    const reader = new NetstringReader();
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const text of reader.push(chunk)) this.take(JSON.parse(text));
      } catch (error) {
        this.process.end(new AttemptFailure('INTERNAL', `baresip's control interface: ${messageOf(error)}`));
        socket.destroy();
      }
    });
  }

  private take(said: unknown): void {
    const { response, token, ok, data, type, param, rtcp_stats } = said as Record<string, unknown>;
    if (response === true) {
      const answer = this.answers.get(String(token));
      this.answers.delete(String(token));
      if (ok === true) answer?.resolve(String(data));
      else answer?.reject(new AttemptFailure('INTERNAL', `baresip: ${printable(String(data))}`));
      return;
    }
    const { tx, rx } = (rtcp_stats ?? {}) as Partial<Record<'tx' | 'rx', { sent: number }>>;
    const rtcp = tx && rx ? { rtcp: { sent: tx.sent, received: rx.sent } } : {};
    const event = { type: String(type), param: typeof param === 'string' ? param : '', ...rtcp };
    if (event.type === 'REGISTER_OK') this.isRegistered = true;
    this.process.tell({ kind: 'event', event });
  }
}
