import type { Knobs } from '../../firewalls/knobs';

/** Seconds; well below the 120 s after which a firewall may forget an idle UDP binding (RFC 4787 REQ-5). */
const mostSeconds = 30;

/**
 * Seconds between the keep-alives that a P-CSCF recommends (RFC 6223). An operator who knows the firewalls recommends four
 * within the shortest memory of one, so that some may be late.
 */
export function fourTimesWithin(idle: readonly Knobs['idle'][]): number {
  const memories = idle.map((seconds) => (seconds === 'none' ? Infinity : seconds));
  return Math.max(1, Math.min(mostSeconds, Math.floor(Math.min(...memories) / 4)));
}
