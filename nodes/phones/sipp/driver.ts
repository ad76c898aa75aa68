import { within } from '../../../kit/deadline';
import { AttemptFailure } from '../../ue/failure';
import type { UeConfig } from '../../ue/protocol';
import { wayToPcscf } from '../../ue/server-ways';
import { timersOf } from '../../ue/timers';
import type { Action, DrivenPhone } from '../driver';
import { answeredByPeer, newText, reachedBy } from '../messages';
import { phonePorts, takeEven } from '../phone-ports';
import { fieldOf, statusWords, tellIdentifiers } from '../traced-message';
import { openShim, shimsOn } from '../shim/shim';
import { capabilities } from './capabilities';
import { rtpPorts, startSipp, type Sipp } from './process';
import { afterExchange, scenario, type Exchange } from './scenario';

/** Makes the phone: each attempt has a SIPp of its own, which plays a scenario that is written for it. */
export function makeSipp(config: UeConfig): DrivenPhone {
  const timers = timersOf(config.timers);
  const ports = phonePorts(config);
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
          ...{ controlPort: ports.take(), rtpPort: takeEven(ports, rtpPorts) },
          ...{ digestUri: subscriber.domain, timers },
        },
        (message) => tellIdentifiers(message, attempt),
      );
      // That it has not left by then means that the attempt has failed, or that the lab gave it up.
      attempt.closeAtEnd(() => {
        leaving = sipp.stop();
      });
      const patience = { opening: shim ? timers.connect : 0, answer: 64 * timers.sipT1 };
      const reached = expectAll(sipp, patience, isMessage ? text : undefined);
      await (shim ? Promise.race([reached, shim.failed]) : reached);
      attempt.pass();
      // Before the attempt closes, because a shim closes with it.
      await sipp.stop(timers.goodbye);
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
 * Waits until SIPp has got what its scenario is to get: the registration, an answer to its message to itself, and a message
 * of the peer.
 * @param text that it sends the peer, if it does
 * @throws AttemptFailure the reason if it does not
 */
async function expectAll(sipp: Sipp, { opening, answer }: Patience, text?: string): Promise<void> {
  // All are waited for from the beginning, since the scenario does not wait.
  const challenged = answered(sipp, 'registration', '1 REGISTER', 401);
  const registered = answered(sipp, 'registration', '2 REGISTER', 200);
  const toItself = { taken: answered(sipp, 'itself', '1 MESSAGE', 200) };
  const toPeer = { taken: answered(sipp, 'peer', '1 MESSAGE', 200), back: arrived(sipp) };
  const nobody = (ms: number) => (): AttemptFailure =>
    new AttemptFailure('TIMEOUT', `nobody answered REGISTER within ${ms / 1000} s`);
  await within(opening + answer, challenged, nobody(opening + answer));
  await within(answer, registered, nobody(answer));
  await reachedBy(toItself, answer);
  if (text !== undefined) await answeredByPeer(toPeer, text, answer);
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
