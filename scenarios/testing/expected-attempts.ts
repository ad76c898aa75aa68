import { entries, type Entry } from '../../harness/judge/testing/table';
import type { PlannedCell } from '../../harness/plan/plan';
import { isByConnect } from '../../ladder';

/**
 * Returns how each attempt of a cell on a built-in firewall should end, in the order in which the attempts are
 * made. This is reasoned from the table of the texts:
 *
 * - `relay` has rungs of its own. Every other scenario registers first, by the rung of the attempt. A
 *   rule that refuses the registration refuses the attempt, and no other rule does, because the
 *   attempt then begins nothing else.
 * - If the UE could register, its media find a way on each of these firewalls. At step 1 (only type 0 lets it
 *   register) and at step 2 (types 0-2) every port is open. At step 3 TURN goes by the port of the signalling,
 *   in the same kind of tunnel, and the firewall that would read it there (type 9 with a NULL suite) has
 *   already read the registration.
 * - `keepalive`, and a UE that moves, climb up to the first rung that passes; a UE that moves then climbs again on
 *   the other network. They take step 3 as the UE is configured, by the proxy if there is one (TS 33.203 W.2.1).
 */
export function expectedAttempts({ firewall, scenario, suite, to }: PlannedCell): string[] {
  const ladder = (on: string): Entry[] =>
    entries.filter(
      (entry) =>
        entry.firewall === on &&
        entry.suite === suite &&
        entry.scenario === (scenario === 'relay' ? 'relay' : 'register'),
    );
  const left = scenario === 'keepalive' || to !== undefined ? climbed(ladder(firewall)) : ladder(firewall);
  const there = to !== undefined && left.at(-1)?.verdict === 'passed' ? climbed(ladder(to)) : [];
  return [...left.map((entry) => endOf(entry)), ...there.map((entry) => `on ${to}, ${endOf(entry)}`)];
}

/** Returns the rungs that a UE tries if it stops at the first that passes. */
function climbed(ladder: readonly Entry[]): Entry[] {
  const hasProxy = ladder.some(({ rung }) => isByConnect(rung));
  const tried = ladder.filter(({ rung }) => !hasProxy || rung.step < 3 || isByConnect(rung));
  const passing = tried.findIndex(({ verdict }) => verdict === 'passed');
  return passing < 0 ? tried : tried.slice(0, passing + 1);
}

function endOf({ rung: { step, via }, verdict, refusal }: Entry): string {
  return `step ${step} by ${via}: ${verdict}${refusal === undefined ? '' : ` by ${refusal}`}`;
}
