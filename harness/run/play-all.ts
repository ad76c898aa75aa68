import type { Plan, PlannedCell } from '../plan/plan';
import type { NetworkRun } from './network-run';

/** The options of {@link playAll}. */
export interface Play {
  readonly plan: Plan;
  /** The networks by the firewall's id. A network that is out of order resolves with undefined. */
  readonly started: ReadonlyMap<string, Promise<NetworkRun | undefined>>;
  /** Judges the attempts of a cell that has no network to be played on. */
  readonly unplayed: (cell: PlannedCell) => Promise<void>;
  /** Called with each cell whose attempts have all been judged for the last time. */
  readonly onEnd: (cell: PlannedCell) => void;
}

/**
 * Plays the cells of all networks side by side. Networks between which the UE moves play their other cells
 * first. Then come the moves, one after the other, since two moves can have a network in common, and only then
 * the captures of these networks are closed. The failure of one network does not stop the others.
 *
 * @throws the error of a network that failed, after the others have been played
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

/** Waits until each promise has settled, then throws the first error, if any. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(work)) if (one.status === 'rejected') throw one.reason;
}
