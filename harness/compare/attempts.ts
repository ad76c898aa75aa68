import { groupBy } from '../../kit/group-by';
import { rungId } from '../../ladder';
import { kindOf } from '../evidence/evidence';
import { isUnexpected } from '../judge/outcome';
import type { AttemptResult, CellResult } from '../judge/result';
import { kindByFirst, type Change } from './comparison';

/** The attempts of all rounds of a cell at one rung on one network. */
export type Tries = readonly [AttemptResult, ...AttemptResult[]];

/** Returns the attempts of a cell by network and rung. */
export const triesOf = ({ attempts }: CellResult): Map<string, Tries> =>
  groupBy(attempts, (attempt) => [attempt.at, rungId(attempt)].join(' ')) as Map<string, [AttemptResult]>;

/** Returns `step 2 tls:5061`, or `step 2 tls:5061 on 8` of a network that the UE moved to. */
export const rungName = ([{ step, via, at }]: Tries): string =>
  `step ${step} ${via}${at === undefined ? '' : ` on ${at}`}`;

/**
 * Compares the attempts of a cell by network and rung: verdict, and what blocked it. Whether it ended as expected decides
 * what is worse; then whether it passed. Another rule that blocks is neither.
 *
 * @param isSamePlan false if the runs were not to try the same rungs; then one that only the one has is no change
 */
export function attemptChanges(before: CellResult, after: CellResult, isSamePlan: boolean): Change[] {
  const [then, now] = [triesOf(before), triesOf(after)];
  return [...new Set([...then.keys(), ...now.keys()])].flatMap((key): Change[] => {
    const [a, b] = [then.get(key), now.get(key)];
    const about = { about: 'attempt', id: after.id, part: rungName((b ?? a)!) } as const;
    const words = { before: triesWords(a), after: triesWords(b) };
    if (words.before === words.after) return [];
    if (a && b) return [{ kind: kindByFirst(...badness(a, b)), ...about, ...words }];
    return isSamePlan ? [{ kind: 'other', ...about, ...words }] : [];
  });
}

/** The measures of badness of two, the first first. */
const badness = (a: Tries, b: Tries): [number, number][] =>
  [isAnyUnexpected, lacking].map((measure) => [measure(a), measure(b)]);

const isAnyUnexpected = (tries: Tries): number => Number(tries.some(isUnexpected));

/** 0 if all rounds passed, 1 if some did, 2 if none. How many of some did is chance. */
function lacking(tries: Tries): number {
  if (tries.every(({ verdict }) => verdict === 'passed')) return 0;
  return tries.some(({ verdict }) => verdict === 'passed') ? 1 : 2;
}

/** Returns `passed`, `blocked by sip-ports`, `failed (TIMEOUT) !`, `flaky !`; the mark says that it was not expected. */
function triesWords(tries: Tries | undefined): string {
  if (!tries) return 'not tried';
  const verdicts = new Set(tries.map(({ verdict }) => verdict));
  const mark = isAnyUnexpected(tries) ? ' !' : '';
  if (verdicts.size > 1) return `flaky${mark}`;
  const [verdict] = verdicts;
  return `${verdict}${reasonWords(tries)}${mark}`;
}

function reasonWords(tries: Tries): string {
  const [{ verdict }] = tries;
  if (verdict === 'blocked') {
    const rules = new Set(tries.flatMap(refusals));
    return rules.size > 0 ? ` by ${[...rules].sort().join(', ')}` : '';
  }
  if (verdict !== 'failed') return '';
  const codes = new Set(tries.flatMap(({ witness }) => witness.code ?? []));
  return codes.size > 0 ? ` (${[...codes].sort().join(', ')})` : '';
}

/** Names all that refused an attempt or one of its ways. Which of several ways was refused last is chance. */
const refusals = ({ evidence, witness: { code = 'INTERNAL', ways = [] } }: AttemptResult): string[] =>
  evidence.flatMap((item) => {
    const kind = kindOf(item);
    const isRefusal = kind.explains(item, code) || ways.some((way) => kind.refuses(item, way));
    return (isRefusal && kind.brief(item)) || [];
  });
