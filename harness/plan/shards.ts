import type { Move } from './plan';

/** One job of a GitHub Actions matrix: its part of the firewalls. */
export interface Shard {
  /** From 1. */
  readonly shard: number;
  /** Number of jobs. */
  readonly of: number;
  /** The value of `nimsfw run --firewall`, such as `0,1,2`. */
  readonly firewall: string;
}

/** A job matrix as GitHub Actions takes it: https://docs.github.com/actions/using-jobs/using-a-matrix-for-your-jobs */
export interface Matrix {
  readonly include: readonly Shard[];
}

/** No GitHub Actions matrix has more jobs. */
export const mostShards = 256;

/**
 * Cuts the firewalls into parts as equal as the moves allow; without moves their sizes differ by one at most.
 * Pure.
 *
 * The order is kept, so that neighbours, which differ in one knob, are in one table. Both ends of a move are in
 * one part, at the place of the first of them, since a run can only move the UE between its own networks. A
 * part without a firewall would measure everything, so there are never more parts than can be filled.
 *
 * @param firewalls ids, in the order of the catalogue
 * @param count number of parts wanted, from 1
 */
export function shardsOf(firewalls: readonly string[], count: number, moves: readonly Move[] = []): Matrix {
  const groups = kept(firewalls, moves);
  const of = Math.min(count, groups.length);
  const parts: string[][] = [];
  for (let left = of; left > 0; left--) {
    // A part gets its share of the remaining firewalls, but leaves a group for each of the other parts.
    const share = groups.flat().length / left;
    const part = [...(groups.shift() ?? [])];
    while (groups.length >= left && part.length + groups[0]!.length / 2 <= share)
      part.push(...groups.shift()!);
    parts.push(part);
  }
  const include = parts.map((part, index) => ({
    shard: index + 1,
    of,
    firewall: firewalls.filter((id) => part.includes(id)).join(','),
  }));
  return { include };
}

/** Groups the firewalls that must stay together, in the order of the first of each group. */
function kept(firewalls: readonly string[], moves: readonly Move[]): string[][] {
  const groupOf = new Map(firewalls.map((id) => [id, [id]]));
  for (const { from, to } of moves) {
    const [one, other] = [groupOf.get(from), groupOf.get(to)];
    if (!one || !other || one === other) continue;
    one.push(...other);
    for (const id of other) groupOf.set(id, one);
  }
  return [...new Set(groupOf.values())];
}
