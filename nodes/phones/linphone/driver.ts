import { resolve } from 'node:path';
import { within } from '../../../kit/deadline';
import { AttemptFailure } from '../../ue/failure';
import type { UeConfig } from '../../ue/protocol';
import { wayToPcscf } from '../../ue/server-ways';
import { timersOf } from '../../ue/timers';
import type { Action, DrivenPhone } from '../driver';
import { phonePorts, takeEven } from '../phone-ports';
import { call } from './call';
import { capabilities } from './capabilities';
import { LinphoneDaemon } from './daemon';
import { linphonerc, rtpPorts } from './linphonerc';
import { message, reachItself } from './message';
import type { Registered } from './registered';

/** Makes the phone: each attempt has a linphone-daemon of its own, which registers, does the service and takes leave. */
export function makeLinphone(config: UeConfig): DrivenPhone {
  const timers = timersOf(config.timers);
  const ports = phonePorts(config);
  let leaving: Promise<unknown> = Promise.resolve();
  const whileRegistered =
    (service: (phone: Registered) => Promise<void>): Action =>
    async (request, attempt) => {
      const way = wayToPcscf(request, config);
      const subscriber = request.subscriber ?? config.subscriber;
      const daemon = new LinphoneDaemon(
        linphonerc({
          config,
          subscriber,
          rung: request,
          way,
          sipPort: ports.take(),
          rtpPort: takeEven(ports, rtpPorts),
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
