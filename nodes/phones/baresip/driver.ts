import { resolve } from 'node:path';
import { within } from '../../../kit/deadline';
import { AttemptFailure, asFailure } from '../../ue/failure';
import type { UeConfig } from '../../ue/protocol';
import { wayToPcscf } from '../../ue/server-ways';
import { timersOf } from '../../ue/timers';
import type { Action, DrivenPhone } from '../driver';
import { newText, reachedBy } from '../messages';
import { phonePorts, takeEven } from '../phone-ports';
import { phoneFolder } from '../phone-process';
import { openShim, shimsOn } from '../shim/shim';
import { tellIdentifiers } from '../traced-message';
import { call } from './call';
import { accountOf, filesOf } from './configuration';
import { message, sendMessage } from './message';
import { Baresip } from './process';
import { defaultMediaMs, type Registered } from './registered';
import { registrationFailure } from './registration-failure';

/** RTP has a port of its own, even, and RTCP shares it; baresip looks among so many. */
const rtpPorts = 22;
/** How much longer its voice is than it talks, ms, for ringing and answering. */
const voiceSpareMs = 10_000;

/** Makes the phone: each attempt has a baresip of its own, which registers, does the service and takes leave. */
export function makeBaresip(config: UeConfig): DrivenPhone {
  const timers = timersOf(config.timers);
  const ports = phonePorts(config);
  const access = { address: config.address, ports, trustAnchor: config.trustAnchor, timers };
  let leaving: Promise<void> = Promise.resolve();
  const whileRegistered =
    (service: (phone: Registered) => Promise<void>): Action =>
    async (request, attempt) => {
      const way = wayToPcscf(request, config);
      const subscriber = request.subscriber ?? config.subscriber;
      const shims = shimsOn(way, true);
      const shim = shims.length > 0 ? await openShim(shims, way, access, attempt) : undefined;
      const server = shim?.endpoint ?? way.server;
      const folder = phoneFolder('baresip');
      const controlPort = ports.take();
      const setting = {
        ...{ config, subscriber, server, controlPort, folder },
        ...{ rung: request, suite: request.suite, trustFile: resolve('trust.pem') },
        rtpPort: takeEven(ports, rtpPorts),
        voiceMs: (request.mediaMs ?? defaultMediaMs) + voiceSpareMs,
      };
      const baresip = new Baresip(folder, filesOf(setting), server, (traced) =>
        tellIdentifiers(traced, attempt),
      );
      // That it has not left by then means that the lab gave the attempt up.
      attempt.closeAtEnd(() => {
        leaving = baresip.leave(timers.goodbye);
      });
      const phone = { baresip, request, attempt, config, subscriber, timers };
      const unlessShimFails = <T>(work: Promise<T>): Promise<T> =>
        shim ? Promise.race([work, shim.failed]) : work;
      try {
        await unlessShimFails(
          (async () => {
            await baresip.connect(controlPort);
            await registered(phone, accountOf(setting));
            await service(phone);
          })(),
        );
        attempt.pass();
      } catch (error) {
        attempt.fail(asFailure(error));
      }
      // Before the attempt closes, because a shim closes with it.
      await baresip.leave(timers.goodbye);
    };
  return {
    capabilities: {
      actions: ['register', 'call', 'message'],
      servers: ['pcscf'],
      // CONNECT is a shim's affair, so `through` is not limited.
      transports: ['udp', 'tls'],
      securities: ['digest'],
      sockets: 'observed',
    },
    actions: {
      register: whileRegistered(() => Promise.resolve()),
      call: whileRegistered(call),
      message: whileRegistered(message),
    },
    settled: () => leaving,
  };
}

/**
 * Waits until it has registered and can be reached. It does not subscribe to its registration.
 */
async function registered(phone: Registered, account: string): Promise<void> {
  const { baresip, subscriber, timers } = phone;
  const answered = baresip.until((told) => {
    if (told.kind !== 'event') return undefined;
    if (told.event.type === 'REGISTER_FAIL') throw registrationFailure(told.event.param);
    return told.event.type === 'REGISTER_OK' || undefined;
  });
  await baresip.command('uanew', account);
  // Its own Timer F is 32 s; the kernel's timers for TCP are longer, and it waits for them.
  await within(
    timers.connect,
    answered,
    () => new AttemptFailure('TIMEOUT', `not registered within ${timers.connect / 1000} s`),
  );
  await reachedBy(await sendMessage(phone, subscriber.impu, newText()), 64 * timers.sipT1);
}
