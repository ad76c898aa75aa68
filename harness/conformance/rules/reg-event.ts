import { uriOf } from '../../../kit/sip-fields';
import { oncePerRun } from '../observed';
import { isBinding, isRegister } from '../register';
import { rule, type Topic } from '../rule';
import type { Exchange, SipMessage } from '../sighting';
import { field, isRequest } from '../sip-message';

/** The subscription to one's own registration: TS 24.229 5.1.1.3, RFC 3680 and RFC 6665. */
export const regEvent: Topic = {
  title: 'Registration event',
  rules: [
    rule({
      id: 'registration-subscribed',
      clause: 'TS 24.229 5.1.1.3',
      isLookedUp: true,
      level: 'SHALL',
      says: 'A UE that has registered subscribes to the reg event of the identity.',
      of: 'exchange',
      about: isRegistered,
      breaks: ({ request, final }, seen) =>
        subscriptions(seen).some(
          (one) =>
            one.capture === request.capture &&
            one.at >= final.at &&
            one.source.port === request.source.port &&
            identityIn(one, 'To') === identityIn(request, 'To'),
        )
          ? undefined
          : `200 to REGISTER of ${identityIn(request, 'To')}, and no SUBSCRIBE after it`,
    }),
    rule({
      id: 'subscribe-own-identity',
      clause: 'TS 24.229 5.1.1.3 a), b), c)',
      isLookedUp: true,
      level: 'SHALL',
      says: 'The SUBSCRIBE of a UE to the reg event has its identity in Request-URI, From and To.',
      of: 'message',
      about: isSubscribe,
      breaks: (request) => {
        const named = [request.uri ?? '', identityIn(request, 'From'), identityIn(request, 'To')];
        return new Set(named).size === 1 ? undefined : `SUBSCRIBE with ${named.join(', ')}`;
      },
    }),
    rule({
      id: 'subscribe-expiry',
      clause: 'TS 24.229 5.1.1.3 e)',
      isLookedUp: true,
      level: 'SHALL',
      says: 'The SUBSCRIBE of a UE to the reg event asks for 600000 s.',
      of: 'message',
      about: (message) => isSubscribe(message) && field(message, 'Expires') !== '0',
      breaks: (request) => {
        const seconds = field(request, 'Expires');
        return seconds === '600000' ? undefined : `SUBSCRIBE with Expires ${seconds ?? 'none'}`;
      },
    }),
    rule({
      id: 'subscription-granted',
      clause: 'RFC 6665 4.2.1.1',
      level: 'MUST',
      says: 'The 200 to a SUBSCRIBE tells for how long, which is no longer than was asked for.',
      of: 'exchange',
      about: ({ request, final }) => request.method === 'SUBSCRIBE' && final.status === 200,
      breaks: ({ request, final }) => {
        const [asked, granted] = [request, final].map((one) => field(one, 'Expires'));
        return /^\d+$/.test(granted ?? '') && Number(granted) <= Number(asked ?? Infinity)
          ? undefined
          : `200 with Expires ${granted ?? 'none'} to ${asked ?? 'none'}`;
      },
    }),
    rule({
      id: 'notify-fields',
      clause: 'RFC 6665 4.1.3, 8.2.1',
      level: 'MUST',
      says: 'A NOTIFY has Event and Subscription-State.',
      of: 'message',
      about: (message) => message.method === 'NOTIFY' && isRequest(message),
      breaks: (request) => {
        const lacking = ['Event', 'Subscription-State'].filter((name) => field(request, name) === undefined);
        return lacking.length === 0 ? undefined : `NOTIFY without ${lacking.join(' and ')}`;
      },
    }),
    rule({
      id: 'notify-reginfo',
      clause: 'RFC 3680 4.6',
      level: 'MUST',
      says: 'The body of a NOTIFY of the reg event is of the type application/reginfo+xml.',
      of: 'message',
      about: (message) =>
        message.method === 'NOTIFY' &&
        isRequest(message) &&
        eventIn(message) === 'reg' &&
        message.body !== '',
      breaks: (request) => {
        const type = field(request, 'Content-Type')?.split(';', 1)[0]?.trim();
        return type === 'application/reginfo+xml' ? undefined : `NOTIFY with ${type ?? 'no type'}`;
      },
    }),
    rule({
      id: 'notify-accepted',
      clause: 'RFC 6665 4.1.3',
      level: 'MUST',
      says: 'A UE answers a NOTIFY of its subscription with 200.',
      of: 'exchange',
      about: ({ request }, seen) =>
        request.method === 'NOTIFY' &&
        request.to === 'ue' &&
        subscriptions(seen).some((one) => field(one, 'Call-ID') === field(request, 'Call-ID')),
      breaks: ({ final }) => (final.status === 200 ? undefined : `${final.status} to NOTIFY`),
    }),
  ],
};

function isSubscribe(message: SipMessage): boolean {
  return (
    message.method === 'SUBSCRIBE' &&
    isRequest(message) &&
    message.from === 'ue' &&
    eventIn(message) === 'reg'
  );
}

const eventIn = (message: SipMessage): string | undefined =>
  field(message, 'Event')?.split(';', 1)[0]?.trim();

const identityIn = (message: SipMessage, name: 'From' | 'To'): string => uriOf(field(message, name) ?? '');

/** Says whether a UE has got a binding by this exchange. */
function isRegistered({ request, final }: Exchange): boolean {
  return isRegister(request) && request.from === 'ue' && final.status === 200 && isBinding(request);
}

/** Returns the SUBSCRIBEs of UEs to the reg event. */
const subscriptions = oncePerRun((seen) => seen.message.filter(isSubscribe));
