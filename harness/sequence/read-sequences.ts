import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupBy } from '../../kit/group-by';
import { espKeysIn } from '../../nodes/ipsec/esp-sa';
import { captureNames, coreCaptureName, espSaName, keyLogName } from '../evidence/capture-names';
import { TlsKeyLog } from '../evidence/tls-key-log';
import type { AttemptResult, CellResult, RunResult } from '../judge/result';
import { Parties } from './parties';
import { readNetwork } from './read-network';
import type { Sequence } from './sequence';

/**
 * Reads what the attempts of a run sent and received from the captures in its folder. A capture that is missing or torn
 * is told in the sequences of its attempts, which have what there is.
 * @param folder the run's folder; in a run over variants of the lab it has a folder of each
 * @param result the run's result, or one with some of its cells, such as those of a network that has ended
 * @returns a sequence of each attempt, by its id
 */
export async function readSequences(
  folder: string,
  { run, cells }: Pick<RunResult, 'run' | 'cells'>,
): Promise<Map<string, Sequence>> {
  const parties = new Parties({ run });
  const all = new Map<string, Sequence>();
  for (const group of groupBy(cells, ({ variant = '' }) => variant).values()) {
    const place = join(folder, group[0]?.variant ?? '');
    const keys = new TlsKeyLog(keysIn(place, keyLogName));
    const esp = espKeysIn(keysIn(place, espSaName));
    for (const [firewall, attempts] of attemptsByNetwork(group)) {
      const facts = run.firewalls.find(({ id }) => id === firewall);
      const network = parties.of(firewall);
      if (!facts || !network) continue;
      const sequences = await readNetwork({
        ...{ folder: place, captures: captureNames(facts), core: coreCaptureName, attempts },
        scene: { parties, network, keys, esp },
      });
      for (const [id, sequence] of sequences) all.set(id, sequence);
    }
  }
  return all;
}

/** Groups attempts by the firewall behind which they were made. */
function attemptsByNetwork(cells: readonly CellResult[]): Map<string, AttemptResult[]> {
  const all = cells.flatMap(({ firewall, attempts }) =>
    attempts.map((attempt) => ({ firewall: attempt.at ?? firewall, attempt })),
  );
  const groups = groupBy(all, ({ firewall }) => firewall);
  return new Map([...groups].map(([firewall, group]) => [firewall, group.map(({ attempt }) => attempt)]));
}

/** Without its keys a run is read all the same, and what they open stays closed. */
function keysIn(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'latin1');
  } catch {
    return '';
  }
}
