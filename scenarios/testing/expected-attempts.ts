import { entries, type Entry } from '../../harness/judge/testing/table';
import type { PlannedCell } from '../../harness/plan/plan';
import { isByConnect } from '../../ladder';

/**
 * What each attempt of a cell on built-in firewalls comes to, in the order in which they are made, reasoned from the table of
 * the texts:
 *
 * - A relayed address has rungs of its own. All else registers first, by the rung that it is an attempt of, so what refuses
 *   the registration refuses the attempt, and nothing else does: nothing else is begun.
 * - Where it could register, its media find a way on every one of these firewalls. At step 1 (only type 0 lets it register)
 *   and at step 2 (0-2) every port is open. At step 3 TURN goes by the port of the signalling, in the same kind of tunnel, and
 *   what would read it there (type 9 with a NULL suite) has read the registration.
 * - Keep-alives, and a UE that moves, climb up to the first rung that passes; the UE goes over from there and climbs again. By
 *   step 3 they go as the UE is configured: by the proxy where there is one (TS 33.203 W.2.1).
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

/** The rungs that a UE tries that stops at the first that passes. */
function climbed(ladder: readonly Entry[]): Entry[] {
  const hasProxy = ladder.some(({ rung }) => isByConnect(rung));
  const tried = ladder.filter(({ rung }) => !hasProxy || rung.step < 3 || isByConnect(rung));
  const passing = tried.findIndex(({ verdict }) => verdict === 'passed');
  return passing < 0 ? tried : tried.slice(0, passing + 1);
}

function endOf({ rung: { step, via }, verdict, refusal }: Entry): string {
  return `step ${step} by ${via}: ${verdict}${refusal === undefined ? '' : ` by ${refusal}`}`;
}
