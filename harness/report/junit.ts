import { groupBy } from '../../kit/group-by';
import { missingCells, type CellName } from '../judge/missing';
import { summaryOf } from '../judge/outcome';
import type { CellResult, ClaimResult, RunResult } from '../judge/result';
import { asText } from './as-text';
import { firewallOf } from './ladder-table';
import { playedWords, attemptWords, boxName, firewallWords, oneLine, problemWords, roundsOf } from './words';
import type { ReporterKind } from './reporter';
import { element, toXml, type Element } from './xml';

export const junit: ReporterKind = {
  name: 'junit',
  format: toJUnit,
  file: 'junit.xml',
  written: 'always',
  readBy: 'programs',
};

/**
 * Returns the result as JUnit XML: a test suite for each firewall with a case for each cell, and a test suite
 * of the claims that were decided. A cell fails when it is unexpected or flaky, a claim when it is
 * contradicted; an expected block is a success. A cell that is missing or could not be judged is an error.
 */
export function toJUnit(raw: RunResult): string {
  const result = asText(raw);
  const missing = groupBy(missingCells(result), (cell) => cell.firewall);
  const measured = groupBy(result.cells, (cell) => cell.firewall);
  const testSuites = [...new Set([...measured.keys(), ...missing.keys()])].map((firewall) =>
    testSuite(firewall, measured.get(firewall) ?? [], missing.get(firewall) ?? [], result),
  );
  const all = total([cellCounts(result.cells, [...missing.values()].flat()), claimCounts(result.claims)]);
  return toXml(
    element('testsuites', { name: 'nimsfw-lab', ...attributesOf(all) }, [
      ...testSuites,
      ...testSuiteOfClaims(result),
    ]),
  );
}

/**
 * Returns the claims with a verdict other than `untested`; an untested claim neither holds nor fails, so it is
 * no case.
 */
const decided = (claims: readonly ClaimResult[]): ClaimResult[] =>
  claims.filter(({ verdict }) => verdict !== 'untested');

function testSuiteOfClaims({ run, claims }: RunResult): Element[] {
  const cases = decided(claims).map(({ id, source, statement, verdict, cells, known }) => {
    const attributes = { classname: 'nimsfw.claims', name: oneLine(`${id} ${statement}`), time: time([]) };
    if (verdict === 'confirmed') return element('testcase', attributes, []);
    if (known)
      return element('testcase', attributes, [
        element('skipped', { message: 'contradicted by known deviations alone' }),
      ]);
    const message = oneLine(`contradicted: ${statement} (${source})`);
    return element('testcase', attributes, [
      element('failure', { type: verdict, message }, [`rests on ${cells.join(', ') || 'no cell'}`]),
    ]);
  });
  const about = { name: 'claims', timestamp: run.startedAt, ...attributesOf(claimCounts(claims)) };
  return cases.length > 0 ? [element('testsuite', about, cases)] : [];
}

function testSuite(
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
      ...attributesOf(cellCounts(cells, missing)),
    },
    [...properties(run), ...cells.map(testCase), ...missing.map(missingCase)],
  );
}

/** Says which boxes stood in the lab. */
function properties({ boxes }: RunResult['run']): Element[] {
  const all = boxes.map((box) =>
    element('property', { name: `box.${box.place}`, value: oneLine(boxName(box)) }, []),
  );
  return all.length > 0 ? [element('properties', {}, all)] : [];
}

function missingCase(cell: CellName): Element {
  const attributes = { ...nameOf(cell), time: time([]) };
  return element('testcase', attributes, [
    element('error', { type: 'missing', message: 'no run measured this cell' }),
  ]);
}

const nameOf = (cell: CellName): Element['attributes'] => ({
  classname: ['nimsfw', ...(cell.variant === undefined ? [] : [cell.variant]), cell.firewall].join('.'),
  name: playedWords(cell),
});

function testCase(cell: CellResult): Element {
  const attributes = { ...nameOf(cell), time: time([cell]) };
  const attempts = cell.attempts.map((attempt) => attemptWords(attempt, roundsOf(cell))).join('\n');
  const problem = problemWords(cell);
  if (cell.outcome === 'skipped') {
    return element('testcase', attributes, [
      element('skipped', { message: 'the run ended before this cell was finished' }),
    ]);
  }
  if (cell.outcome === 'unsupported') {
    return element('testcase', attributes, [
      element('skipped', { message: 'the phone does not support it' }),
      element('system-out', {}, [attempts]),
    ]);
  }
  // What CI shows best of a case that neither passed nor counts.
  if (problem && cell.known) {
    return element('testcase', attributes, [
      element('skipped', { message: problem }),
      element('system-out', {}, [attempts]),
    ]);
  }
  if (problem) {
    const name = cell.outcome === 'inconclusive' ? 'error' : 'failure';
    return element('testcase', attributes, [
      element(name, { type: cell.outcome, message: problem }, [attempts]),
    ]);
  }
  return element('testcase', attributes, attempts ? [element('system-out', {}, [attempts])] : []);
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly cells: readonly CellResult[];
}

function cellCounts(cells: readonly CellResult[], missing: readonly CellName[]): Counts {
  const of = summaryOf(cells.filter(({ known }) => !known));
  const known = cells.filter((cell) => cell.known).length;
  return {
    tests: cells.length + missing.length,
    failures: of.unexpected + of.flaky,
    errors: missing.length + of.inconclusive,
    skipped: of.skipped + of.unsupported + known,
    cells,
  };
}

function claimCounts(claims: readonly ClaimResult[]): Counts {
  const contradicted = claims.filter(({ verdict }) => verdict === 'contradicted');
  const skipped = contradicted.filter(({ known }) => known).length;
  const failures = contradicted.length - skipped;
  return { tests: decided(claims).length, failures, errors: 0, skipped, cells: [] };
}

function total(all: readonly Counts[]): Counts {
  const sum = (of: (one: Counts) => number): number => all.reduce((so, one) => so + of(one), 0);
  return {
    tests: sum(({ tests }) => tests),
    failures: sum(({ failures }) => failures),
    errors: sum(({ errors }) => errors),
    skipped: sum(({ skipped }) => skipped),
    cells: all.flatMap(({ cells }) => cells),
  };
}

function attributesOf({ tests, failures, errors, skipped, cells }: Counts): Element['attributes'] {
  return { tests, failures, errors, skipped, time: time(cells) };
}

/** Adds up the seconds of the attempts. */
function time(cells: readonly CellResult[]): string {
  const attempts = cells.flatMap((cell) => cell.attempts);
  return (attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0) / 1000).toFixed(3);
}
