import type { AttemptLike } from './attempt';
import type { Channel } from './dialler/channel';
import type { Access } from './dialler/dialler';
import type { AttemptRequest, Subscriber, UeConfig } from './protocol';
import type { SipSecurity } from './sip/security';

/** An open way to the P-CSCF, and how it is secured. */
export interface OpenWay {
  readonly channel: Channel;
  readonly security: SipSecurity;
}

/** What a UE needs to open its way to the P-CSCF. */
export interface WayContext {
  readonly request: AttemptRequest;
  readonly config: UeConfig;
  readonly subscriber: Subscriber;
  readonly access: Access;
  readonly attempt: AttemptLike;
}
