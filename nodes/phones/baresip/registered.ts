import type { Attempt } from '../../ue/attempt';
import type { ServiceRequest, Subscriber, UeConfig } from '../../ue/protocol';
import type { UeTimers } from '../../ue/timers';
import type { Baresip } from './process';

/** A baresip that has registered for an attempt. */
export interface Registered {
  readonly baresip: Baresip;
  readonly request: ServiceRequest;
  readonly attempt: Attempt;
  readonly config: UeConfig;
  readonly subscriber: Subscriber;
  readonly timers: UeTimers;
}

/** Milliseconds that a call talks if the request does not say. */
export const defaultMediaMs = 3000;
