import { resolve } from 'node:path';
import { within } from '../../../kit/deadline';
import { LocalPorts } from '../../ue/dialler/local-ports';
import { AttemptFailure } from '../../ue/failure';
import type { UeConfig } from '../../ue/protocol';
import { wayToPcscf } from '../../ue/server-ways';
import { timersOf } from '../../ue/timers';
import type { Action, DrivenPhone } from '../driver';
import { call } from './call';
import { capabilities } from './capabilities';
import { LinphoneDaemon } from './daemon';
import { linphonerc, rtpPorts } from './linphonerc';
import { message, reachItself } from './message';
import type { Registered } from './registered';

/** The driver takes the lowest ports for the lab's own questions, so Linphone's begin so much higher. */
const apart = 1000;

/** Makes the phone: each attempt has a linphone-daemon of its own, which registers, does the service and takes leave. */
export function makeLinphone(config: UeConfig): DrivenPhone {
  const timers = timersOf(config.timers);
  const sipPorts = new LocalPorts(config.firstPort + apart);
  let leaving: Promise<unknown> = Promise.resolve();
  const whileRegistered =
    (service: (phone: Registered) => Promise<void>): Action =>
    async (request, attempt) => {
      const way = wayToPcscf(request, config);
      const subscriber = request.subscriber ?? config.subscriber;
      const daemon = LinphoneDaemon.start(
        process.cwd(),
        linphonerc({
          config,
          subscriber,
          rung: request,
          way,
          sipPort: sipPorts.take(),
          rtpPort: takeMany(sipPorts, rtpPorts),
          trustFile: resolve('trust.pem'),
        }),
      );
      attempt.closeAtEnd(() => {
        leaving = daemon.leave();
      });
      await within(timers.connect, registered(daemon, way.proxy !== undefined), () => {
        return new AttemptFailure('UNTOLD', `not registered within ${timers.connect / 1000} s`);
      });
      await reachItself(daemon, subscriber, timers);
      await service({ daemon, request, attempt, config, timers });
    };
  return {
    capabilities,
    actions: {
      register: whileRegistered(() => Promise.resolve()),
      call: whileRegistered(call),
      message: whileRegistered(message),
    },
    settled: () => leaving,
  };
}

/** Waits until it has registered. @throws AttemptFailure the reason if it cannot */
function registered(daemon: LinphoneDaemon, isByProxy: boolean): Promise<true> {
  return daemon.until((told) => {
    if (told.kind !== 'registration') return undefined;
    if (told.state === 'Failed') throw daemon.registrationFailure(isByProxy);
    return told.state === 'Ok' || undefined;
  });
}

/** Takes so many ports in a row. @returns the first of them, which is even, as RTP's is */
function takeMany(ports: LocalPorts, count: number): number {
  let first = ports.take();
  if (first % 2 === 1) first = ports.take();
  for (let taken = 1; taken < count; taken++) ports.take();
  return first;
}
