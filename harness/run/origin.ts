import { cpus, totalmem } from 'node:os';
import type { OriginResult } from '../judge/result';
import type { Plan } from '../plan/plan';
import { dropLagMs, proxyLagMs } from './evidence-lag';

/** How a run came about and where: what a stranger needs to do it again, beside the plan and the firewalls. */
export function originOf(
  { services }: Plan,
  about: Pick<OriginResult, 'run' | 'command' | 'tool'>,
): OriginResult {
  const { mediaSeconds, callsAtOnce, msrpBytes, idleSeconds } = services;
  const processors = cpus();
  return {
    ...about,
    machine: {
      processor: processors[0]?.model.trim() || 'unknown',
      processors: processors.length,
      memoryBytes: totalmem(),
    },
    services: { mediaSeconds, callsAtOnce, msrpBytes, idleSeconds },
    limits: { dropLagMs, proxyLagMs },
  };
}
