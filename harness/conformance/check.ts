import type { Observed } from './observed';
import type { AnyRule, Rule, SightingKind } from './rule';
import type { Sighting } from './sighting';

/** How something that was seen breaks a rule. */
export interface Break extends Sighting {
  readonly why: string;
}

/** What a run says of a rule. */
export interface Finding {
  readonly rule: AnyRule;
  /** How often the rule was kept. */
  readonly held: number;
  /** Every break, in the order of time. */
  readonly breaks: readonly Break[];
}

/** Holds everything that was seen against a rule. */
export function check(rule: AnyRule, seen: Observed): Finding {
  // The kind of a rule and what its functions take belong together; see `rule`.
  const { of, about = () => true, breaks: breaksOf } = rule as unknown as Rule<SightingKind>;
  const breaks: Break[] = [];
  let held = 0;
  for (const one of seen[of]) {
    if (!about(one, seen)) continue;
    const why = breaksOf(one, seen);
    if (why === undefined) held += 1;
    else breaks.push({ capture: one.capture, frame: one.frame, at: one.at, why });
  }
  return { rule, held, breaks: breaks.sort((a, b) => a.at - b.at) };
}

/** `not seen`: nothing in the run was about the rule. */
export type Outcome = 'held' | 'broken' | 'not seen';

export function outcomeOf({ held, breaks }: Finding): Outcome {
  if (breaks.length > 0) return 'broken';
  return held > 0 ? 'held' : 'not seen';
}

/** Says whether a run fails by this finding: a broken SHOULD is only told. */
export const isFailure = (finding: Finding): boolean =>
  outcomeOf(finding) === 'broken' && finding.rule.level !== 'SHOULD';
