import { AttemptFailure } from '../failure';
import type { Call } from '../sip/call';

/**
 * Waits for what is done over a call, but no longer than the call stands.
 * @throws AttemptFailure `HUNG_UP` when the other end ended the call meanwhile, `FLOW_LOST` when its signalling failed, and
 *   what `work` throws
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
