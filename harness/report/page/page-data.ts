import type { PageCell, PageClaim, PageData, PageMeasurementKind, PageRun } from 'nimsfw-result-page';
import type { Step } from '../../../ladder';
import { measurementKind } from '../../../nodes/ue/measurements/catalogue';
import { scenariosOf } from '../../judge/known-scenarios';
import type { CellResult, ClaimResult, RunResult } from '../../judge/result';
import { standingOf } from '../../judge/standing';
import {
  catalogueWords,
  confidences,
  interruptedWords,
  knownProblemWords,
  missingWords,
  outageWords,
  summaryWords,
  suiteTitle,
  suiteWords,
  unmeasuredWords,
} from '../words';
import { pageCell } from './cell';
import { pageFacts } from './facts';
import { pageFirewall } from './firewalls';
import type { PageSources } from './page-sources';

const stepTitles: Readonly<Record<Step, string>> = {
  1: 'normal procedures',
  2: 'NAT-traversal alternative',
  3: 'TLS on port 443',
};

/** Arranges a result for the page that shows it. Pure, apart from the files that it is given. */
export function pageDataOf(result: RunResult, sources: PageSources): PageData {
  const { run, cells, claims } = result;
  const { begun, files } = sources;
  const own = scenariosOf(run.plan);
  return {
    run: pageRun(result, begun !== undefined),
    notes: [
      catalogueWords(result),
      ...confidences(result).map(({ firewalls, confidence }) => `${firewalls}: ${confidence}`),
      ...unmeasuredWords(result),
    ],
    warnings: [
      ...(run.interrupted && !begun ? [interruptedWords] : []),
      ...outageWords(result),
      ...(begun ? [] : [...missingWords(result), ...knownProblemWords(result)]),
    ],
    facts: pageFacts(result),
    firewalls: run.firewalls.map((firewall) => pageFirewall(firewall, files)),
    scenarios: unique(cells.map(({ scenario }) => scenario)).map((id) => ({
      id,
      title: own.find((known) => known.id === id)?.title ?? id,
    })),
    suites: unique(cells.map(suiteWords)).map((id) => {
      const cell = cells.find((one) => suiteWords(one) === id)!;
      return { id, title: suiteTitle(cell) };
    }),
    variants: unique(cells.flatMap(({ variant }) => variant ?? [])),
    steps: run.plan.steps.map((step) => ({ step, title: stepTitles[step] })),
    cells: pageCells(cells, result, sources),
    claims: claims.map(pageClaim),
    measurements: unique(
      cells.flatMap(({ attempts }) =>
        attempts.flatMap(({ measurements = [] }) => measurements.map(({ name }) => name)),
      ),
    ).flatMap((name) => pageMeasurement(name)),
  };
}

/** Arranges some cells of a result for its page. */
export const pageCells = (
  cells: readonly CellResult[],
  result: RunResult,
  sources: PageSources,
): PageCell[] => cells.map((cell) => unended(pageCell(cell, result, sources), sources.begun));

function pageRun(result: RunResult, goesOn: boolean): PageRun {
  const { run } = result;
  return {
    id: run.id,
    startedAt: Date.parse(run.startedAt),
    durationMs: run.durationMs,
    isOver: !goesOn,
    isInterrupted: run.interrupted && !goesOn,
    command: ['npx nimsfw', ...(run.origins[0]?.command ?? ['run'])].join(' '),
    summary: summaryWords(result),
    isAsExpected: standingOf(result) === 'expected',
  };
}

/** A result calls a cell that has not ended `skipped`, since the run may be over. In a run that goes on it waits or plays. */
const unended = (cell: PageCell, begun: ReadonlySet<string> | undefined): PageCell =>
  begun && cell.outcome === 'skipped'
    ? { ...cell, outcome: begun.has(cell.id) ? 'running' : 'pending' }
    : cell;

const pageClaim = ({ id, source, statement, verdict, cells, unsupported = [] }: ClaimResult): PageClaim => ({
  ...{ id, source, statement, verdict, cells, unsupported },
});

/** The definition of a measurement. One that a user's own program made has none. */
function pageMeasurement(name: string): PageMeasurementKind[] {
  const kind = measurementKind(name);
  return kind ? [{ name, unit: kind.unit, definition: kind.definition, howMeasured: kind.howMeasured }] : [];
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
