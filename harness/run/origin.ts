import { cpus, totalmem } from 'node:os';
import { optionsOf, scenarios } from '../../scenarios';
import { valueOf } from '../../scenarios/option';
import type { OriginResult } from '../judge/result';
import type { Plan } from '../plan/plan';
import { dropLagMs, proxyLagMs } from './evidence-lag';

/**
 * Returns where and how a run was made, which another person needs to repeat it, beside the plan and the
 * firewalls.
 */
export function originOf(plan: Plan, about: Pick<OriginResult, 'run' | 'command' | 'tool'>): OriginResult {
  const options = optionsOf([...scenarios, ...plan.scenarios]);
  const processors = cpus();
  return {
    ...about,
    machine: {
      processor: processors[0]?.model.trim() || 'unknown',
      processors: processors.length,
      memoryBytes: totalmem(),
    },
    services: Object.fromEntries(options.map((option) => [option.name, valueOf(plan.options, option)])),
    limits: { dropLagMs, proxyLagMs },
  };
}
