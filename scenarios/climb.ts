import { isByConnect, ladderOf, type Rung } from '../ladder';
import type { AttemptReport } from '../nodes/ue/protocol';
import type { Scenario, ScenarioContext } from './scenario';

/**
 * Climbs the ladder of a scenario, with one security: it takes the steps in order, and the rungs of each step in order
 * (the CR's enumeration 1 to 3).
 *
 * With `stop`, and in scenarios that climb up to the first rung that passes, the UE takes the next step only if no
 * rung of this step passed, and the next rung only if the rung before failed. Step 3 goes by CONNECT if a proxy is
 * configured, otherwise directly: the configuration decides it, not probing (TS 33.203 W.2.1). With `all` every
 * rung is measured, the direct way past a proxy too, because CONNECT is only necessary if that way is shut (W.3.3).
 */
export async function climb(
  { ladder: rungs, climbs }: Pick<Scenario, 'ladder' | 'climbs'>,
  context: ScenarioContext,
  attempt: (rung: Rung) => Promise<AttemptReport>,
): Promise<void> {
  const ladder = climbs === 'first' ? 'stop' : context.ladder;
  const own = ladderOf(rungs, context.security);
  for (const step of context.steps) {
    let passed = false;
    for (const rung of own.filter((one) => one.step === step && isOpenTo(one, { ...context, ladder }))) {
      if (passed && ladder === 'stop') break;
      passed = (await attempt(rung)).end === 'passed' || passed;
    }
    if (passed && ladder === 'stop') return;
  }
}

/** Says whether a UE with this configuration tries a rung at all. */
export function isOpenTo(
  rung: Rung,
  context: Pick<ScenarioContext, 'ladder' | 'hasProxy' | 'transports'>,
): boolean {
  if (rung.transport === 'wss' && !context.transports?.includes('wss')) return false;
  if (isByConnect(rung)) return context.hasProxy;
  if (rung.step === 3 && context.hasProxy) return context.ladder === 'all';
  return true;
}
