import type { CellResult } from '../judge/result';
import type { Plan } from '../plan/plan';
import type { NetworkRun } from './network-run';

/**
 * Plays the cells of all networks side by side. The networks between which the UE moves first play the rest, then the
 * moves one after the other, since two of them can have a network in common; only then their captures are closed.
 *
 * @param started by the firewall's id
 * @param onCell takes each result as soon as it is there
 */
export async function playAll(
  plan: Plan,
  started: ReadonlyMap<string, Promise<NetworkRun>>,
  onCell: (result: CellResult) => void,
): Promise<void> {
  const moves = plan.cells.flatMap((cell) => (cell.to === undefined ? [] : [{ cell, to: cell.to }]));
  const isMoving = (id: string): boolean => moves.some(({ cell, to }) => cell.firewall === id || to === id);
  const ids = plan.firewalls.map(({ id }) => id);
  const cellsOf = (id: string): Plan['cells'] =>
    plan.cells.filter(({ firewall, to }) => firewall === id && to === undefined);
  const network = (id: string): Promise<NetworkRun> => started.get(id)!;
  const play = async (id: string): Promise<void> => (await network(id)).measure(cellsOf(id));
  const finish = async (id: string): Promise<void> => {
    const played = await network(id);
    await played.close();
    for (const cell of cellsOf(id)) onCell(played.resultOf(cell));
  };
  const stay = async (id: string): Promise<void> => {
    await play(id);
    await finish(id);
  };
  const move = async (): Promise<void> => {
    const involved = ids.filter(isMoving);
    await Promise.all(involved.map(play));
    for (const { cell, to } of moves) await (await network(cell.firewall)).move(cell, await network(to));
    await Promise.all(involved.map(finish));
    for (const { cell, to } of moves)
      onCell((await network(cell.firewall)).resultOf(cell, await network(to)));
  };
  await Promise.all([...ids.filter((id) => !isMoving(id)).map(stay), move()]);
}
