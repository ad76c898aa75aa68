import { parametersOf, uriOf, uriParametersOf } from '../../../kit/sip-fields';
import { oncePerRun, type Observed } from '../observed';
import { expiryOf, isBinding, isRegister } from '../register';
import { rule, type Topic } from '../rule';
import type { SipMessage } from '../sighting';
import { field, isInitial, isRequest, listed } from '../sip-message';

/** Registration: TS 24.229 5.1.1 at the UE, 5.2.2 at the P-CSCF, 5.4.1 at the registrar. */
export const registration: Topic = {
  title: 'Registration',
  rules: [
    rule({
      id: 'register-rport-keep',
      clause: 'TS 24.229 5.1.1.2.1 d)',
      isLookedUp: true,
      level: 'SHALL',
      says: 'A REGISTER of the UE without security by IPsec has rport and keep in its Via.',
      of: 'message',
      about: (message) => isRegister(message) && message.from === 'ue' && !message.isInEsp,
      breaks: (request) => {
        const via = parametersOf(listed(request, 'Via')[0] ?? '');
        const lacking = ['rport', 'keep'].filter((name) => !via.has(name));
        return lacking.length === 0 ? undefined : `REGISTER without ${lacking.join(' and ')}`;
      },
    }),
    rule({
      id: 'register-expiry',
      clause: 'TS 24.229 5.1.1.2.1 e)',
      isLookedUp: true,
      level: 'SHALL',
      says: 'A UE asks to be registered for 600000 s.',
      of: 'message',
      about: (message) => isRegister(message) && message.from === 'ue' && isBinding(message),
      breaks: (request) => {
        const asked = listed(request, 'Contact').map((contact) => expiryOf(contact, request));
        return asked.every((seconds) => seconds === '600000')
          ? undefined
          : `REGISTER for ${asked.map((seconds) => seconds ?? 'no').join(', ')} s`;
      },
    }),
    rule({
      id: 'register-supports-path',
      clause: 'TS 24.229 5.1.1.2.1 g)',
      isLookedUp: true,
      level: 'SHALL',
      says: 'A REGISTER of the UE has path in Supported.',
      of: 'message',
      about: (message) => isRegister(message) && message.from === 'ue',
      breaks: (request) =>
        listed(request, 'Supported').includes('path') ? undefined : 'REGISTER without path in Supported',
    }),
    rule({
      id: 'register-service',
      clause: 'TS 24.229 5.1.1.2.1 c)',
      isLookedUp: true,
      level: 'SHALL',
      says: 'The Contact that a UE registers names the IMS communication services that it intends to use.',
      of: 'message',
      about: (message) => isRegister(message) && message.from === 'ue' && isBinding(message),
      breaks: (request) => {
        const services = listed(request, 'Contact').map(
          (contact) => parametersOf(contact).get('+g.3gpp.icsi-ref') ?? '',
        );
        return services.every((service) => /^urn%3Aurn-7%3A3gpp-service\./i.test(service))
          ? undefined
          : `REGISTER with +g.3gpp.icsi-ref ${services.filter(Boolean).join(', ') || 'none'}`;
      },
    }),
    rule({
      id: 'register-network-info',
      clause: 'TS 24.229 5.1.1.2.1 h)',
      isLookedUp: true,
      level: 'SHALL',
      says: 'A REGISTER of the UE in TLS tells of the access network.',
      of: 'message',
      about: (message) =>
        isRegister(message) && message.from === 'ue' && /^(?:tls|wss)$/.test(message.transport),
      breaks: lacksNetworkInfo,
    }),
    rule({
      id: 'request-network-info',
      clause: 'TS 24.229 5.1.2A.1.1',
      isLookedUp: true,
      level: 'SHALL',
      says: 'Any other request of the UE but ACK and CANCEL tells of the access network.',
      of: 'message',
      about: (message) =>
        message.from === 'ue' &&
        isRequest(message) &&
        !['REGISTER', 'ACK', 'CANCEL'].includes(message.method),
      breaks: lacksNetworkInfo,
    }),
    rule({
      id: 'instance-stays',
      clause: 'RFC 5626 4.1',
      level: 'MUST',
      says: 'A UE has the same instance id in each registration of a user, wherever it is attached.',
      of: 'message',
      about: (message) => isRegister(message) && message.from === 'ue' && instanceIn(message) !== undefined,
      breaks: (request, seen) => {
        const first = firstInstances(seen).get(userOf(request));
        const now = instanceIn(request);
        return first === now ? undefined : `REGISTER with +sip.instance ${now}, and ${first} before`;
      },
    }),
    rule({
      id: 'preloaded-route',
      clause: 'TS 24.229 5.1.2A.1.1',
      isLookedUp: true,
      level: 'SHALL',
      says: 'An initial request of the UE has in Route the P-CSCF with its port, and then the Service-Route.',
      of: 'message',
      about: (message) => message.from === 'ue' && isInitial(message),
      breaks: (request, seen) => {
        const [pcscf = 'none', ...others] = listed(request, 'Route').map(uriOf);
        if (!/^sips?:[^;?]*:\d+(?:;|$)/i.test(pcscf) || !uriParametersOf(pcscf).has('lr'))
          return `${request.method} with Route ${pcscf} first`;
        const expected = serviceRouteOf(request, seen);
        return others.join() === expected.join()
          ? undefined
          : `${request.method} with Route ${others.join(', ') || 'none'} and not ${expected.join(', ') || 'none'}`;
      },
    }),
  ],
};

function lacksNetworkInfo(request: SipMessage): string | undefined {
  return field(request, 'P-Access-Network-Info') === undefined
    ? `${request.method} without P-Access-Network-Info`
    : undefined;
}

const instanceIn = (request: SipMessage): string | undefined =>
  listed(request, 'Contact')
    .map((contact) => parametersOf(contact).get('+sip.instance'))
    .find((instance) => instance !== undefined);

const userOf = (request: SipMessage): string => uriOf(field(request, 'To') ?? '');

/** By user: the instance id of their first REGISTER that has one, on any network. */
const firstInstances = oncePerRun((seen) => {
  const first = new Map<string, string>();
  for (const message of seen.message) {
    const instance = isRegister(message) && message.from === 'ue' ? instanceIn(message) : undefined;
    if (instance !== undefined && !first.has(userOf(message))) first.set(userOf(message), instance);
  }
  return first;
});

/** Returns the Service-Route that was told last to the user who sends a request. */
const serviceRouteOf = (request: SipMessage, seen: Observed): readonly string[] => {
  const user = uriOf(field(request, 'From') ?? '');
  const last = seen.exchange.findLast(
    (one) =>
      one.at <= request.at &&
      one.capture === request.capture &&
      isRegister(one.request) &&
      one.final.status === 200 &&
      userOf(one.request) === user,
  );
  return last === undefined ? [] : listed(last.final, 'Service-Route').map(uriOf);
};
