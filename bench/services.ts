import type { RunResult } from '../harness/judge/result';
import { timeRun } from './default-run';
import { median } from '../kit/statistics';
import type { Figure } from './figure';

const services = ['call', 'message', 'msrp', 'keepalive', 'access-change'];

/**
 * The services: all five on all networks; what step 3 by CONNECT costs until the first RTP against step 1 on the open
 * network, one call after the other; and with calls on all networks at once, how well the UEs keep time.
 *
 * @param runs counted runs of each
 */
export async function measureServices(runs: number): Promise<Figure[]> {
  const walls: number[] = [];
  const overheads: number[] = [];
  const pacings: number[] = [];
  for (let run = 0; run < runs; run++) {
    walls.push((await timeRun(services)).wall);
    const calls = ['call', '--suite', 'aes', '--ladder', 'stop', '--calls-at-once'];
    const { result: alone } = await timeRun([...calls, '1', '--firewall', '0,8']);
    overheads.push(setUpOf(alone, '8') / setUpOf(alone, '0'));
    const { result: together } = await timeRun([...calls, '12']);
    pacings.push(Math.max(...measured(together, '', 'outgoing-pacing-p95')));
  }
  return [
    { name: 'five services', unit: 's', values: walls, limit: 90, wanted: 'below' },
    { name: 'first RTP: 8 by CONNECT against 0 at step 1', unit: 'times', values: overheads },
    {
      name: 'RTP pacing, calls on all networks, worst p95',
      unit: 'ms',
      values: pacings,
      limit: 1,
      wanted: 'below',
    },
  ];
}

/** From INVITE to the first RTP, ms. */
const setUpOf = (result: RunResult, firewall: string): number =>
  median(
    ['outgoing-time-to-media', 'incoming-time-to-media'].flatMap((name) => measured(result, firewall, name)),
  );

/** The values of a measurement, on one firewall or with '' on all. */
function measured({ cells }: RunResult, firewall: string, name: string): number[] {
  const attempts = cells.filter((cell) => firewall === '' || cell.firewall === firewall);
  return attempts.flatMap((cell) =>
    cell.attempts.flatMap(({ measurements = [] }) =>
      measurements.filter((one) => one.name === name).map(({ value }) => Number(value)),
    ),
  );
}
