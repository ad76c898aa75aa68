import type { Channel } from '../dialler/channel';
import { AttemptFailure } from '../failure';
import type { UeTimers } from '../timers';
import { tryAlternate } from './alternate-server';
import type { LongTermCredentials } from './long-term-credentials';
import { showTypes } from '../stun/attributes';
import { errorIn } from '../stun/error-response';
import { StunMessage } from '../stun/message';
import { nameOf } from '../stun/methods';
import type { Method } from '../stun/methods';
import { parseMessage } from '../stun/parser';

export type StunTimers = Pick<UeTimers, 'stunRto' | 'stunRc' | 'stunRm' | 'stunTi'>;

/**
 * Number of challenges that one request answers: one for the first realm and two stale nonces, or some other
 * realms. A server that goes on challenging is at fault.
 */
const challengesAnswered = 3;

interface Pending {
  /** @returns whether the response is believed */
  answered(response: StunMessage, bytes: Buffer): boolean;
  failed(failure: AttemptFailure): void;
}

/** The requests of one connection to a TURN server. The reader of the connection hands the responses in. */
export class StunTransactions {
  private readonly pending = new Map<string, Pending>();
  private over: AttemptFailure | undefined;

  /** @param about takes the transaction id, 24 hex digits, of each request before it is sent */
  constructor(
    private readonly channel: Channel,
    private readonly credentials: LongTermCredentials,
    private readonly timers: StunTimers,
    private readonly about: (id: string) => void,
  ) {}

  /**
   * Sends a request with long-term credentials (RFC 8489 9.2). It sends the request again, with realm and nonce of the
   * challenge, after a 438 and after a 401 with a realm that was not tried before.
   * @param write adds the request's own attributes
   * @throws AttemptFailure `TURN_REFUSED`, `TURN_PROTOCOL`, `TIMEOUT` or the failure that {@link end} was given;
   *   `TryAlternate` after a 300
   */
  async request(method: Method, write: (request: StunMessage) => void): Promise<StunMessage> {
    for (let challenges = 0; ; challenges++) {
      const { realm } = this.credentials;
      const response = await this.transact(method, write);
      const unknown = response.unknownRequired;
      if (unknown.length > 0) {
        // RFC 8489 6.3.3, 6.3.4.
        throw new AttemptFailure(
          'TURN_PROTOCOL',
          `the answer to ${nameOf(method)} holds ${showTypes(unknown)}, which must be understood and is not`,
        );
      }
      if (response.kind === 'success') return response;
      const { code, reason } = errorIn(response);
      const challenged = (code === 401 || code === 438) && challenges < challengesAnswered;
      if (challenged && this.credentials.takeChallenge(response, code, realm)) continue;
      const attributesUnknown =
        code === 420 ? ` (${showTypes(response.get('UNKNOWN-ATTRIBUTES') ?? [])})` : '';
      const refusal =
        `${nameOf(method)}: the TURN server answered ${code} ${reason}`.trim() + attributesUnknown;
      throw code === 300 ? tryAlternate(refusal, response) : new AttemptFailure('TURN_REFUSED', refusal);
    }
  }

  /** Takes a response. @returns whether it answers a request and is believed */
  take(response: StunMessage, bytes: Buffer): boolean {
    return this.pending.get(response.id)?.answered(response, bytes) ?? false;
  }

  /**
   * Fails every pending request and every later one, and stops all timers.
   * @returns whether it was called for the first time
   */
  end(failure: AttemptFailure): boolean {
    if (this.over !== undefined) return false;
    this.over = failure;
    for (const transaction of [...this.pending.values()]) transaction.failed(failure);
    return true;
  }

  private transact(method: Method, write: (request: StunMessage) => void): Promise<StunMessage> {
    const message = new StunMessage(method, 'request');
    write(message);
    const { key } = this.credentials;
    this.credentials.sign(message);
    message.addFingerprint();
    const id = message.id;
    return new Promise((resolve, reject) => {
      if (this.over !== undefined) {
        reject(this.over);
        return;
      }
      this.about(id);
      const { bytes } = message;
      const stopTimers = this.startTimers(bytes, (text) => {
        this.pending.delete(id);
        reject(new AttemptFailure('TIMEOUT', `no answer to ${nameOf(method)} ${text}`));
      });
      const done = (): void => {
        this.pending.delete(id);
        stopTimers();
      };
      this.pending.set(id, {
        answered: (response, raw) => {
          if (!isAuthentic(response, raw, key)) return false;
          done();
          resolve(response);
          return true;
        },
        failed: (failure) => {
          done();
          reject(failure);
        },
      });
      this.channel.send(bytes);
    });
  }

  /** Starts retransmission over UDP (RFC 8489 6.2.1), or Ti over a stream (6.2.2). @returns a function that stops it */
  private startTimers(bytes: Buffer, expired: (text: string) => void): () => void {
    const { stunRto, stunRc, stunRm, stunTi } = this.timers;
    if (this.channel.transport !== 'udp') {
      const timer = setTimeout(() => expired(`within ${stunTi / 1000} s (Ti of RFC 8489)`), stunTi);
      return () => clearTimeout(timer);
    }
    let sent = 1;
    let timer: NodeJS.Timeout;
    const arm = (interval: number): void => {
      const last = sent >= stunRc;
      timer = setTimeout(
        () => {
          if (last) {
            expired(`to ${stunRc} transmissions (Rc and Rm of RFC 8489)`);
            return;
          }
          sent++;
          this.channel.send(bytes);
          arm(2 * interval);
        },
        last ? stunRm * stunRto : interval,
      );
    };
    arm(stunRto);
    return () => clearTimeout(timer);
  }
}

/**
 * Says whether a response is believed. The response to a signed request must be signed, or it is ignored (RFC 8489
 * 9.2.5). A challenge is excepted, because its sender may not know the key. Other unsigned errors are believed here
 * too, because the words of a faulty server tell more than a time-out.
 */
function isAuthentic(response: StunMessage, bytes: Buffer, key: Buffer | undefined): boolean {
  if (key === undefined || parseMessage(bytes, key) !== undefined) return true;
  return response.kind === 'error' && !response.has('MESSAGE-INTEGRITY');
}
