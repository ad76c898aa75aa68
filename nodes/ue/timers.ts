/** Every timer that can end an attempt, in milliseconds, so that tests need not wait for the real ones. */
export interface UeTimers {
  /** RFC 3261 T1: the round-trip estimate; Timer F is 64 times it (17.1.2.2). */
  readonly sipT1: number;
  /** RFC 3261 T2: the longest interval between retransmissions (17.1.2.2). */
  readonly sipT2: number;
  /** RFC 3261 T4: the longest time that a message stays in the network (17.1.2.2). */
  readonly sipT4: number;
  /**
   * How long a call may ring before the caller gives it up. No RFC says how long. The value is below Timer C of
   * RFC 3261 16.6, three minutes, so that the caller gives up before a proxy does.
   */
  readonly sipAnswer: number;
  /** RFC 5626 4.4.1: how long to wait for the pong. */
  readonly sipPong: number;
  /** RFC 8489 6.2.1: the first retransmission interval over UDP. */
  readonly stunRto: number;
  /** RFC 8489 6.2.1 Rc: how often a request is sent over UDP. */
  readonly stunRc: number;
  /** RFC 8489 6.2.1 Rm: how many RTO to wait after the last one. */
  readonly stunRm: number;
  /** RFC 8489 6.2.2 Ti: how long to wait over TCP and TLS. */
  readonly stunTi: number;
  /**
   * Bound on opening a connection, CONNECT and TLS included. Linux gives a SYN up after about 127 s (six
   * retransmissions), so that the kernel's own error comes before this bound.
   */
  readonly connect: number;
  /** RFC 4975 7.1.1: how long to wait for the response to a SEND. */
  readonly msrpTransaction: number;
  /** RFC 8656 9: how long a permission lasts. A channel lasts twice as long (12), and binding it anew renews both. */
  readonly turnPermission: number;
  /**
   * How long to go on gathering candidates, or waiting for a better way, when there is already something to go on
   * with. No RFC says how long; phones take 0.5 to 5 s. In this time a lost STUN request is sent once more. The
   * time can be short, because later candidates still join the checks.
   */
  readonly gathering: number;
  /** RFC 8445 14.2 Ta: the least interval between the beginnings of two connectivity checks. */
  readonly iceTa: number;
  /** RFC 8445 8.1.1 leaves open how long the controlling agent, having a valid pair, waits for a better one. */
  readonly iceBetterPair: number;
  /** RFC 8863 4: the least time to wait for a pair that works. */
  readonly icePac: number;
  /** RFC 7675 5.1: the interval of the consent checks, which varies by a fifth. */
  readonly consentInterval: number;
  /** RFC 7675 5.1: how long consent lasts after the last answer. */
  readonly consentExpiry: number;
  /**
   * Interval of RTCP reports. RFC 3550 6.2 has 5 s for a session as small as this, but a call
   * of 3 s needs some reports too.
   */
  readonly rtcpInterval: number;
  /** RFC 6263 10: interval of empty packets that keep a NAT's binding alive in a session without ICE (Tr). */
  readonly rtpKeepAlive: number;
  /**
   * How long to wait, after ICE has ended, for a packet of the other end and for its report
   * that this end's packets arrive.
   */
  readonly firstMedia: number;
  /** How long to wait for the call that the peer was asked for. */
  readonly incomingCall: number;
  /** How long to wait for a call that is expected not to come. */
  readonly lostCall: number;
  /** How long a deregistration or the release of an allocation may delay the attempt's report. */
  readonly goodbye: number;
}

/** The standards' own values. */
export const rfcTimers: UeTimers = {
  sipT1: 500,
  sipT2: 4000,
  sipT4: 5000,
  sipAnswer: 60_000,
  sipPong: 10_000,
  stunRto: 500,
  stunRc: 7,
  stunRm: 16,
  stunTi: 39_500,
  connect: 130_000,
  msrpTransaction: 30_000,
  turnPermission: 300_000,
  gathering: 1000,
  iceTa: 50,
  iceBetterPair: 100,
  icePac: 39_500,
  consentInterval: 5000,
  consentExpiry: 30_000,
  rtcpInterval: 1000,
  rtpKeepAlive: 15_000,
  firstMedia: 10_000,
  incomingCall: 10_000,
  lostCall: 2000,
  goodbye: 5000,
};

/**
 * The timers of SIP that TS 24.229 table 7.7.1 has for a UE and for a P-CSCF towards it, which is made for the delays of
 * a radio network and holds for Wi-Fi too. Of them follow A, E and G (at first T1), B, D, F, H and J (64*T1, 128 s),
 * and I and K (T4). Timer N of RFC 6665 is 64*T1 as well.
 */
const threeGppTimers: UeTimers = { ...rfcTimers, sipT1: 2000, sipT2: 16_000, sipT4: 17_000 };

/** The sets of timers: those of RFC 3261, and those of TS 24.229 table 7.7.1. */
export const timerSets = ['rfc', '3gpp'] as const;
export type TimerSet = (typeof timerSets)[number];

/** Returns the timers of a set. */
export const timersOf = (set: TimerSet = 'rfc'): UeTimers => (set === '3gpp' ? threeGppTimers : rfcTimers);

/**
 * How far the two clocks may drift apart, in milliseconds. It is small because packets are
 * matched to sockets within 50 ms.
 */
const mostDrift = 5;

let origin = performance.timeOrigin;

/**
 * Returns milliseconds since the Unix epoch with fractions; every `at` is of this clock. It follows
 * the system's clock, by which the kernel dates packets, since the monotonic clock alone drifts from
 * that while it is being adjusted.
 */
export function wallClock(): number {
  const drift = Date.now() - (origin + performance.now());
  if (Math.abs(drift) > mostDrift) origin += drift;
  return origin + performance.now();
}
