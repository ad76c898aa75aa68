import { parametersOf, uriOf, uriParametersOf } from '../../../kit/sip-fields';
import { sameEndpoint } from '../../../kit/endpoint';
import { oncePerRun, type Observed } from '../observed';
import { expiryOf, isRegister } from '../register';
import { rule, type Topic } from '../rule';
import type { Packet, SipMessage } from '../sighting';
import { listed, topViaOf } from '../sip-message';

/** Flows that a UE keeps open: RFC 5626, RFC 3327 and RFC 6223. */
export const outbound: Topic = {
  title: 'Outbound and keep-alive',
  rules: [
    rule({
      id: 'outbound-instance',
      clause: 'RFC 5626 4.2',
      level: 'MUST',
      says: 'A Contact that is registered with reg-id has an instance id, which is a URN.',
      of: 'message',
      about: (message) => isRegister(message) && message.from === 'ue' && hasRegId(message),
      breaks: (request) => {
        const [contact = ''] = listed(request, 'Contact');
        const instance = parametersOf(contact).get('+sip.instance');
        return /^<urn:[^>]+>$/i.test(instance ?? '') ? undefined : `REGISTER with +sip.instance ${instance}`;
      },
    }),
    rule({
      id: 'outbound-supported',
      clause: 'RFC 5626 4.2.1',
      level: 'MUST',
      says: 'A REGISTER with reg-id has outbound in Supported.',
      of: 'message',
      about: (message) => isRegister(message) && message.from === 'ue' && hasRegId(message),
      breaks: (request) =>
        listed(request, 'Supported').includes('outbound')
          ? undefined
          : 'REGISTER without outbound in Supported',
    }),
    rule({
      id: 'outbound-required',
      clause: 'RFC 5626 6',
      level: 'MUST',
      says: 'The 200 to a REGISTER with reg-id has outbound in Require.',
      of: 'exchange',
      about: ({ request, final }) =>
        isRegister(request) && hasRegId(request) && final.status === 200 && bindsSome(request),
      breaks: ({ final }) =>
        listed(final, 'Require').includes('outbound') ? undefined : '200 without outbound in Require',
    }),
    rule({
      id: 'outbound-not-unasked',
      clause: 'RFC 5626 6',
      level: 'MUST',
      says: 'The 200 to a REGISTER without reg-id has no outbound in Require.',
      of: 'exchange',
      about: ({ request, final }) => isRegister(request) && !hasRegId(request) && final.status === 200,
      breaks: ({ final }) =>
        listed(final, 'Require').includes('outbound') ? '200 with outbound in Require' : undefined,
    }),
    rule({
      id: 'path-with-flow-token',
      clause: 'RFC 5626 5.1',
      level: 'MUST',
      says: 'The P-CSCF sends a REGISTER with reg-id on with a Path that has a flow token and ob.',
      of: 'message',
      about: (message) => isRegister(message) && message.to === 'core' && hasRegId(message),
      breaks: (request) => {
        const path = uriOf(listed(request, 'Path')[0] ?? '');
        return /^sips?:[^@]+@/i.test(path) && uriParametersOf(path).has('ob')
          ? undefined
          : `REGISTER with Path ${path || 'none'}`;
      },
    }),
    rule({
      id: 'request-over-flow',
      clause: 'RFC 5626 5.3.1',
      level: 'MUST',
      says: 'A request to a UE on a connection comes over one on which the UE has registered.',
      of: 'message',
      about: ({ to, status, transport }) => to === 'ue' && status === undefined && transport !== 'udp',
      breaks: (request, seen) =>
        registrations(seen).some((one) => one.at < request.at && isSameFlow(one.request, request))
          ? undefined
          : `${request.method} over a connection without registration`,
    }),
    rule({
      id: 'pong',
      clause: 'RFC 5626 4.4.1, 4.4.2',
      level: 'MUST',
      says: 'A keep-alive of a UE that arrives is answered within ten seconds.',
      of: 'ping',
      about: ({ hasArrived }) => hasArrived,
      breaks: ({ by, pongAfter }) => {
        if (pongAfter === undefined) return `no answer to ${by === 'crlf' ? 'CRLF' : 'a Binding request'}`;
        return pongAfter <= 10_000 ? undefined : `the answer came after ${Math.round(pongAfter)} ms`;
      },
    }),
    rule({
      id: 'keep-not-unasked',
      clause: 'RFC 6223 4.4',
      level: 'MUST',
      says: 'An answer has keep in its Via only if the request had it.',
      of: 'exchange',
      about: ({ final }) => topViaOf(final).has('keep'),
      breaks: ({ request, final }) =>
        topViaOf(request).has('keep') ? undefined : `${final.startLine} with keep, which was not asked for`,
    }),
    rule({
      id: 'keep-answered',
      clause: 'TS 33.203 W.3',
      level: 'SHALL',
      says: 'The 200 to a REGISTER with keep in its Via tells there how often to keep the flow alive.',
      of: 'exchange',
      about: ({ request, final }) =>
        isRegister(request) && request.from === 'ue' && final.status === 200 && topViaOf(request).has('keep'),
      breaks: ({ final }) =>
        /^[1-9]\d*$/.test(topViaOf(final).get('keep') ?? '') ? undefined : '200 without a value of keep',
    }),
    rule({
      id: 'kept-alive-in-time',
      clause: 'RFC 5626 4.4.1',
      level: 'SHOULD',
      says: 'A keep-alive of a UE comes before the interval is over that was recommended.',
      of: 'ping',
      about: (ping, seen) => recommendedFor(ping, seen) !== undefined && sentBefore(ping, seen) !== undefined,
      breaks: (ping, seen) => {
        const silence = ping.at - sentBefore(ping, seen)!;
        const seconds = recommendedFor(ping, seen)!;
        return silence <= seconds * 1000
          ? undefined
          : `silent for ${Math.round(silence)} ms where ${seconds} s were recommended`;
      },
    }),
  ],
};

