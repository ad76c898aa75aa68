import { isByConnect, type Rung } from '../ladder';
import type { AttemptReport } from '../nodes/ue/protocol';
import type { Scenario, ScenarioContext } from './scenario';

/**
 * Climbs the ladder of a scenario: the steps in order, the rungs of a step in order (the CR's enumeration 1 to 3).
 *
 * With `stop`, and in scenarios that climb up to the first rung, the next step is taken only when no rung of this one passed,
 * the next rung only when the one before failed, and step 3 goes by CONNECT when a proxy is configured, else directly: by
 * configuration and not by probing (TS 33.203 W.2.1). With `all` everything is measured, the direct way past a proxy too: that
 * it is shut is what makes CONNECT necessary (W.3.3).
 */
export async function climb(
  { ladder: rungs, climbs }: Pick<Scenario, 'ladder' | 'climbs'>,
  context: ScenarioContext,
  attempt: (rung: Rung) => Promise<AttemptReport>,
): Promise<void> {
  const ladder = climbs === 'first' ? 'stop' : context.ladder;
  for (const step of context.steps) {
    let passed = false;
    for (const rung of rungs.filter((one) => one.step === step && isOpenTo(one, { ...context, ladder }))) {
      if (passed && ladder === 'stop') break;
      passed = (await attempt(rung)).end === 'passed' || passed;
    }
    if (passed && ladder === 'stop') return;
  }
}

/** Whether a UE with this configuration tries that way at all. */
export function isOpenTo(rung: Rung, context: Pick<ScenarioContext, 'ladder' | 'hasProxy'>): boolean {
  if (isByConnect(rung)) return context.hasProxy;
  if (rung.step === 3 && context.hasProxy) return context.ladder === 'all';
  return true;
}
