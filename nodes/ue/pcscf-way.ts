import type { Security } from '../../ladder';
import { openByAka } from './aka/open';
import { dial } from './dialler/dialler';
import type { OpenWay, WayContext } from './open-way';
import { wayToPcscf } from './server-ways';
import { digestSecurity } from './sip/digest-security';

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
