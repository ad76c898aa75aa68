import { UA, WebSocketInterface } from 'jssip';
import { EarlyNotifications } from './early-notifications';
import { Calls } from './page-call';
import { relay } from './page-relay';
import { tellBinding, type PageEvent, type PagePhone } from './page-protocol';

/**
 * The phone in the page: JsSIP as it comes, over the browser's own WebSocket. It runs in Chromium and not in Node; the build
 * makes one script of it and of JsSIP (`page-script.d.ts`).
 */

const globals = globalThis as unknown as Record<string, unknown>;
const tell = (event: PageEvent): void =>
  (globals[tellBinding] as (text: string) => void)(JSON.stringify(event));

interface Response {
  readonly status_code: number;
  readonly reason_phrase: string;
}

const refused = (method: string, cause: string | undefined, response?: Response | null): void =>
  tell({
    type: 'refused',
    method,
    cause: cause ?? 'no reason',
    ...(response && { status: `${response.status_code} ${response.reason_phrase}`.trim() }),
  });

let ua: UA | undefined;
let calls: Calls | undefined;

const phone: PagePhone = {
  register({ url, impu, impi, password, domain, instance, expires }) {
    const socket = new WebSocketInterface(url);
    const agent = new UA({
      ...{ sockets: [socket], uri: impu, authorization_user: impi, password },
      ...{ registrar_server: `sip:${domain}`, register_expires: expires, instance_id: instance },
    });
    ua = agent;
    calls = new Calls(agent, tell);
    const early = new EarlyNotifications();
    agent.on('connected', () => early.between(socket));
    agent.on('registered', () => {
      tell({ type: 'registered', contact: String(agent.contact.uri) });
      if (!early.isAwaited) subscribe(agent, impu, expires, early);
    });
    agent.on('registrationFailed', ({ cause, response }) => refused('REGISTER', cause, response));
    agent.on('unregistered', () => tell({ type: 'unregistered' }));
    agent.on('newMessage', ({ originator, request }: { originator: string; request: { body?: string } }) => {
      if (originator === 'remote') tell({ type: 'message-came', text: request.body ?? '' });
    });
    agent.start();
  },
  message(to, text) {
    ua!.sendMessage(to, text, {
      contentType: 'text/plain;charset=UTF-8',
      eventHandlers: {
        succeeded: () => tell({ type: 'message-taken' }),
        failed: ({ cause, response }) => refused('MESSAGE', cause, response),
      },
    });
  },
  call: (to, settings) => calls!.call(to, settings),
  answerAll: (settings) => calls!.answerAll(settings),
  hangUp: () => calls!.hangUp(),
  relay: (settings) => void relay(settings, tell),
  leave: () => ua!.unregister(),
};
globals.phone = phone;

function subscribe(agent: UA, impu: string, expires: number, early: EarlyNotifications): void {
  // RFC 5626 4.3: what the network sends in this dialog is to come over the flow, as "ob" asks.
  const contact = `Contact: ${agent.contact.toString({ outbound: true })}`;
  const subscription = agent.subscribe(impu, 'reg', 'application/reginfo+xml', {
    ...{ expires, extraHeaders: [contact] },
  });
  early.await(subscription);
  subscription.on('notify', (_isFinal, _request, body, contentType) =>
    tell({ type: 'notified', contentType: contentType ?? '', body: body ?? '' }),
  );
  subscription.on('terminated', (code, reason) => refused('SUBSCRIBE', reason ?? `JsSIP's code ${code}`));
  subscription.subscribe();
}
