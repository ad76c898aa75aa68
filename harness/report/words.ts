import { builtInCatalogue } from '../../firewalls/catalogue';
import { catalogueHash } from '../../firewalls/catalogue-hash';
import { groupBy } from '../../kit/group-by';
import { oneLine } from '../../kit/one-line';
import { securityTitles, suites } from '../../ladder';
import { plural, seconds } from '../../kit/words';
import { knownProblems } from '../judge/known';
import type {
  AttemptResult,
  BoxResult,
  CellResult,
  ClaimResult,
  KnownDeviation,
  RunResult,
} from '../judge/result';
import { cellsOf, missingCells, type CellName } from '../judge/missing';
import { isUnexpected } from '../judge/outcome';
import type { LadderRow, RungResult } from './ladder-table';

export { oneLine };

/** Phrases that every report uses. */

/** Returns the suite of a cell or table, with the security unless that is the usual one: `aes`, or `aes, aka`. */
export const suiteWords = ({ suite, security }: Pick<CellResult, 'suite' | 'security'>): string =>
  security === 'digest' ? suite : `${suite}, ${security}`;

/** Returns what {@link suiteWords} is short for: `TLS_RSA_WITH_NULL_SHA, IMS AKA with IPsec at steps 1 and 2`. */
export const suiteTitle = ({ suite, security }: Pick<CellResult, 'suite' | 'security'>): string =>
  [suites[suite].name, ...(security === 'digest' ? [] : [securityTitles[security]])].join(', ');

/** Returns the title of a table: its scenario, suite and security, after the variant of the lab if there are several. */
export const tableTitle = ({
  variant,
  scenario,
  ...of
}: {
  readonly variant?: string | undefined;
  readonly scenario: string;
} & Pick<CellResult, 'suite' | 'security'>): string =>
  oneLine(`${variant === undefined ? '' : `${variant}: `}${scenario}, ${suiteWords(of)}`);

/** Returns `step 3`, or `none` if no step got through. */
export const stepWords = (step: number | null): string => (step === null ? 'none' : `step ${step}`);

/** Returns the step that got through, with the expected one if that differs: `none ! not 3`. */
export function traversedWords(cell: Pick<CellResult, 'traversedAt' | 'expected' | 'outcome'>): string {
  const words = traversedShort(cell);
  const differs = cell.outcome === 'unexpected' && cell.traversedAt !== cell.expected;
  return differs ? `${words} not ${cell.expected ?? 'none'}` : words;
}

/** Returns a short form of {@link traversedWords} for a narrow column. */
export function traversedShort(cell: Pick<CellResult, 'traversedAt' | 'outcome'>): string {
  if (['skipped', 'flaky', 'inconclusive', 'unsupported'].includes(cell.outcome)) return cell.outcome;
  return `${stepWords(cell.traversedAt)}${cell.outcome === 'unexpected' ? ' !' : ''}`;
}

/**
 * Returns `✗ blocked a`, `✓ passed`, of several repetitions `✓ passed 5/5` or `~ 2/3 ! b` (passed in two of three, not as
 * expected), or `-` (not tried).
 */
export function rungWords(result: RungResult | undefined): string {
  if (!result) return '-';
  const mark = { passed: '✓', blocked: '✗', mixed: '~', failed: '?', unsupported: '-', inconclusive: '?' };
  const rate = `${result.passed}/${result.of}`;
  const isRepeated = result.of > 1;
  const verdict = result.verdict === 'mixed' ? rate : `${result.verdict}${isRepeated ? ` ${rate}` : ''}`;
  return [mark[result.verdict], verdict, result.asExpected ? '' : '!', result.letter ?? '']
    .filter(Boolean)
    .join(' ');
}

/** The head of the column with the time until the step that got through. */
export const climbHead = 'until then';

/** Returns the time that a UE climbed until the step that got through, such as `64.2 s`. */
export const climbWords = ({ climbMs }: Pick<LadderRow, 'climbMs'>): string =>
  climbMs === undefined ? '-' : seconds(climbMs);

