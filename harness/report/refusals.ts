import { isSameRung, registrationLadder, relayRungs, rungOf, type Rung } from '../../ladder';
import { groupBy } from '../../kit/group-by';
import type { RunResult } from '../judge/result';
import { blockedBy } from '../judge/verdict';
import { ranges } from './words';

/** What a rule refused in a run. */
export interface Refusal {
  /** The firewalls on which it refused just this: `1, 2`. */
  readonly firewalls: string;
  /** Id of the rule, or what refused if it was no rule; with the suite, if it refused attempts with one only of several. */
  readonly rule: string;
  /** The rungs that it refused, in the order of the ladder: `1 udp:5060; 2 udp:5060, tls:5061`. */
  readonly rungs: string;
}

/** Lists what blocked the attempts of a run, all scenarios together, in the order of its firewalls. */
export function refusalsOf({ run, cells }: RunResult): Refusal[] {
  const blocked = cells.flatMap((cell) =>
    cell.attempts.flatMap((attempt) => {
      const rule = blockedBy(attempt);
      const firewall = attempt.at ?? cell.firewall;
      return rule === undefined ? [] : [{ firewall, rule, suite: cell.suite, rung: rungOf(attempt) }];
    }),
  );
  const ofEach = [...groupBy(blocked, ({ firewall, rule }) => `${firewall}\n${rule}`).values()].map((all) => {
    const { firewall, rule, suite } = all[0]!;
    const isOfOneSuite = run.plan.suites.length > 1 && all.every((other) => other.suite === suite);
    return {
      firewall,
      rule: isOfOneSuite ? `${rule} (${suite})` : rule,
      rungs: rungsWords(all.map(({ rung }) => rung)),
    };
  });
  const place = new Map(run.firewalls.map(({ id }, index) => [id, index]));
  const inOrder = ofEach.sort((a, b) => (place.get(a.firewall) ?? 0) - (place.get(b.firewall) ?? 0));
  const alike = groupBy(inOrder, ({ rule, rungs }) => `${rule}\n${rungs}`);
  return [...alike.values()].map((all) => ({
    firewalls: ranges(all.map(({ firewall }) => firewall)),
    rule: all[0]!.rule,
    rungs: all[0]!.rungs,
  }));
}

const ladder = [...registrationLadder, ...relayRungs];

function rungsWords(rungs: readonly Rung[]): string {
  const place = (rung: Rung): number => {
    const index = ladder.findIndex((other) => isSameRung(rung, other));
    return index < 0 ? ladder.length : index;
  };
  const inOrder = [...rungs].sort((a, b) => a.step - b.step || place(a) - place(b));
  // A way to the P-CSCF and one to the TURN server may have the same name.
  return [...groupBy(inOrder, ({ step }) => String(step))]
    .map(([step, all]) => `${step} ${[...new Set(all.map(({ via }) => via))].join(', ')}`)
    .join('; ');
}
