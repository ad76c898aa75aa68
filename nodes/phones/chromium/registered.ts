import type { Attempt } from '../../ue/attempt';
import { AttemptFailure } from '../../ue/failure';
import { printable } from '../../ue/excerpt';
import type { ServiceRequest, UeConfig } from '../../ue/protocol';
import type { UeTimers } from '../../ue/timers';
import type { Browser, Told } from './browser';
import type { PageEvent, Refused } from './page-protocol';

/** A Chromium that has registered for an attempt. */
export interface Registered {
  readonly browser: Browser;
  readonly request: ServiceRequest;
  readonly attempt: Attempt;
  readonly config: UeConfig;
  readonly timers: UeTimers;
}

/**
 * Returns the event of the page that is told, if it is of this type.
 * @throws AttemptFailure why it will not come any more: the flow is lost, or a request was refused
 */
export function eventIn<T extends PageEvent['type']>(
  told: Told,
  type: T,
): Extract<PageEvent, { type: T }> | undefined {
  if (told.kind === 'lost') throw told.failure;
  if (told.kind !== 'page') return undefined;
  if (told.event.type === 'refused') throw refusal(told.event);
  return told.event.type === type ? (told.event as Extract<PageEvent, { type: T }>) : undefined;
}

/** Returns the failure of a request that had another end than a 2xx. */
function refusal({ method, cause, status }: Refused): AttemptFailure {
  if (status !== undefined)
    return new AttemptFailure('SIP_REFUSED', `${method} was answered with ${printable(status)}`);
  const code = cause === 'Request Timeout' ? 'TIMEOUT' : 'UNTOLD';
  return new AttemptFailure(code, `${method}: ${printable(cause)}`);
}
