import { AttemptFailure, asFailure } from '../failure';
import type { Call } from '../sip/call';

/**
 * Waits for what is done over a call, but no longer than the call stands.
 * @throws AttemptFailure `HUNG_UP` when the other end ended the call meanwhile, `FLOW_LOST` when its signalling failed, and
 *   what `work` throws
 */
export async function whileStanding<T>(call: Pick<Call, 'ended' | 'isOver'>, work: Promise<T>): Promise<T> {
  const early = call.ended.then(({ by, reason }): never => {
    throw new AttemptFailure(
      by === 'failure' ? 'FLOW_LOST' : 'HUNG_UP',
      `the call ended too early: ${reason}`,
    );
  });
  early.catch(() => undefined);
  try {
    return await Promise.race([work, early]);
  } catch (error) {
    // The end of a call closes its media, which may say so first: that is not the reason.
    return call.isOver && asFailure(error).code === 'ABANDONED' ? early : Promise.reject(asFailure(error));
  }
}
