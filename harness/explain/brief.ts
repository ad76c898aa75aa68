import { groupBy } from '../../kit/group-by';
import { isUnexpected } from '../judge/outcome';
import type { AttemptResult, CellResult, Outcome } from '../judge/result';
import { blockedBy, decidingItem } from '../judge/verdict';
import { oneLine } from '../../kit/one-line';
import { ranges } from '../report/words';

/**
 * Returns the reason of a cell in a few words, for a cell of a table that has the step that got through: of each step that did not,
 * the rule that refused its last attempt, as `1: udp-not-allowed; 2: sip-ports`; empty if nothing below was refused. Pure.
 */
export const briefOf = (cell: CellResult): string => oneLine(outcomeBriefs[cell.outcome](cell));

const outcomeBriefs: Readonly<Record<Outcome, (cell: CellResult) => string>> = {
  expected: throughBrief,
  unexpected: (cell) => {
    if (cell.traversedAt === cell.expected) return reasonBrief(cell.attempts.filter(isUnexpected));
    const reason = reasonBrief(attemptsThere(cell).filter(isUnexpected));
    return [`not ${cell.expected ?? 'none'}`, reason].filter(Boolean).join('; ');
  },
  flaky: (cell) => {
    const rounds = new Map<number, boolean>();
    for (const { round, verdict } of attemptsThere(cell))
      rounds.set(round, rounds.get(round) === true || verdict === 'passed');
    const passed = [...rounds.values()].filter(Boolean).length;
    return `flaky, through in ${passed} of ${rounds.size}`;
  },
  inconclusive: (cell) => reasonBrief(cell.attempts.filter(({ verdict }) => verdict === 'inconclusive')),
  unsupported: () => 'not possible',
  skipped: () => 'not measured',
};

/** Returns the attempts on the network that the UE moves to, or all of them if it does not move or never came there. */
export function attemptsThere({ attempts, to }: CellResult): readonly AttemptResult[] {
  const there = attempts.filter(({ at }) => at === to);
  return there.length > 0 ? there : attempts;
}

function throughBrief(cell: CellResult): string {
  const { traversedAt } = cell;
  const below = attemptsThere(cell).filter(
    ({ step, verdict }) =>
      step < (traversedAt ?? Infinity) && verdict !== 'passed' && verdict !== 'unsupported',
  );
  return reasonBrief(below);
}

/** Returns the reason of each step, that of its last attempt, steps of one reason together: `1: udp-not-allowed; 2, 3: sip-ports`. */
function reasonBrief(attempts: readonly AttemptResult[]): string {
  const reasons = new Map(attempts.map((attempt) => [attempt.step, attemptBrief(attempt)]));
  const steps = groupBy([...reasons].sort(), ([, reason]) => reason);
  return [...steps]
    .map(([reason, of]) => `${ranges(of.map(([step]) => String(step)))}: ${reason}`)
    .join('; ');
}

/** Returns why an attempt ended so in a word or two: the rule, if one decided. */
export function attemptBrief(attempt: AttemptResult): string {
  const { verdict, witness, evidence } = attempt;
  switch (verdict) {
    case 'passed':
      return 'got through';
    case 'blocked':
      return blockedBy(attempt) ?? 'blocked';
    case 'failed':
      return `failed, ${witness.code ?? 'unheard'}`;
    case 'unsupported':
      return 'not possible';
    case 'inconclusive': {
      const item = decidingItem(witness, evidence);
      return item?.kind === 'outage' ? `${item.node} was down` : 'not judged';
    }
  }
}
