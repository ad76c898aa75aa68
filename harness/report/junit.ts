import { missingCells, type CellName } from '../judge/missing';
import type { CellResult, RunResult } from '../judge/result';
import { firewallOf, groupBy } from './ladder-table';
import { attemptWords, firewallWords, problemWords, roundsOf } from './words';
import { element, toXml, type Element } from './xml';

/**
 * The result as JUnit XML: a suite for each firewall, a case for each cell. A cell fails when it is unexpected or
 * flaky; a block that was expected is a success. A cell that is missing is an error.
 */
export function toJUnit(result: RunResult): string {
  const missing = groupBy(missingCells(result), (cell) => cell.firewall);
  const measured = groupBy(result.cells, (cell) => cell.firewall);
  const suites = [...new Set([...measured.keys(), ...missing.keys()])].map((firewall) =>
    suite(firewall, measured.get(firewall) ?? [], missing.get(firewall) ?? [], result),
  );
  const all = counts(result.cells, [...missing.values()].flat());
  return toXml(element('testsuites', { name: 'nimsfw-lab', ...all }, suites));
}

function suite(
  firewall: string,
  cells: readonly CellResult[],
  missing: readonly CellName[],
  { run }: RunResult,
): Element {
  return element(
    'testsuite',
    {
      name: `firewall ${firewallWords(firewallOf({ firewall }, run.firewalls))}`,
      timestamp: run.startedAt,
      ...counts(cells, missing),
    },
    [...cells.map(testCase), ...missing.map(missingCase)],
  );
}

function missingCase({ firewall, scenario, suite: of }: CellName): Element {
  const attributes = { classname: `nimsfw.${firewall}`, name: `${scenario}/${of}`, time: time([]) };
  return element('testcase', attributes, [
    element('error', { type: 'missing', message: 'no run measured this cell' }),
  ]);
}

function testCase(cell: CellResult): Element {
  const attributes = {
    classname: `nimsfw.${cell.firewall}`,
    name: `${cell.scenario}${cell.to === undefined ? '' : ` to ${cell.to}`}/${cell.suite}`,
    time: time([cell]),
  };
  const attempts = cell.attempts.map((attempt) => attemptWords(attempt, roundsOf(cell))).join('\n');
  const problem = problemWords(cell);
  if (cell.outcome === 'skipped') {
    return element('testcase', attributes, [
      element('skipped', { message: 'the run ended before this cell' }),
    ]);
  }
  if (problem) {
    return element('testcase', attributes, [
      element('failure', { type: cell.outcome, message: problem }, [attempts]),
    ]);
  }
  return element('testcase', attributes, attempts ? [element('system-out', {}, [attempts])] : []);
}

function counts(cells: readonly CellResult[], missing: readonly CellName[]): Element['attributes'] {
  return {
    tests: cells.length + missing.length,
    failures: cells.filter((cell) => problemWords(cell) !== undefined).length,
    errors: missing.length,
    skipped: cells.filter((cell) => cell.outcome === 'skipped').length,
    time: time(cells),
  };
}

/** Seconds that the attempts took, one after the other. */
function time(cells: readonly CellResult[]): string {
  const attempts = cells.flatMap((cell) => cell.attempts);
  return (attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0) / 1000).toFixed(3);
}
