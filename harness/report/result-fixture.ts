import { builtInCatalogue } from '../../firewalls/catalogue';
import { catalogueHash } from '../../firewalls/catalogue-hash';
import type { Step, SuiteId } from '../../ladder';
import { rungCalled } from '../../ladder/testing/rungs';
import {
  resultSchemaId,
  type AttemptResult,
  type CellResult,
  type ClaimResult,
  type Outcome,
  type RunResult,
  type Verdict,
} from '../judge/result';
import { knobsSchema } from '../../firewalls/knobs';
import { byRungsOf, origin, trace } from '../judge/testing/results';

/** Builders of results for tests. */

/** The knobs of a firewall that restricts nothing. */
export const knobs = knobsSchema.parse({});

/**
 * Builds an attempt from text such as `3 tls:443`, with its verdict, which is expected unless the test says
 * otherwise.
 */
export function attempt(
  rung: `${Step} ${string}`,
  verdict: Verdict,
  more: Partial<AttemptResult> = {},
): AttemptResult {
  const [step, via] = rung.split(' ') as [string, string];
  const witness: AttemptResult['witness'] =
    verdict === 'passed' ? { end: 'passed' } : { end: 'failed', code: 'TIMEOUT', text: 'timer F ran out' };
  return {
    id: `a-${step}-${via}-${more.round ?? 1}`,
    round: 1,
    ...rungCalled(Number(step) as Step, via),
    verdict,
    expected: verdict,
    ...trace(250),
    reason: verdict === 'passed' ? 'registered' : 'dropped by sip-ports',
    witness,
    evidence: [],
    ...more,
  };
}

/** Builds a cell from an id such as `6/register/null`. */
export function cell(
  id: `${string}/${string}/${SuiteId}`,
  attempts: AttemptResult[],
  traversedAt: Step | null,
  more: { expected?: Step | null; outcome?: Outcome } = {},
): CellResult {
  const [firewall, scenario, suite] = id.split('/') as [string, string, SuiteId];
  return {
    id,
    firewall,
    scenario,
    suite,
    security: 'digest',
    attempts: byRungsOf(scenario, attempts),
    traversedAt,
    expected: traversedAt,
    outcome: 'expected',
    ...more,
  };
}

export function claim(id: string, verdict: ClaimResult['verdict'], cells: string[]): ClaimResult {
  return { id, source: 'CR', statement: `Sentence ${id}`, verdict, cells };
}

/** Builds a run of these cells, with a summary that counts them. */
export function run(
  cells: CellResult[],
  claims: ClaimResult[] = [],
  more: Partial<RunResult['run']> = {},
): RunResult {
  const count = (outcome: Outcome): number => cells.filter((cell) => cell.outcome === outcome).length;
  return {
    schema: resultSchemaId,
    run: {
      id: 'r1',
      startedAt: '2025-01-02T03:04:05.000Z',
      durationMs: 1500,
      backend: 'netns',
      patience: 'evidence',
      timers: 'rfc',
      ladder: 'all',
      interrupted: false,
      kernel: '6.1.0',
      versions: { node: '20.19.0' },
      origins: [origin('r1')],
      boxes: [],
      plan: planOf(cells),
      firewalls: [
        { id: '0', title: 'open', source: 'the lab', confidence: 'control', knobs },
        {
          id: '3',
          title: 'no SIP ports',
          source: 'the CR',
          confidence: 'content likely, numbering a guess',
          knobs,
        },
        {
          id: '8',
          title: 'mandatory web proxy',
          source: 'the CR',
          confidence: 'content likely, numbering a guess',
          knobs,
        },
      ],
      ...more,
    },
    cells,
    claims,
    summary: {
      expected: count('expected'),
      unexpected: count('unexpected'),
      flaky: count('flaky'),
      inconclusive: count('inconclusive'),
      unsupported: count('unsupported'),
      skipped: count('skipped'),
    },
  };
}

/** Builds the plan that has just these cells. */
function planOf(cells: readonly CellResult[]): RunResult['run']['plan'] {
  const each = <T>(values: readonly T[]): T[] => [...new Set(values)];
  const firewalls = each(cells.map((one) => one.firewall));
  return {
    catalogue: { sha256: catalogueHash(builtInCatalogue), firewalls },
    firewalls,
    scenarios: each(cells.map(({ scenario }) => scenario)),
    suites: each(cells.map(({ suite }) => suite)),
    securities: each(cells.map(({ security }) => security)),
    steps: [1, 2, 3],
    repeat: 1,
  };
}
