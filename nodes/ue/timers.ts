/** Every timer that can end an attempt, in milliseconds, so that tests need not wait for the real ones. */
export interface UeTimers {
  /** RFC 3261 T1: the round-trip estimate; Timer F is 64 times it (17.1.2.2). */
  readonly sipT1: number;
  /** RFC 3261 T2: the longest interval between retransmissions (17.1.2.2). */
  readonly sipT2: number;
  /** RFC 8489 6.2.1: the first retransmission interval over UDP. */
  readonly stunRto: number;
  /** RFC 8489 6.2.1 Rc: how often a request is sent over UDP. */
  readonly stunRc: number;
  /** RFC 8489 6.2.1 Rm: how many RTO to wait after the last one. */
  readonly stunRm: number;
  /** RFC 8489 6.2.2 Ti: how long to wait over TCP and TLS. */
  readonly stunTi: number;
  /**
   * Bound on opening a connection, CONNECT and TLS included. Linux gives a SYN up after about 127 s
   * (six retransmissions), so that a kernel's own verdict comes first.
   */
  readonly connect: number;
  /** RFC 4975 7.1.1: how long a SEND may go without response. */
  readonly msrpTransaction: number;
  /** How long a deregistration or the release of an allocation may hold the attempt's report up. */
  readonly goodbye: number;
}

/** The standards' own values. */
export const rfcTimers: UeTimers = {
  sipT1: 500,
  sipT2: 4000,
  stunRto: 500,
  stunRc: 7,
  stunRm: 16,
  stunTi: 39_500,
  connect: 130_000,
  msrpTransaction: 30_000,
  goodbye: 5000,
};

/** Milliseconds since the Unix epoch with fractions, the clock of every `at`. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}
