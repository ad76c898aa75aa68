import { randomBytes } from 'node:crypto';
import type { Attempt } from '../attempt';
import type { Channel } from '../dialler/channel';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { UeTimers } from '../timers';
import { TurnAllocation } from './allocation';
import { Echoes } from './echoes';
import type { TurnCredentials } from './long-term-credentials';
import { firstChannel } from './turn-client';

/**
 * Sizes of the datagrams, in bytes: some that need padding over a stream and some that
 * do not, one like 20 ms of PCMA.
 */
const sizes = [32, 172, 1021];

/**
 * Allocates a relay over an open channel, opens it for the peer and sends datagrams there, first in Send
 * indications, then over a bound channel. The same bytes must come back. The attempt has passed with the last of
 * them; then the allocation is released.
 * @throws AttemptFailure `TURN_REFUSED`, `TURN_PROTOCOL`, `ECHO_WRONG`, `TIMEOUT` or the channel's failure
 */
export async function relay(
  channel: Channel,
  credentials: TurnCredentials,
  peer: Endpoint,
  timers: UeTimers,
  attempt: Attempt,
): Promise<void> {
  const echoes = new Echoes(timers);
  attempt.closeAtEnd(() => echoes.stop(new AttemptFailure('ABANDONED', 'the attempt has ended')));
  const allocation = await TurnAllocation.allocate({
    channel,
    credentials,
    timers,
    attempt,
    transport: 'udp',
    data: (from, data) => echoes.arrived(from, data),
    lost: (failure) => echoes.stop(failure),
  });
  const { client } = allocation;
  await client.createPermission(peer);
  await echoes.exchange(
    sizes.map((size) => randomBytes(size)),
    (datagram) => client.sendIndication(peer, datagram),
  );
  await client.bindChannel(firstChannel, peer);
  await echoes.exchange(
    sizes.map((size) => randomBytes(size)),
    (datagram) => client.sendChannelData(firstChannel, datagram),
  );
  attempt.pass();
  await allocation.release();
}
