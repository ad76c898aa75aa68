import { once } from 'node:events';
import { connect as connectTo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { within } from '../../kit/deadline';
import { Deferred } from '../../kit/deferred';
import { socketPath } from './socket-path';
import {
  answer,
  IpsecError,
  listing,
  type Listing,
  type Request,
  type SecurityAssociationSet,
} from './protocol';

/** Milliseconds that the program has for an answer. It takes some milliseconds, and more on a busy machine. */
const patienceMs = 20_000;

type Asked<R = Request> = R extends Request ? Omit<R, 'id'> : never;

/** The security associations of a node, which its program `ipsec` makes. */
export class SecurityAssociations implements AsyncDisposable {
  private readonly waiting = new Map<number, Deferred<unknown>>();
  private latest = 0;
  private lost: IpsecError | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly path: string,
    private readonly answersWithinMs: number,
  ) {
    const lines = createInterface({ input: socket, crlfDelay: Infinity });
    // It passes the errors of its input on, and the end of that says the same.
    lines.on('line', (line) => this.take(line)).on('error', () => undefined);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.lost = new IpsecError('LOST', `the program ipsec at ${path} has ended; its log says why`);
      for (const one of this.waiting.values()) one.reject(this.lost);
      this.waiting.clear();
    });
  }

  /**
   * Connects to the program that listens at this socket. Whatever it is asked for is rejected with `LOST` if it does not answer.
   * @param answersWithinMs how long it may take to answer, milliseconds
   * @throws IpsecError `LOST` if none does
   */
  static async connect(path: string, answersWithinMs = patienceMs): Promise<SecurityAssociations> {
    const socket = connectTo(socketPath(path));
    try {
      await once(socket, 'connect');
    } catch (error) {
      throw new IpsecError(
        'LOST',
        `no program ipsec answers at ${path} (${(error as NodeJS.ErrnoException).code}); start it first`,
      );
    }
    return new SecurityAssociations(socket, path, answersWithinMs);
  }

  /** Makes a set; resolves when it works. @throws IpsecError if it cannot be made */
  async add(set: SecurityAssociationSet): Promise<void> {
    await this.ask({ method: 'add', params: set });
  }

  /** Removes a set. @throws IpsecError `UNKNOWN_SET` if it is not there, or not any more */
  async remove(name: string): Promise<void> {
    await this.ask({ method: 'remove', params: { name } });
  }

  /** Gives a set a new lifetime. @param lifetimeSeconds from now on. @throws IpsecError `UNKNOWN_SET` */
  async extend(name: string, lifetimeSeconds: number): Promise<void> {
    await this.ask({ method: 'extend', params: { name, lifetimeSeconds } });
  }

  /** Returns the sets with what has passed each of their SAs. */
  async list(): Promise<Listing> {
    return listing.parse(await this.ask({ method: 'list' }));
  }

  /** Ends the connection. The sets stay until their lifetimes are over. */
  async close(): Promise<void> {
    if (this.lost) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private ask(asked: Asked): Promise<unknown> {
    if (this.lost) return Promise.reject(this.lost);
    const id = (this.latest += 1);
    const waiting = new Deferred<unknown>();
    this.waiting.set(id, waiting);
    this.socket.write(`${JSON.stringify({ id, ...asked })}\n`);
    return within(this.answersWithinMs, waiting.promise, () => {
      this.waiting.delete(id);
      const late = `has not answered ${asked.method} for ${this.answersWithinMs / 1000} s; its log says why`;
      return new IpsecError('LOST', `the program ipsec at ${this.path} ${late}`);
    });
  }

  private take(line: string): void {
    const { id, result, error } = answer.parse(JSON.parse(line));
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) waiting?.reject(new IpsecError(error.code, error.message));
    else waiting?.resolve(result);
  }
}