/** Says whether a run measured how long a UE climbs: only when it waited the timers out, as a UE does. */
export const isClimbMeasured = ({ run }: Pick<RunResult, 'run'>): boolean => run.patience === 'rfc';

/** Says what the column of that time is, or why there is none. */
export const climbLegend = (result: Pick<RunResult, 'run'>): string =>
  isClimbMeasured(result)
    ? `${climbHead}: what a UE that climbs waits before the step that gets through, with the timers ${result.run.timers}`
    : 'How long a UE climbs until then was not measured: that takes --patience rfc';

/** The meaning of the marks. */
export const legendWords =
  '✓ passed   ✗ blocked, and the letter of the reason   - not tried   ~ 1/2 passed in one of two rounds   ! not as expected';

/** Returns `8  mandatory web proxy`; a control whose title contains its id has the title alone. */
export const firewallWords = ({ id, title }: { id: string; title: string }): string =>
  oneLine(title === id || title.startsWith(`${id} `) ? title : `${id}  ${title}`);

/** Returns the rung of an attempt, with the shims that stood in for the phone: `step 3 connect:443 (shim: connect)`. */
export function wayWords({ step, via, shims = [] }: Pick<AttemptResult, 'step' | 'via' | 'shims'>): string {
  const by = shims.length > 0 ? ` (shim: ${shims.join(', ')})` : '';
  return `step ${step} ${via}${by}`;
}

/** Returns one line with the attempt's verdict, the expected one, the reason, and the UE's report. */
export function attemptWords(attempt: AttemptResult, rounds: number): string {
  const { verdict, expected, witness } = attempt;
  const round = rounds > 1 ? `round ${attempt.round}, ` : '';
  const against = isUnexpected(attempt)
    ? `, expected ${expected}`
    : verdict === expected
      ? ', as expected'
      : '';
  const said = [witness.end, witness.code, witness.text].filter(Boolean).join(' ');
  const place = attempt.at === undefined ? '' : `on ${attempt.at}, `;
  const words = `${round}${place}${wayWords(attempt)}: ${verdict}${against}: ${attempt.reason}`;
  return oneLine(
    verdict === 'passed' && witness.end === 'passed' ? words : `${words} (the UE said: ${said})`,
  );
}

/**
 * Returns the attempts that explain why a cell is not as expected: the unexpected ones, or else all of them.
 */
export function tellingAttempts(cell: CellResult): AttemptResult[] {
  const different = cell.attempts.filter(isUnexpected);
  return different.length > 0 ? different : [...cell.attempts];
}

/** Returns one line on what is wrong with a cell, and why that is known if it is; undefined if it is as expected. */
export function problemWords(
  cell: Pick<CellResult, 'traversedAt' | 'expected' | 'outcome' | 'known'>,
): string | undefined {
  const words = deviationWords(cell);
  return words === undefined || !cell.known ? words : `${words} (${knownWords(cell.known)})`;
}

function deviationWords(cell: Pick<CellResult, 'traversedAt' | 'expected' | 'outcome'>): string | undefined {
  if (cell.outcome === 'flaky') return 'its repetitions came to different verdicts';
  if (cell.outcome === 'inconclusive') return 'it could not be judged';
  if (cell.outcome !== 'unexpected') return undefined;
  const through =
    cell.traversedAt === null ? 'nothing got through' : `got through at step ${cell.traversedAt}`;
  if (cell.traversedAt === cell.expected)
    return `${through} as expected, but single attempts did not end as expected`;
  return `${through}, expected ${stepWords(cell.expected)}`;
}

/** Returns the reason of a known deviation: `known: the phone has no CONNECT, https://..., until 2026-12-31`. */
export const knownWords = ({ reason, issue, until }: NonNullable<CellResult['known']>): string =>
  oneLine(
    [
      'known: ' + reason,
      ...(issue === undefined ? [] : [issue]),
      ...(until === undefined ? [] : [`until ${until}`]),
    ].join(', '),
  );

