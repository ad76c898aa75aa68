import type { CellResult, RunResult } from '../judge/result';
import { firewallOf, groupBy } from './ladder-table';
import { attemptWords, firewallWords, problemWords, roundsOf } from './words';
import { element, toXml, type Element } from './xml';

/**
 * The result as JUnit XML: a suite for each firewall, a case for each cell. A cell fails when it is unexpected or
 * flaky; a block that was expected is a success.
 */
export function toJUnit(result: RunResult): string {
  const suites = [...groupBy(result.cells, (cell) => cell.firewall).values()].map((cells) =>
    suite(cells, result),
  );
  return toXml(element('testsuites', { name: 'nimsfw-lab', ...counts(result.cells) }, suites));
}

function suite(cells: readonly CellResult[], { run }: RunResult): Element {
  return element(
    'testsuite',
    {
      name: `firewall ${firewallWords(firewallOf(cells[0]!, run.firewalls))}`,
      timestamp: run.startedAt,
      ...counts(cells),
    },
    cells.map(testCase),
  );
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

function counts(cells: readonly CellResult[]): Element['attributes'] {
  return {
    tests: cells.length,
    failures: cells.filter((cell) => problemWords(cell) !== undefined).length,
    errors: 0,
    skipped: cells.filter((cell) => cell.outcome === 'skipped').length,
    time: time(cells),
  };
}

/** Seconds that the attempts took, one after the other. */
function time(cells: readonly CellResult[]): string {
  const attempts = cells.flatMap((cell) => cell.attempts);
  return (attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0) / 1000).toFixed(3);
}
