import { AttemptFailure } from '../failure';
import type { Call } from '../sip/call';

/**
 * Waits for work that is done over a call, but no longer than the call lasts.
 * @throws AttemptFailure `HUNG_UP` if the call was ended meanwhile, `FLOW_LOST` if its signalling
 *   failed, and what `work` throws
 */
export function whileStanding<T>(call: Call, work: Promise<T>): Promise<T> {
  const early = call.ended.then(({ by, reason }): never => {
    throw new AttemptFailure(
      by === 'failure' ? 'FLOW_LOST' : 'HUNG_UP',
      `the call ended too early: ${reason}`,
    );
  });
  early.catch(() => undefined);
  return Promise.race([work, early]);
}
