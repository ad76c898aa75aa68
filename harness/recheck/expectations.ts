import type { Knobs } from '../../firewalls/knobs';
import { rungOf } from '../../ladder';
import { scenarioCalled } from '../../scenarios';
import type { Scenario } from '../../scenarios/scenario';
import { attemptExpectation, expectedStepOfCell } from '../judge/expectation';
import { expectedOf } from '../judge/outcome';
import type { CellResult, RunResult } from '../judge/result';
import type { Disagreement } from './differences';

/**
 * Holds what a run expected against what this version of the lab expects of the same knobs. Scenarios of the user are left
 * out, since a result does not store which sessions they have.
 */
export function wrongExpectations({ run, cells }: RunResult): Disagreement[] {
  const { firewalls, plan } = run;
  const knobsOf = (wanted: string): Knobs | undefined => firewalls.find(({ id }) => id === wanted)?.knobs;
  return cells.flatMap((cell) => {
    const isOwn = plan.ownScenarios?.some(({ id }) => id === cell.scenario) ?? false;
    const scenario = isOwn ? undefined : scenarioCalled(cell.scenario);
    return scenario ? [...ofAttempts(cell, scenario, knobsOf), ...ofCell(cell, scenario, knobsOf, plan)] : [];
  });
}

type KnobsOf = (firewall: string) => Knobs | undefined;

function ofAttempts(
  { attempts, firewall, suite }: CellResult,
  scenario: Scenario,
  knobsOf: KnobsOf,
): Disagreement[] {
  return attempts.flatMap((attempt) => {
    const { id, at = firewall, expected } = attempt;
    const knobs = knobsOf(at);
    const { verdict = expected } = knobs ? attemptExpectation(knobs, scenario, rungOf(attempt), suite) : {};
    return verdict === expected ? [] : [differing(id, expected, verdict, at)];
  });
}

function ofCell(
  cell: CellResult,
  scenario: Scenario,
  knobsOf: KnobsOf,
  { steps }: RunResult['run']['plan'],
): Disagreement[] {
  const { id, attempts, firewall, to, expected } = cell;
  if (!knobsOf(firewall) || (to !== undefined && !knobsOf(to))) return [];
  const step = expectedOf(
    expectedStepOfCell(cell, scenario, (one) => knobsOf(one)!, steps),
    attempts,
    to,
  );
  return step === expected ? [] : [differing(id, expected, step, to ?? firewall)];
}

const differing = (id: string, stored: unknown, right: unknown, firewall: string): Disagreement => ({
  id,
  text: `expected is ${JSON.stringify(stored)} as stored, and ${JSON.stringify(right)} by the knobs of firewall ${firewall}`,
});