/** Lists what is not right any more with the deviations that are known, a line each. */
export function knownProblemWords(result: RunResult): string[] {
  const { unmatched, past, gone, others } = knownProblems(result);
  const names = unmatched.map(({ cell }) => cell).join(', ');
  return [
    ...gone.map(({ cell }) => `known deviation ${cell} no longer deviates; remove it from known.yaml`),
    ...past.map(
      ({ cell, until }) => `known deviation ${cell} was known until ${until}; mend it, or set another day`,
    ),
    ...others.map(
      ({ cell, known }) =>
        `${cell.id} deviates otherwise than known: ${traversedWords(cell)}, and known is ${knownForm(known)}`,
    ),
    ...(unmatched.length === 0 ? [] : [`known deviations that name no cell of this run: ${names}`]),
  ].map((line) => oneLine(line));
}

const knownForm = ({ traversedAt, outcome }: KnownDeviation): string =>
  [
    outcome ?? 'unexpected or flaky',
    ...(traversedAt === undefined ? [] : [`with ${stepWords(traversedAt)}`]),
  ].join(' ');

/** Returns the highest round among the attempts of a cell. */
export const roundsOf = (cell: CellResult): number =>
  Math.max(0, ...cell.attempts.map((attempt) => attempt.round));

/** Names the cells that a claim rests on, and those that the phone or a box cannot do. */
export function basisWords({ cells, unsupported = [] }: ClaimResult): string {
  const basis = plural(cells.length, 'cell');
  return unsupported.length === 0 ? basis : `${basis}; ${unsupported.length} unsupported`;
}

/**
 * Lists what the tables say nothing of, since the phone or a box cannot do it, a line for each reason; empty if there is
 * nothing. Cells of which nothing was measured say so themselves.
 */
export function unmeasuredWords({ cells }: Pick<RunResult, 'cells'>): string[] {
  const lacking = cells
    .filter(({ outcome }) => outcome !== 'unsupported')
    .flatMap(({ id, attempts }) =>
      attempts
        .filter(({ verdict }) => verdict === 'unsupported')
        .map(({ step, reason }) => ({ id, step, reason })),
    );
  return [...groupBy(lacking, ({ reason }) => reason)].map(([reason, of]) => {
    const steps = [...new Set(of.map(({ step }) => step))].sort();
    const count = new Set(of.map(({ id }) => id)).size;
    const what = steps.length === 1 ? `Step ${steps[0]} was` : `Steps ${steps.join(' and ')} were`;
    return oneLine(`${what} not measured in ${plural(count, 'cell')}: ${reason}`);
  });
}

/** Returns the last line of every report. */
export function summaryWords({ run, cells, summary, claims }: RunResult): string {
  const count = (verdict: string): number => claims.filter((claim) => claim.verdict === verdict).length;
  const undecided = summary.inconclusive > 0 ? `${summary.inconclusive} inconclusive, ` : '';
  const beyond = summary.unsupported > 0 ? `${summary.unsupported} unsupported, ` : '';
  const known = summary.known === undefined ? '' : ` (${summary.known} of them known)`;
  return [
    `${plural(cells.length, 'cell')} in ${seconds(run.durationMs)}:`,
    `${summary.expected} expected, ${summary.unexpected} unexpected, ${summary.flaky} flaky, ${undecided}${beyond}${summary.skipped} skipped${known};`,
    `${plural(claims.length, 'claim')}: ${count('confirmed')} confirmed, ${count('contradicted')} contradicted, ${count('untested')} untested`,
  ].join(' ');
}

/** Returns the run's id, backend, kernel, patience, timers and ladder. */
export function runWords({ run }: RunResult): string {
  return [
    `run ${run.id}`,
    `backend ${run.backend}`,
    `kernel ${run.kernel}`,
    `patience ${run.patience}`,
    `timers ${run.timers}`,
    `ladder ${run.ladder}`,
  ].join(', ');
}

/** Says which boxes stood in the lab other than its own: `boxes: ue linphone 5.1.72, turn coturn-mine (image example/turn:1, sha256:...)`. */
export function boxesWords({ run }: { readonly run: Pick<RunResult['run'], 'boxes'> }): string {
  const others = run.boxes.filter(({ isReference }) => !isReference);
  return others.length === 0
    ? "boxes: the lab's own"
    : oneLine(`boxes: ${others.map((box) => `${box.place} ${boxName(box)}`).join(', ')}`);
}

