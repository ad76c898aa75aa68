import { InvalidArgumentError } from 'commander';
import type { Catalogue } from '../../firewalls/catalogue';
import { defaultMoves, type Move } from '../plan/plan';
import { chooseFirewalls } from '../plan/choose-firewalls';

/**
 * Reads moves such as `0:8,8:1`.
 *
 * @throws InvalidArgumentError
 */
export function readMoves(text: string): Move[] {
  return text.split(',').map((part) => {
    const [, from, to] = /^\s*([^:\s]+):([^:\s]+)\s*$/.exec(part) ?? [];
    if (from === undefined || to === undefined || from === to)
      throw new InvalidArgumentError('it must name two firewalls for each move, for example 0:8,8:1.');
    return { from, to };
  });
}

/**
 * Returns the moves if the catalogue has all of their firewalls. Of the default moves it may lack some.
 *
 * @throws LabError `UNKNOWN_FIREWALL`
 */
export function knownMoves(moves: readonly Move[], catalogue: Catalogue): readonly Move[] {
  if (moves === defaultMoves) return moves;
  for (const { from, to } of moves) for (const id of [from, to]) chooseFirewalls(catalogue, id);
  return moves;
}
