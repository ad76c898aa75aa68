import { randomInt } from 'node:crypto';
import { Deferred } from '../../../kit/deferred';
import type { AttemptLike } from '../attempt';
import { socketOf } from '../dialler/channel';
import type { LocalPorts } from '../dialler/local-ports';
import { openUdp } from '../dialler/udp-channel';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import { questionFor, readAnswer } from './message';

/**
 * How long to wait for an answer after each time that a question is sent, milliseconds. RFC 1035 7.2 leaves it open;
 * resolvers take 1 to 5 s.
 */
const patience = [1000, 2000, 4000, 8000];

/**
 * Asks the DNS server for the IPv4 address of a name, over a socket that the attempt announces.
 * @throws AttemptFailure `TIMEOUT` if no answer came, `UNREACHABLE` if the DNS knows no address, or the reason why the
 *   lab gave the question up
 */
export async function resolveName(
  name: string,
  server: Endpoint,
  access: { readonly address: string; readonly ports: LocalPorts },
  attempt: AttemptLike,
  waits: readonly number[] = patience,
): Promise<string> {
  const channel = await openUdp(access.address, access.ports, server, (local) =>
    attempt.tellFlow({ protocol: 'udp', local, remote: server }),
  );
  attempt.closeAtEnd(() => channel.destroy());
  attempt.onFlowAbandoned(socketOf(channel), (failure) => channel.lose(failure));
  const id = randomInt(0x10000);
  const { promise, resolve, reject } = new Deferred<string>();
  channel.listen({
    data: (bytes) => {
      const answer = readAnswer(bytes);
      if (answer?.id !== id) return;
      const [address] = answer.addresses;
      if (address !== undefined) return resolve(address);
      reject(
        new AttemptFailure(
          'UNREACHABLE',
          `the DNS knows no address of ${name} (code ${answer.responseCode})`,
        ),
      );
    },
    lost: reject,
  });
  const question = questionFor(name, id);
  let timer: NodeJS.Timeout | undefined;
  const ask = (times: number): void => {
    const wait = waits[times];
    if (wait === undefined)
      return reject(new AttemptFailure('TIMEOUT', `no answer of the DNS server to the question for ${name}`));
    channel.send(question);
    timer = setTimeout(() => ask(times + 1), wait);
  };
  ask(0);
  try {
    const address = await promise;
    attempt.tellAnswered(socketOf(channel));
    return address;
  } finally {
    clearTimeout(timer);
    channel.destroy();
  }
}