/** Returns the name of a box with what identifies it: its version, or its image, command or interface. */
export function boxName({ name, version, image, digest, command, interface: at }: BoxResult): string {
  const origin = [
    ...(image === undefined ? [] : [`image ${image}`]),
    ...(digest === undefined ? [] : [digest]),
    ...(command === undefined ? [] : [`command ${command}`]),
    ...(at === undefined ? [] : [`interface ${at}`]),
  ];
  const words = version === undefined ? name : `${name} ${version}`;
  return origin.length === 0 ? words : `${words} (${origin.join(', ')})`;
}

/** The first line of a report on a run that a signal ended. */
export const interruptedWords =
  'Interrupted: this is a partial result; cells that were not finished are marked skipped.';

/** Lists the parts of the lab that failed, one line each. */
export const outageWords = ({ run }: RunResult): string[] =>
  (run.outages ?? []).map(({ node, code, text }) => oneLine(`Out of order: ${node}: ${text} [${code}]`));

/** Returns what is played in a cell, whatever the firewall and the lab: `register/aes`, `access-change to 8/aes/aka`. */
export const playedWords = ({ scenario, suite, security, to }: CellName): string =>
  [
    `${scenario}${to === undefined ? '' : ` to ${to}`}`,
    suite,
    ...(security === 'digest' ? [] : [security]),
  ].join('/');

/**
 * Lists the missing cells of a merged result, one line for each set of cells that several firewalls lack
 * together; empty when none is missing.
 */
export function missingWords(result: RunResult): string[] {
  const planned = groupBy(cellsOf(result.run.plan), ({ firewall }) => firewall);
  const ofFirewall = groupBy(missingCells(result), ({ firewall }) => firewall);
  const alike = new Map<string, string[]>();
  for (const [firewall, cells] of ofFirewall) {
    const names = cells.map(
      (cell) => `${cell.variant === undefined ? '' : `${cell.variant}/`}${playedWords(cell)}`,
    );
    const isAll = cells.length === planned.get(firewall)?.length;
    const what = isAll ? 'no run measured it' : `no run measured ${names.join(', ')}`;
    alike.set(what, [...(alike.get(what) ?? []), firewall]);
  }
  return [...alike].map(([what, firewalls]) => `Missing: firewall ${ranges(firewalls)}: ${what}`);
}

/** Says whether the firewalls of a result are the built-in ones, which are a reconstruction. */
export const isReconstruction = ({ run }: RunResult): boolean =>
  run.plan.catalogue.sha256 === catalogueHash(builtInCatalogue);

/** Says whether the firewalls of a result are the built-in ones or the user's. */
export const catalogueWords = (result: RunResult): string =>
  isReconstruction(result)
    ? reconstructionWords
    : "The firewalls are those of a catalogue of one's own (--catalogue); what it says of each:";

/** A note for every place that shows numbered types (the CR's own table is not available). */
const reconstructionWords =
  "The firewalls are this lab's reading: TR 33.830's own table of NIMSFW types 1-9 is not available. " +
  'What the change request (CR) itself says is under "Claims", source CR.';

/**
 * Groups the firewalls by the confidence of their description: `content likely, numbering a guess` for `1-8`.
 */
export function confidences(result: RunResult): { firewalls: string; confidence: string }[] {
  const groups = new Map<string, string[]>();
  for (const { id, confidence } of result.run.firewalls) {
    groups.set(confidence, [...(groups.get(confidence) ?? []), id]);
  }
  return [...groups].map(([confidence, ids]) => ({ firewalls: ranges(ids), confidence }));
}

/** Abbreviates `1, 2, 3, 5, closed` to `1-3, 5, closed`. */
export function ranges(ids: readonly string[]): string {
  const runs: string[][] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run && isNumber(id) && isNumber(run.at(-1)!) && Number(id) === Number(run.at(-1)) + 1) run.push(id);
    else runs.push([id]);
  }
  return runs.flatMap((run) => (run.length > 2 ? [`${run[0]}-${run.at(-1)}`] : run)).join(', ');
}

const isNumber = (id: string): boolean => /^\d+$/.test(id);
