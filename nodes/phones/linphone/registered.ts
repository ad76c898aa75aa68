import type { Attempt } from '../../ue/attempt';
import type { ServiceRequest, UeConfig } from '../../ue/protocol';
import type { UeTimers } from '../../ue/timers';
import type { LinphoneDaemon } from './daemon';

/** A Linphone that has registered for an attempt. */
export interface Registered {
  readonly daemon: LinphoneDaemon;
  readonly request: ServiceRequest;
  readonly attempt: Attempt;
  readonly config: UeConfig;
  readonly timers: UeTimers;
}
