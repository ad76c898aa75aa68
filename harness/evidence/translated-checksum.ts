import type { EspEvent } from '../../nodes/ipsec/event';

/**
 * Says whether a wrong checksum of UDP or TCP is the doing of an address translation: `found` and the one that would be
 * `right` differ by exactly what the change of the source address from `inside` to `outside` makes of a checksum. By RFC 1624
 * (eqn. 3) that is HC' = ~(~HC + ~m + m'). A sum in one's complement is a number modulo 0xffff, where ~x is -x, so it is
 * HC' = HC + m - m'. There 0x0000 and 0xffff are the same number, as they have to be: UDP sends the one for the other (RFC 768).
 */
export function isOfTranslation(
  { found, right }: Pick<EspEvent, 'found' | 'right'>,
  inside: string,
  outside: string,
): boolean {
  const difference = parseInt(found, 16) + sumOf(inside) - sumOf(outside) - parseInt(right, 16);
  return inside !== outside && difference % 0xffff === 0;
}

/** Returns the sum of the two words of an address. */
function sumOf(address: string): number {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return a * 256 + b + c * 256 + d;
}

/**
 * Picks what the P-CSCF refused since an NAPT had changed the address of the UE. From its own address, or with another
 * checksum, the fault is another one, and not the firewall's.
 */
export const refusedAfterTranslation = <E extends Pick<EspEvent, 'source' | 'found' | 'right'>>(
  refused: readonly E[],
  ue: string,
): E[] => refused.filter((event) => isOfTranslation(event, ue, event.source));
