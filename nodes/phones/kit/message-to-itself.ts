import { AttemptFailure } from '../../ue/failure';

/**
 * Waits for what shows that the network reaches a phone: the phone's message to itself. A phone that does not subscribe to
 * its registration (TS 24.229 5.1.1.3) gets no other request by which it would be seen.
 *
 * @throws AttemptFailure `UNTOLD`, since why the network does not reach it is more than a phone knows
 */
export async function reachedBy<T>(messageToItself: Promise<T>): Promise<T> {
  try {
    return await messageToItself;
  } catch (error) {
    throw error instanceof AttemptFailure && error.code !== 'INTERNAL'
      ? new AttemptFailure('UNTOLD', `registered, but its message to itself did not come: ${error.message}`)
      : error;
  }
}
