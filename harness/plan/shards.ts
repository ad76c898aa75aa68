import type { Move } from './plan';

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
 * Cuts the firewalls into parts that are as level as the moves allow: give or take one where there are none. Pure.
 *
 * The order is kept, so that neighbours, which differ in one knob, stand in one table. Both ends of a move stand in one
 * part, where the first of them has its place: a run can only move the UE between networks of its own. A part without a
 * firewall would measure everything, so there are never more parts than can be filled.
 *
 * @param firewalls ids, in the order of the catalogue
 * @param count how many parts are wanted, from 1
 */
export function shardsOf(firewalls: readonly string[], count: number, moves: readonly Move[] = []): Matrix {
  const groups = kept(firewalls, moves);
  const of = Math.min(count, groups.length);
  const parts: string[][] = [];
  for (let left = of; left > 0; left--) {
    // Its share of what is left, but a group for each of the others.
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

/** The firewalls that must stay together, in the order of the first of each group. */
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