const hasRegId = (message: SipMessage): boolean =>
  listed(message, 'Contact').some((contact) => parametersOf(contact).has('reg-id'));

/** Says whether a REGISTER makes a binding or keeps one, whatever it does with others. */
const bindsSome = (request: SipMessage): boolean =>
  listed(request, 'Contact').some((contact) => Number(expiryOf(contact, request) ?? 3600) > 0);

const isSameFlow = (one: Packet, other: Packet): boolean =>
  one.capture === other.capture &&
  one.stream === other.stream &&
  // Of a datagram the UE's own port says which flow it is.
  (one.stream !== undefined || [one.source, one.destination].some((end) => sameEndpoint(end, other.source)));

/** Returns the registrations of UEs that were granted, in the order of time. */
const registrations = oncePerRun((seen) =>
  seen.exchange.filter(
    ({ request, final }) => isRegister(request) && request.from === 'ue' && final.status === 200,
  ),
);

/** Returns the seconds that were recommended last on the flow of a keep-alive (RFC 6223). */
function recommendedFor(ping: Packet, seen: Observed): number | undefined {
  const last = registrations(seen).findLast((one) => one.at < ping.at && isSameFlow(one.request, ping));
  const seconds = Number(last && topViaOf(last.final).get('keep'));
  return seconds > 0 ? seconds : undefined;
}

/** Returns when the UE sent something on the flow before, in milliseconds since 1970. */
function sentBefore(ping: Packet, seen: Observed): number | undefined {
  const isBefore = (one: Packet): boolean => one.at < ping.at && isSameFlow(one, ping);
  const message = seen.message.findLast((one) => one.from === 'ue' && isBefore(one));
  const other = seen.ping.findLast(isBefore);
  const times = [message?.at, other?.at].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}
