import type { Security } from '../../ladder';
import { openByAka } from './aka/open';
import type { AttemptLike } from './attempt';
import type { Channel } from './dialler/channel';
import { dial, type Access } from './dialler/dialler';
import type { AttemptRequest, Subscriber, UeConfig } from './protocol';
import { wayToPcscf } from './server-ways';
import { digestSecurity } from './sip/digest-security';
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

/** How the way is opened, by the security of the rung. */
const openers: Readonly<Record<Security, (context: WayContext) => Promise<OpenWay>>> = {
  digest: async ({ request, config, subscriber, access, attempt }) => {
    const channel = await dial(wayToPcscf(request, config), access, attempt);
    return { channel, security: digestSecurity(channel, subscriber, request.step) };
  },
  aka: openByAka,
};

/** Opens the way to the P-CSCF by the rung of an attempt. @throws AttemptFailure */
export const openPcscf = (context: WayContext): Promise<OpenWay> =>
  openers[context.request.security](context);
