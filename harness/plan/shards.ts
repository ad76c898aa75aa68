/** One job of a GitHub Actions matrix: its part of the firewalls. */
export interface Shard {
  /** From 1. */
  readonly shard: number;
  /** How many there are. */
  readonly of: number;
  /** As `nimsfw run --firewall` takes it, such as `0,1,2`. */
  readonly firewall: string;
}

/** A job matrix as GitHub Actions takes it: https://docs.github.com/actions/using-jobs/using-a-matrix-for-your-jobs */
export interface Matrix {
  readonly include: readonly Shard[];
}

/** No GitHub Actions matrix has more jobs. */
export const mostShards = 256;

/**
 * Cuts the firewalls into parts of equal size, give or take one. Pure.
 *
 * The order is kept, so that neighbours, which differ in one knob, stand in one table. A part without a firewall would
 * measure everything, so there are never more parts than firewalls.
 *
 * @param firewalls ids, in the order of the catalogue
 * @param count how many parts are wanted, from 1
 */
export function shardsOf(firewalls: readonly string[], count: number): Matrix {
  const of = Math.min(count, firewalls.length);
  const edge = (index: number): number => Math.floor((index * firewalls.length) / of);
  const include = Array.from({ length: of }, (_, index) => ({
    shard: index + 1,
    of,
    firewall: firewalls.slice(edge(index), edge(index + 1)).join(','),
  }));
  return { include };
}
