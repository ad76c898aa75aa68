import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { JSONRPCClient, JSONRPCErrorCode, JSONRPCErrorException, isJSONRPCResponse } from 'json-rpc-2.0';
import type { z } from 'zod';
import { within } from '../../kit/deadline';
import { oneLine } from '../../kit/one-line';
import { unsupported, type Phone, type PhoneEvents } from '../phone';
import {
  arrivals,
  attemptReport,
  espSa,
  flow,
  identifier,
  inviteReport,
  keyLog,
  reachable,
  ready,
  talking,
} from './protocol';
import type {
  Abandon,
  Arrivals,
  ArrivalsRequest,
  AttemptReport,
  Capabilities,
  InviteReport,
  InviteRequest,
  ProbeRequest,
  ServiceRequest,
} from './protocol';
import { waitingMs } from './waiting';

/** The two ends of a UE program that the driver uses; a spawned process has them. */
export interface UeProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
}

/** Stable codes of the errors of a UE program. */
export type UeErrorCode =
  /** The program printed something that is not in the protocol. */
  | 'UE_PROTOCOL'
  /** The program ended. */
  | 'UE_GONE'
  /** The program did not become ready. */
  | 'UE_NOT_READY'
  /** The program could not do what was asked; the error holds its words. */
  | 'UE_REQUEST'
  /** The program did not end an attempt. */
  | 'UE_STUCK';

/** An error of a UE program: one line, and a stable code. */
export class UeError extends Error {
  constructor(
    readonly code: UeErrorCode,
    text: string,
    /** Says whether the program does not know the method of the request. */
    readonly isUnknownMethod = false,
  ) {
    super(text);
    this.name = 'UeError';
  }
}

/**
 * Milliseconds that an attempt may take besides what it has to talk and to wait; more than the timers of SIP and TCP for
 * all parts of a service.
 */
const attemptMs = 600_000;

/** Milliseconds after which an attempt that was to be ended has been reported. A real one is within tens. */
const abandonedMs = 10_000;

/** Longest line that is read; real ones are reports of a few KiB. */
const lineLimit = 1024 * 1024;

/**
 * The lab's side of the protocol in `protocol.ts`, for any program that speaks it. It checks every message of the
 * program. After a wrong message it believes no further one, and rejects every request with `UE_PROTOCOL`.
 */
export class UeDriver implements Phone {
  private readonly client: JSONRPCClient;
  private readonly listeners = new Set<PhoneEvents>();
  private readonly becameReady: Promise<void>;
  private nowReady: () => void = () => undefined;
  /** Rejects when the UE can no longer be used. */
  private readonly broken: Promise<never>;
  /** The capabilities that the phone declared; before it is ready there are no limits. */
  capabilities: Capabilities = {};
  private fault: UeError | undefined;
  /** The attempts that have no report yet, with the time-out of each. */
  private readonly attempts = new Map<string, NodeJS.Timeout>();
  private break: (error: UeError) => void = () => undefined;

  /** @param events listeners for the notifications; more can be added with {@link on} */
  constructor(
    private readonly process: UeProcess,
    events?: PhoneEvents,
  ) {
    if (events) this.listeners.add(events);
    this.becameReady = new Promise((resolve) => (this.nowReady = resolve));
    this.broken = new Promise<never>((_, reject) => {
      this.break = (error) => {
        this.fault ??= error;
        reject(this.fault);
      };
    });
    // A caller that awaits this promise gets its rejection. Without such a caller, the process must not end by it.
    this.broken.catch(() => undefined);
    this.client = new JSONRPCClient((payload) => this.write(payload));
    this.read();
  }

  /** Adds listeners. @returns a function that removes them */
  on(events: PhoneEvents): () => void {
    this.listeners.add(events);
    return () => this.listeners.delete(events);
  }

  /**
   * Waits for the UE's `ready`.
   * @throws UeError `UE_NOT_READY` after `withinMs`
   */
  async ready(withinMs: number): Promise<void> {
    const ready = Promise.race([this.becameReady, this.broken]);
    const late = `waited ${withinMs} ms for the UE to say "ready", in vain; look at its log`;
    await within(withinMs, ready, () => new UeError('UE_NOT_READY', late));
  }

  /**
   * Has the UE make one attempt. One that takes too long is abandoned.
   * @param action a method of the protocol whose result is a report
   * @throws UeError; a failed attempt is no error, but is in the report
   */
  async attempt(action: string, request: ServiceRequest): Promise<AttemptReport> {
    const startedAt = Date.now();
    const { attempt } = request;
    const late = setTimeout(() => this.abandon({ attempt }), attemptMs + waitingMs(request));
    this.attempts.set(attempt, late);
    const response = await this.request(action, request)
      .catch((error: unknown) => {
        if (error instanceof UeError && error.isUnknownMethod)
          return unsupported(attempt, `the phone has no action ${action}`, startedAt);
        throw error;
      })
      .finally(() => {
        clearTimeout(this.attempts.get(attempt));
        this.attempts.delete(attempt);
      });
    const report = this.check(attemptReport, response, `the result of ${action}`);
    if (report.attempt !== attempt) {
      throw this.mistake(`the result of ${action} is for attempt ${report.attempt}, not ${attempt}`);
    }
    return report;
  }

  /**
   * Makes the UE the other end: it registers, and from then on answers every call, message and session.
   * @throws UeError `UE_REQUEST` if it cannot register
   */
  async attend(): Promise<void> {
    await this.request('attend', undefined);
  }

