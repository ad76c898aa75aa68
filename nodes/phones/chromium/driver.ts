import { resolve } from 'node:path';
import type { Attempt } from '../../ue/attempt';
import { AttemptFailure, asFailure } from '../../ue/failure';
import type { ServiceRequest, UeConfig } from '../../ue/protocol';
import { proxyFor, wayToTurn } from '../../ue/server-ways';
import { timersOf } from '../../ue/timers';
import type { Action, DrivenPhone } from '../driver';
import { Browser } from './browser';
import { call } from './call';
import { capabilities } from './capabilities';
import { message } from './message';
import { refusedTunnel } from './net-error';
import { register, tellSent } from './register';
import type { Registered } from './registered';
import { relay } from './relay';
import { trustIn } from './trust';

/** Where the page of an attempt goes. */
interface Way {
  readonly name: string;
  readonly port: number;
  readonly proxy: UeConfig['proxy'];
}

/** Makes the phone: each attempt has a Chromium of its own, whose page does what is asked for and takes leave. */
export async function makeChromium(config: UeConfig): Promise<DrivenPhone> {
  const timers = timersOf(config.timers);
  const home = resolve('home');
  await trustIn(home, resolve('trust.pem'));
  let leaving: Promise<unknown> = Promise.resolve();

  const { pcscf, turn } = config;

  const inBrowser = async (
    { name, port, proxy }: Way,
    attempt: Attempt,
    work: (browser: Browser) => Promise<void>,
  ): Promise<void> => {
    const browser = Browser.start({
      home,
      parent: process.cwd(),
      // Where there is a name server, it asks that.
      hosts: config.resolver ? {} : { [pcscf.name]: pcscf.address, [turn.name]: turn.address },
      proxy: proxy && { ip: proxy.address, port: proxy.port },
      keyLog: (line) => attempt.tellKeyLog(line),
    });
    attempt.closeAtEnd(() => {
      leaving = browser.leave(timers.goodbye);
    });
    try {
      await browser.open();
      await work(browser);
    } catch (error) {
      const { certificate, tunnelReply = '' } = await browser.leave(timers.goodbye);
      if (certificate) attempt.tellCertificate(certificate);
      const failure = asFailure(error);
      throw (failure.code === 'UNTOLD' && refusedTunnel(tunnelReply, `${name}:${port}`)) || failure;
    }
  };
  const whileRegistered =
    (service: (phone: Registered) => Promise<void>): Action =>
    (request, attempt) => {
      const way = wayOfWebSocket(request, config);
      return inBrowser(way, attempt, async (browser) => {
        tellSent(browser, attempt);
        const subscriber = request.subscriber ?? config.subscriber;
        await register(browser, `wss://${way.name}:${way.port}`, subscriber, timers);
        await service({ browser, request, attempt, config, timers });
      });
    };
  return {
    capabilities,
    actions: {
      register: whileRegistered(() => Promise.resolve()),
      message: whileRegistered(message),
      call: whileRegistered(call),
      relay: (request, attempt) => {
        const { transport, server, name, proxy } = wayToTurn(request, config);
        // For TURN over UDP it asks DNS alone, whatever it is told of names.
        const host = transport === 'udp' && !config.resolver ? server.ip : name;
        return inBrowser({ name, port: server.port, proxy }, attempt, (browser) =>
          relay(browser, { transport, host, port: server.port }, config.turn, timers),
        );
      },
    },
    settled: () => leaving,
  };
}

/** Returns the way to the P-CSCF's WebSocket. @throws AttemptFailure `UNSUPPORTED` for another transport; `NO_PROXY` */
function wayOfWebSocket(request: ServiceRequest, config: UeConfig): Way {
  if (request.transport !== 'wss')
    throw new AttemptFailure('UNSUPPORTED', 'a page in a browser has SIP over WebSocket alone (RFC 7118)');
  const { name, ports } = config.pcscf;
  return { name, port: ports.https, proxy: proxyFor(request, config) };
}
