import { randomBytes } from 'node:crypto';
import type { Attempt } from '../attempt';
import type { Channel } from '../dialler/channel';
import { AttemptFailure, asFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { UeTimers } from '../timers';
import { Echoes } from './echoes';
import type { TurnCredentials } from './long-term-credentials';
import { TurnClient } from './turn-client';

/** The lowest channel number (RFC 8656 12). */
const channelNumber = 0x4000;

/** Sizes of the datagrams, in bytes: with and without padding over a stream, and that of a 20 ms packet of PCMA. */
const sizes = [32, 172, 1021];

/**
 * Allocates a relay over an open channel, opens it for the peer and sends datagrams there, first in Send indications,
 * then over a bound channel; the same bytes must come back. The attempt has passed with the last; then the allocation
 * is released.
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
  const client = new TurnClient(channel, credentials, timers, {
    transaction: (id) => attempt.tellIdentifier('stun-transaction', id),
    data: (from, data) => echoes.arrived(from, data),
    lost: (failure) => echoes.stop(failure),
  });
  attempt.closeAtEnd(() => {
    echoes.stop(new AttemptFailure('ABANDONED', 'the attempt has ended'));
    client.stop();
  });

  try {
    await client.allocate();
  } catch (error) {
    client.stop();
    channel.destroy();
    throw error;
  }
  await client.createPermission(peer);
  await echoes.exchange(
    sizes.map((size) => randomBytes(size)),
    (datagram) => client.sendIndication(peer, datagram),
  );
  await client.bindChannel(channelNumber, peer);
  await echoes.exchange(
    sizes.map((size) => randomBytes(size)),
    (datagram) => client.sendChannelData(channelNumber, datagram),
  );
  attempt.pass();
  await release(client, channel, timers.goodbye, attempt);
}

/** Gives the allocation back and closes the channel. That it fails, or takes too long, is noted and nothing else. */
async function release(
  client: TurnClient,
  channel: Channel,
  withinMs: number,
  attempt: Attempt,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${withinMs} ms`)), withinMs);
    attempt.closeAtEnd(() => reject(new Error('abandoned')));
  });
  try {
    await Promise.race([client.refresh(0), enough]);
    client.stop();
    await Promise.race([channel.close(), enough]);
  } catch (error) {
    attempt.note(`could not release the allocation: ${asFailure(error).message}`);
  } finally {
    clearTimeout(timer);
  }
}