  /**
   * Has the other end call somebody.
   * @returns how the call went, when it has ended
   * @throws UeError
   */
  async invite(request: InviteRequest): Promise<InviteReport> {
    return this.check(inviteReport, await this.request('invite', request), 'the result of invite');
  }

  /**
   * Asks the other end when RTP arrived in its latest calls with somebody.
   * @throws UeError
   */
  async arrivals(request: ArrivalsRequest): Promise<Arrivals> {
    return this.check(arrivals, await this.request('arrivals', request), 'the result of arrivals');
  }

  /**
   * Has the UE ask a server until it answers.
   * @throws UeError `UE_REQUEST` if the server did not answer in time
   */
  async probe(request: ProbeRequest): Promise<void> {
    await this.request('probe', request);
  }

  /**
   * Resolves when the UE has read everything that was sent to it before, and so shows that it still answers.
   * @throws UeError
   */
  async isThere(): Promise<void> {
    await this.request('abandon', { attempt: '' });
  }

  /**
   * Has the UE end at once an attempt, or what the attempt does over one way. A UE that then does not report the attempt
   * cannot be used any more.
   */
  abandon(what: Abandon): void {
    if (this.fault !== undefined) return;
    this.client.notify('abandon', what, undefined);
    const { attempt, flow: way } = what;
    if (way || !this.attempts.has(attempt)) return;
    clearTimeout(this.attempts.get(attempt));
    const stuck = `told to end the attempt ${attempt} it had not reported it after ${abandonedMs / 1000} s; look at its log`;
    this.attempts.set(
      attempt,
      setTimeout(() => this.break(new UeError('UE_STUCK', stuck)), abandonedMs),
    );
  }

  private async request(method: string, params: unknown): Promise<unknown> {
    const response = Promise.resolve(this.client.request(method, params, undefined)).catch(
      (error: unknown) => {
        throw this.fault ?? new UeError('UE_REQUEST', `${method}: ${wordsOf(error)}`, isUnknownMethod(error));
      },
    );
    return Promise.race([response, this.broken]);
  }

  private write(payload: unknown): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    this.process.stdin.write(`${JSON.stringify(payload)}\n`);
    return Promise.resolve();
  }

  private read(): void {
    const { stdin, stdout } = this.process;
    // Writing to a UE that has just ended fails; the end of its output tells that it has ended.
    stdin.on('error', () => undefined);
    const lines = createInterface({ input: stdout });
    lines.on('line', (line) => this.line(line));
    // The lines close after the last one, and so after every report that the UE still sent.
    lines.on('close', () => this.gone('the UE has ended; look at its log'));
    stdout.on('error', (error) => this.gone(`the UE's output cannot be read: ${wordsOf(error)}`));
    let unfinished = 0;
    stdout.on('data', (chunk: Buffer | string) => {
      const newline = chunk.lastIndexOf('\n');
      unfinished = newline < 0 ? unfinished + chunk.length : chunk.length - newline;
      if (unfinished <= lineLimit) return;
      this.mistake(`a line is longer than ${lineLimit} bytes`);
      lines.close();
      stdout.destroy();
    });
  }

  private line(line: string): void {
    if (this.fault !== undefined || line.trim() === '') return;
    try {
      this.message(JSON.parse(line) as unknown, line);
    } catch (error) {
      if (error instanceof SyntaxError) this.mistake(`not JSON: ${excerpt(line)}`);
      else if (!(error instanceof UeError)) throw error;
    }
  }

  private message(message: unknown, line: string): void {
    if (typeof message === 'object' && message !== null && isJSONRPCResponse(message)) {
      this.client.receive(message);
      return;
    }
    const { method, params } = (message ?? {}) as { method?: unknown; params?: unknown };
    switch (method) {
      case 'ready':
        this.capabilities = this.check(ready, params ?? {}, method).capabilities ?? {};
        this.nowReady();
        break;
      case 'flow': {
        const told = this.check(flow, params, method);
        for (const listener of this.listeners) listener.flow?.(told);
        break;
      }
      case 'identifier': {
        const told = this.check(identifier, params, method);
        for (const listener of this.listeners) listener.identifier?.(told);
        break;
      }
      case 'keylog': {
        const told = this.check(keyLog, params, method);
        for (const listener of this.listeners) listener.keylog?.(told);
        break;
      }
      case 'esp-sa': {
        const told = this.check(espSa, params, method);
        for (const listener of this.listeners) listener.espSa?.(told);
        break;
      }
      case 'reachable': {
        const told = this.check(reachable, params, method);
        for (const listener of this.listeners) listener.reachable?.(told);
        break;
      }
      case 'talking': {
        const told = this.check(talking, params, method);
        for (const listener of this.listeners) listener.talking?.(told);
        break;
      }
      default:
        this.mistake(`neither a response nor a notification of the protocol: ${excerpt(line)}`);
    }
  }

  /** @throws UeError `UE_PROTOCOL`, as does every later request */
  private check<S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw this.mistake(`${what}: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'malformed'}`);
  }

  private mistake(text: string): UeError {
    const error = new UeError('UE_PROTOCOL', `the UE broke the protocol (nodes/ue/protocol.ts): ${text}`);
    this.break(error);
    return error;
  }

  private gone(text: string): void {
    this.break(new UeError('UE_GONE', text));
    this.client.rejectAllPendingRequests(text);
  }
}

function wordsOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

function excerpt(line: string): string {
  return line.length > 120 ? `${line.slice(0, 120)}...` : line;
}

const isUnknownMethod = (error: unknown): boolean =>
  error instanceof JSONRPCErrorException && error.code === (JSONRPCErrorCode.MethodNotFound as number);
