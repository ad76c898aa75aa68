import { groupBy } from '../../kit/group-by';
import {
  isSameRung,
  registrationLadder,
  relayRungs,
  rungOf,
  steps,
  type Rung,
  type Step,
} from '../../ladder';
import { isUnexpected } from '../judge/outcome';
import type { AttemptResult, CellResult, Outcome, RunResult, Verdict } from '../judge/result';
import { climbTime } from './climb-time';

type Firewall = Pick<RunResult['run']['firewalls'][number], 'id' | 'title' | 'source' | 'confidence'>;

/** The result of one rung of one cell, all repetitions together. */
export interface RungResult {
  readonly rung: Rung;
  /** `mixed` if repetitions differ. */
  readonly verdict: Verdict | 'mixed';
  /** Number of repetitions that passed; `of` is the number of all. */
  readonly passed: number;
  readonly of: number;
  /** False if any repetition ended otherwise than the firewall's knobs let one expect. */
  readonly asExpected: boolean;
  /** Letter of the reason in {@link LadderTable.reasons}; missing if the rung passed. */
  readonly letter?: string;
}

/** One firewall's way up the ladder. */
export interface LadderRow {
  readonly firewall: Firewall;
  /** In the order of {@link LadderTable.rungs}; undefined for a rung that the UE did not try. */
  readonly results: readonly (RungResult | undefined)[];
  readonly traversedAt: Step | null;
  readonly expected: Step | null;
  readonly outcome: Outcome;
  /** See {@link climbTime}; undefined also if the run did not wait the timers out. */
  readonly climbMs: number | undefined;
}

/** The table of a scenario with one suite and security: a row for each firewall, a column for each rung. */
export interface LadderTable {
  /** The variant of the lab; undefined if there is one lab only. */
  readonly variant: string | undefined;
  readonly scenario: string;
  readonly suite: CellResult['suite'];
  readonly security: CellResult['security'];
  readonly rungs: readonly Rung[];
  readonly rows: readonly LadderRow[];
  /** The reasons for which rungs did not pass, each of them once. */
  readonly reasons: readonly { readonly letter: string; readonly text: string }[];
}

/** Makes the tables of a run, in the order in which its variants, scenarios and suites were run. */
export function ladderTables(result: RunResult): LadderTable[] {
  const groups = groupBy(result.cells, (cell) =>
    [cell.variant, cell.scenario, cell.suite, cell.security].join('\n'),
  );
  return [...groups.values()].map((cells) => ladderTable(cells, result.run));
}

function ladderTable(
  cells: readonly CellResult[],
  { firewalls, patience }: Pick<RunResult['run'], 'firewalls' | 'patience'>,
): LadderTable {
  const { variant, scenario, suite, security } = cells[0]!;
  const rungs = rungsOf(cells);
  const letters = new Map<string, string>();
  const letterOf = (reason: string): string => {
    const letter = letters.get(reason) ?? letterAt(letters.size);
    letters.set(reason, letter);
    return letter;
  };
  const hasProxy = (id: string): boolean =>
    (firewalls.find((one) => one.id === id)?.knobs.proxy ?? 'none') !== 'none';
  const rows = cells.map((cell) => ({
    firewall: firewallOf(cell, firewalls),
    results: rungs.map((rung) =>
      rungResult(rung, attemptsThere(cell), (reason) =>
        letterOf(withoutNodeIds(reason, cell.to ?? cell.firewall)),
      ),
    ),
    traversedAt: cell.traversedAt,
    expected: cell.expected,
    outcome: cell.outcome,
    climbMs:
      patience === 'rfc' ? climbTime(attemptsThere(cell), hasProxy(cell.to ?? cell.firewall)) : undefined,
  }));
  const reasons = [...letters].map(([text, letter]) => ({ letter, text }));
  return { variant, scenario, suite, security, rungs, rows, reasons };
}

/** Returns the attempts on the network that the UE moves to, or all of them if it does not move. */
const attemptsThere = ({ attempts, to }: CellResult): readonly AttemptResult[] =>
  to === undefined ? attempts : attempts.filter(({ at }) => at === to);

function rungResult(
  rung: Rung,
  all: readonly AttemptResult[],
  letterOf: (reason: string) => string,
): RungResult | undefined {
  const attempts = all.filter((attempt) => isSameRung(attempt, rung));
  const [first] = attempts;
  if (!first) return undefined;
  const passed = attempts.filter((attempt) => attempt.verdict === 'passed').length;
  const told =
    attempts.find((attempt) => attempt.verdict !== 'passed' && isUnexpected(attempt)) ??
    attempts.find((attempt) => attempt.verdict !== 'passed');
  return {
    rung,
    verdict: attempts.every((attempt) => attempt.verdict === first.verdict) ? first.verdict : 'mixed',
    passed,
    of: attempts.length,
    asExpected: !attempts.some(isUnexpected),
    ...(told ? { letter: letterOf(told.reason) } : {}),
  };
}

/**
 * Turns `fw-6 denied...` into `the firewall denied...`. The row names the firewall, and equal reasons share a
 * letter.
 */
export function withoutNodeIds(reason: string, firewall: string): string {
  // An id may come from outside, and is no pattern.
  const id = firewall.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const whole = (kind: string): RegExp => new RegExp(`(?<![\\w-])${kind}-${id}(?![\\w-])`, 'g');
  return reason.replace(whole('fw'), 'the firewall').replace(whole('proxy'), 'the proxy');
}

/** Returns the rungs that were tried, in the order of a known ladder, else by step as they were first tried. */
function rungsOf(cells: readonly CellResult[]): Rung[] {
  const tried: Rung[] = [];
  for (const attempt of cells.flatMap(attemptsThere)) {
    if (!tried.some((rung) => isSameRung(rung, attempt))) tried.push(rungOf(attempt));
  }
  const ladder = [registrationLadder, relayRungs].find((known) =>
    tried.every((rung) => known.some((other) => isSameRung(rung, other))),
  );
  if (ladder) return ladder.filter((rung) => tried.some((other) => isSameRung(rung, other)));
  return steps.flatMap((step) => tried.filter((rung) => rung.step === step));
}

/**
 * Returns a firewall as the run describes it, or by its id alone without a description. If the UE moves, it
 * names both: `0 > 8`.
 */
export function firewallOf(
  cell: Pick<CellResult, 'firewall' | 'to'>,
  firewalls: readonly Firewall[],
): Firewall {
  const known = (id: string): Firewall =>
    firewalls.find((firewall) => firewall.id === id) ?? { id, title: '', source: '', confidence: '' };
  const from = known(cell.firewall);
  if (cell.to === undefined) return from;
  const to = known(cell.to);
  return { ...to, id: `${from.id} > ${to.id}`, title: `${from.title} > ${to.title}` };
}

/** Returns a to z, then aa, ab... */
function letterAt(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letterAt(Math.floor(index / 26) - 1) + last;
}
