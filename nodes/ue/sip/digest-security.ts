import type { Step } from '../../../ladder';
import type { Channel } from '../dialler/channel';
import type { Subscriber } from '../protocol';
import { networkFailure } from './network-authentication';
import type { Hop, SipSecurity } from './security';

/**
 * Returns how SIP takes a way without a security agreement. In step 1 the UE knows no NAT traversal beyond `rport` and
 * `keep` (TS 24.229 5.1.1.2.1 d).
 */
export const hopOf = ({ transport, local }: Pick<Channel, 'transport' | 'local'>, step: Step): Hop => ({
  sentBy: local,
  rport: true,
  outbound: step !== 1,
  isProtected: transport === 'tls',
  agreement: [],
});

/** SIP Digest (TS 33.203 Annex N), which JsSIP does. */
export const digestSecurity = (
  channel: Pick<Channel, 'transport' | 'local'>,
  { impi, password }: Pick<Subscriber, 'impi' | 'password'>,
  step: Step,
): SipSecurity => ({
  credentials: { authorization_user: impi, password },
  hop: hopOf(channel, step),
  begin: () => [],
  faultOf: (request, response) => networkFailure(request, response, password),
  accepted: () => undefined,
  refusal: () => undefined,
});
