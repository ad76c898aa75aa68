import { randomUUID } from 'node:crypto';
import { within } from '../../../kit/deadline';
import { printable } from '../../ue/excerpt';
import { AttemptFailure } from '../../ue/failure';
import { LocalPorts } from '../../ue/dialler/local-ports';
import type { UeConfig } from '../../ue/protocol';
import { wayToPcscf } from '../../ue/server-ways';
import { answerPrefix } from '../../ue/services/message';
import { timersOf } from '../../ue/timers';
import type { Action, DrivenPhone } from '../driver';
import { reachedBy } from '../kit/message-to-itself';
import { fieldOf, statusWords, tellIdentifiers } from '../kit/traced-message';
import { openShim, shimsOn } from '../shim/shim';
import { capabilities } from './capabilities';
import { startSipp, type Sipp } from './process';
import { afterExchange, scenario, type Exchange } from './scenario';

/** The driver takes the lowest ports for the lab's own questions, so those of the phone begin so much higher. */
const apart = 1000;

/** Makes the phone: each attempt has a SIPp of its own, which plays a scenario that is written for it. */
export function makeSipp(config: UeConfig): DrivenPhone {
  const timers = timersOf(config.timers);
  const ports = new LocalPorts(config.firstPort + apart);
  const access = { address: config.address, ports, trustAnchor: config.trustAnchor, timers };
  let leaving: Promise<void> = Promise.resolve();
  /** @param isMessage says whether it sends the peer a message, besides itself */
  const play =
    (isMessage: boolean): Action =>
    async (request, attempt) => {
      const way = wayToPcscf(request, config);
      const subscriber = request.subscriber ?? config.subscriber;
      const shims = shimsOn(way, false);
      const shim = shims.length > 0 ? await openShim(shims, way, access, attempt) : undefined;
      const port = ports.take();
      const text = newText();
      const sipp = startSipp(
        {
          scenario: scenario({
            ...{ subscriber, rung: request, t1: timers.sipT1, pcscf: way.server },
            local: { ip: config.address, port },
            toItself: newText(),
            ...(isMessage && { toPeer: { peer: config.peerIdentity, text } }),
          }),
          server: shim?.endpoint ?? way.server,
          transport: shim ? 'tcp' : 'udp',
          local: { ip: shim?.endpoint.ip ?? config.address, port },
          ...{ controlPort: ports.take(), rtpPort: rtpPort(ports) },
          ...{ digestUri: subscriber.domain, timers },
        },
        (message) => tellIdentifiers(message, attempt),
      );
      // That it has not left by then means that the attempt has failed, or that the lab gave it up.
      attempt.closeAtEnd(() => {
        leaving = sipp.end();
      });
      const patience = { opening: shim ? timers.connect : 0, answer: 64 * timers.sipT1 };
      const reached = expectAll(sipp, patience, isMessage ? answerPrefix + text : undefined);
      await (shim ? Promise.race([reached, shim.failed]) : reached);
      attempt.pass();
      // Before the attempt closes, because a shim closes with it.
      await sipp.end(timers.goodbye);
    };
  return {
    capabilities,
    actions: { register: play(false), message: play(true) },
    settled: () => leaving,
  };
}

/** How long it is waited for, ms: for a connection, and for an answer. */
interface Patience {
  readonly opening: number;
  readonly answer: number;
}

/**
 * Waits until SIPp has got what its scenario is to get: the registration, its message to itself, which shows that the network
 * reaches it since it does not subscribe to its registration (TS 24.229 5.1.1.3), and a message of the peer.
 * @param awaited text of the message that is to come back from the peer, if there is one
 * @throws AttemptFailure the reason if it does not
 */
async function expectAll(sipp: Sipp, { opening, answer }: Patience, awaited?: string): Promise<void> {
  // All are waited for from the beginning, since the scenario does not wait.
  const challenged = answered(sipp, 'registration', '1 REGISTER', 401);
  const registered = answered(sipp, 'registration', '2 REGISTER', 200);
  const reached = answered(sipp, 'itself', '1 MESSAGE', 200);
  const taken = answered(sipp, 'peer', '1 MESSAGE', 200);
  const back = arrived(sipp);
  const nobody = (ms: number, what: string) => (): AttemptFailure =>
    new AttemptFailure('TIMEOUT', `nobody answered ${what} within ${ms / 1000} s`);
  await within(opening + answer, challenged, nobody(opening + answer, 'REGISTER'));
  await within(answer, registered, nobody(answer, 'REGISTER'));
  await reachedBy(within(answer, reached, nobody(answer, 'it')));
  if (awaited === undefined) return;
  await within(answer, taken, nobody(answer, 'the message'));
  const late = 'the peer took the message, but the one that it sends back did not come';
  const text = await within(answer, back, () => new AttemptFailure('TIMEOUT', late));
  if (text !== awaited)
    throw new AttemptFailure('CONTENT_WRONG', `another message came than was sent: ${printable(text)}`);
}

/**
 * Waits for the final answer to a request of the scenario.
 * @throws AttemptFailure `SIP_REFUSED` if it has another status
 */
function answered(sipp: Sipp, exchange: Exchange, cseq: string, code: number): Promise<true> {
  return sipp.until((message) => {
    const { isSent, status } = message;
    if (isSent || status === undefined || status.code < 200 || fieldOf(message, 'CSeq') !== cseq)
      return undefined;
    if (!fieldOf(message, 'Call-ID')?.startsWith(exchange + afterExchange)) return undefined;
    if (status.code === code) return true;
    throw new AttemptFailure('SIP_REFUSED', `${cseq.replace(/^\d+ /, '')}: ${statusWords(status)}`);
  });
}

/** Waits for a message of somebody else. @returns its text */
const arrived = (sipp: Sipp): Promise<string> =>
  sipp.until((message) => {
    if (message.isSent || message.method !== 'MESSAGE') return undefined;
    return fieldOf(message, 'Call-ID')?.startsWith(`itself${afterExchange}`) ? undefined : message.body;
  });

const newText = (): string => `nimsfw ${randomUUID()}`;

/** Takes the ports that SIPp opens for RTP. @returns the first, which is even */
function rtpPort(ports: LocalPorts): number {
  const taken = Array.from({ length: 4 }, () => ports.take());
  return taken.find((port) => port % 2 === 0)!;
}
