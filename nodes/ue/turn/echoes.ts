import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { UeTimers } from '../timers';

type EchoTimers = Pick<UeTimers, 'stunRto' | 'stunRc' | 'stunRm'>;

interface Exchange {
  /** Datagrams whose echo has not come yet, by their bytes in hex. */
  readonly awaited: Map<string, Buffer>;
  resolve(): void;
  reject(failure: AttemptFailure): void;
}

/**
 * Sends datagrams to an echo and compares them with those that come back. Datagrams may be lost, so each is sent
 * again until its echo has come, with the intervals of RFC 8489 6.2.1 for requests over UDP.
 */
export class Echoes {
  /** All datagrams that were sent, in hex. Their echoes may come at any time, and that of a repeated datagram twice. */
  private readonly known = new Set<string>();
  private current: Exchange | undefined;
  private over: AttemptFailure | undefined;

  constructor(private readonly timers: EchoTimers) {}

  /**
   * Resolves when every datagram has come back.
   * @param datagrams different from each other and from all before
   * @throws AttemptFailure `ECHO_WRONG` if something else came, `TIMEOUT`, or the failure that {@link stop} was given
   */
  async exchange(datagrams: readonly Buffer[], send: (datagram: Buffer) => void): Promise<void> {
    const awaited = new Map(datagrams.map((datagram) => [datagram.toString('hex'), datagram]));
    for (const content of awaited.keys()) this.known.add(content);
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        if (this.over !== undefined) {
          reject(this.over);
          return;
        }
        this.current = { awaited, resolve, reject };
        const { stunRto, stunRc, stunRm } = this.timers;
        const round = (sent: number, interval: number): void => {
          if (sent === stunRc) {
            reject(lost(awaited.size, datagrams.length, stunRc));
            return;
          }
          for (const datagram of awaited.values()) send(datagram);
          timer = setTimeout(
            () => round(sent + 1, 2 * interval),
            sent + 1 === stunRc ? stunRm * stunRto : interval,
          );
        };
        round(0, stunRto);
      });
    } finally {
      clearTimeout(timer);
      this.current = undefined;
    }
  }

  /** Takes a datagram that came from a peer. */
  arrived(from: Endpoint, data: Buffer): void {
    const content = data.toString('hex');
    if (!this.known.has(content)) {
      this.stop(
        new AttemptFailure(
          'ECHO_WRONG',
          `${data.length} bytes came from ${from.ip}:${from.port} that were not sent`,
        ),
      );
      return;
    }
    const exchange = this.current;
    if (exchange?.awaited.delete(content) && exchange.awaited.size === 0) exchange.resolve();
  }

  /** Gives the exchange up, and every later one. */
  stop(failure: AttemptFailure): void {
    this.over ??= failure;
    this.current?.reject(failure);
  }
}

function lost(missing: number, all: number, transmissions: number): AttemptFailure {
  return new AttemptFailure(
    'TIMEOUT',
    `${missing} of ${all} datagrams did not come back from the peer after ${transmissions} transmissions`,
  );
}
