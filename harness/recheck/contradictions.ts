import { rungOf } from '../../ladder';
import { kindOf } from '../evidence/evidence';
import type { Owner } from '../evidence/kinds/kind';
import type { BoxResult, CellResult, RunResult } from '../judge/result';
import { storedTrace } from '../judge/stored-trace';
import type { Disagreement } from './differences';

/** Says whether the captures of the access network of a firewall were read, in a cell's lab. */
export type AreCapturesRead = (cell: CellResult, firewall: string) => boolean;

/** Returns what in the evidence of a run cannot be, by the attempts that it is stored with and their firewalls. */
export function contradictionsOf(
  { run, cells }: RunResult,
  areCapturesRead: AreCapturesRead,
): Disagreement[] {
  return cells.flatMap((cell) =>
    cell.attempts.flatMap((attempt) => {
      const { id, at: firewall = cell.firewall, evidence } = attempt;
      const owner: Owner = {
        rung: rungOf(attempt),
        trace: storedTrace(attempt),
        knobs: isOfLab(boxesOf(run, cell))
          ? run.firewalls.find((one) => one.id === firewall)?.knobs
          : undefined,
        areCapturesRead: areCapturesRead(cell, firewall),
      };
      return evidence.flatMap((item) =>
        kindOf(item)
          .contradicts(item, owner)
          .map((words) => ({ id, text: `its evidence of the kind ${item.kind} ${words}` })),
      );
    }),
  );
}

/** Returns the boxes of the lab in which a cell was measured. */
const boxesOf = ({ boxes, variants }: RunResult['run'], { variant }: CellResult): readonly BoxResult[] =>
  variants?.find(({ name }) => name === variant)?.boxes ?? boxes;

/** Says whether the firewall does what its knobs say. One of somebody else's is measured for what it does. */
const isOfLab = (boxes: readonly BoxResult[]): boolean =>
  boxes.every(
    ({ place, command, image, interface: port }) =>
      place !== 'firewall' || (command ?? image ?? port) === undefined,
  );
