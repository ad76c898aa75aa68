import type { Plan, PlannedCell } from '../plan/plan';
import type { NetworkRun } from './network-run';

/** What {@link playAll} is given. */
export interface Play {
  readonly plan: Plan;
  /** By the firewall's id; resolves with nothing where the network is out of order. */
  readonly started: ReadonlyMap<string, Promise<NetworkRun | undefined>>;
  /** Judges the attempts of a cell that has no network to be played on. */
  readonly unplayed: (cell: PlannedCell) => Promise<void>;
  /** Told each cell whose attempts have all been judged for the last time. */
  readonly onEnd: (cell: PlannedCell) => void;
}

/**
 * Plays the cells of all networks side by side. The networks between which the UE moves first play the rest, then the
 * moves one after the other, since two of them can have a network in common; only then their captures are closed. Where a
 * network fails, the others are played all the same.
 *
 * @throws what a network failed with, when the others have been played
 */
export async function playAll({ plan, started, unplayed, onEnd }: Play): Promise<void> {
  const moves = plan.cells.flatMap((cell) => (cell.to === undefined ? [] : [{ cell, to: cell.to }]));
  const isMoving = (id: string): boolean => moves.some(({ cell, to }) => cell.firewall === id || to === id);
  const ids = plan.firewalls.map(({ id }) => id);
  const cellsOf = (id: string): Plan['cells'] =>
    plan.cells.filter(({ firewall, to }) => firewall === id && to === undefined);
  const network = (id: string): Promise<NetworkRun | undefined> => started.get(id)!;
  const end = async (cell: PlannedCell, wasPlayed: boolean): Promise<void> => {
    if (!wasPlayed) await unplayed(cell);
    onEnd(cell);
  };
  const play = async (id: string): Promise<void> => (await network(id))?.measure(cellsOf(id));
  const finish = async (id: string): Promise<void> => {
    const played = await network(id);
    await played?.close();
    for (const cell of cellsOf(id)) await end(cell, played !== undefined);
  };
  const stay = async (id: string): Promise<void> => {
    await play(id);
    await finish(id);
  };
  const ends = async (cell: PlannedCell, to: string): Promise<[NetworkRun, NetworkRun] | undefined> => {
    const [left, reached] = await Promise.all([network(cell.firewall), network(to)]);
    return left && reached ? [left, reached] : undefined;
  };
  const move = async (): Promise<void> => {
    const involved = ids.filter(isMoving);
    await all(involved.map(play));
    for (const { cell, to } of moves) {
      const [left, reached] = (await ends(cell, to)) ?? [];
      if (left && reached) await left.move(cell, reached);
    }
    await all(involved.map(finish));
    for (const { cell, to } of moves) await end(cell, (await ends(cell, to)) !== undefined);
  };
  await all([...ids.filter((id) => !isMoving(id)).map(stay), move()]);
}

/** Waits for all of them, whatever becomes of each, and throws the first error. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(work)) if (one.status === 'rejected') throw one.reason;
}
