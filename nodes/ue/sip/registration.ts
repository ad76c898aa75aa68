import type { Attempt } from '../attempt';
import type { Channel } from '../dialler/channel';
import type { UeConfig } from '../protocol';
import type { UeTimers } from '../timers';
import { UserAgent } from './user-agent';

/**
 * Registers by SIP Digest (TS 33.203 Annex N) over an open channel. The attempt has passed with the 200; then the UE
 * deregisters, so that the next rung starts without a registration.
 * @throws AttemptFailure `SIP_REFUSED`, `TIMEOUT` or the channel's failure
 */
export async function register(
  channel: Channel,
  subscriber: UeConfig['subscriber'],
  timers: UeTimers,
  attempt: Attempt,
): Promise<void> {
  const agent = new UserAgent(channel, subscriber, timers, attempt);
  await agent.register();
  attempt.pass();
  await agent.deregister();
  agent.stop();
}
