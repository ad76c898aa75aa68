import type { Knobs } from '../../firewalls/knobs';

/**
 * Longest recommended interval in seconds, well below the 120 s after which a NAT may forget
 * a UDP binding (RFC 4787 REQ-5).
 */
const mostSeconds = 30;

/**
 * Returns the seconds between the keep-alives that a P-CSCF recommends (RFC 6223). An operator who knows the firewalls
 * recommends four within the shortest idle time-out of any of them, so that some keep-alives may be late.
 */
export function fourTimesWithin(idle: readonly Knobs['idle'][]): number {
  const memories = idle.map((seconds) => (seconds === 'none' ? Infinity : seconds));
  return Math.max(1, Math.min(mostSeconds, Math.floor(Math.min(...memories) / 4)));
}
