import { parametersOf, uriOf } from '../../../kit/sip-fields';
import { sameEndpoint } from '../../../kit/endpoint';
import { oncePerRun, onEitherSide, type Observed } from '../observed';
import { isRegister } from '../register';
import { rule, type Topic } from '../rule';
import type { SipMessage } from '../sighting';
import { cseqOf, field, fieldsNamed, isRequest, listed, tagIn, topViaOf } from '../sip-message';

const isResponse = (message: SipMessage): boolean => !isRequest(message);

/** Words for a message: its method, or its status with the method that it answers. */
const named = ({ status, method }: SipMessage): string =>
  status === undefined ? method : `${status} to ${method}`;

/** Header fields that are no lists, so that two of them contradict each other. */
const single = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Length', 'Content-Type', 'Expires'];

/** Fields without which a response says nothing (RFC 3261, and the extensions of its codes). */
const saying = (status: number, name: string) => ({
  about: (message: SipMessage) => message.status === status,
  breaks: (message: SipMessage) =>
    field(message, name) === undefined ? `${named(message)} without ${name}` : undefined,
});

/** What RFC 3261 and its companions demand of every SIP message. */
export const sip: Topic = {
  title: 'SIP messages',
  rules: [
    rule({
      id: 'request-fields',
      clause: 'RFC 3261 8.1.1',
      level: 'MUST',
      says: 'A request has To, From, CSeq, Call-ID, Max-Forwards and Via.',
      of: 'message',
      about: isRequest,
      breaks: (request) => {
        const missing = ['To', 'From', 'CSeq', 'Call-ID', 'Max-Forwards', 'Via'].filter(
          (name) => field(request, name) === undefined,
        );
        return missing.length === 0 ? undefined : `${request.method} without ${missing.join(', ')}`;
      },
    }),
    rule({
      id: 'single-fields',
      clause: 'RFC 3261 7.3.1',
      level: 'MUST',
      says: 'A header field that is no list stands once.',
      of: 'message',
      breaks: (message) => {
        const twice = single.find((name) => fieldsNamed(message, name).length > 1);
        return twice === undefined ? undefined : `${named(message)} with two ${twice}`;
      },
    }),
    rule({
      id: 'from-tag',
      clause: 'RFC 3261 8.1.1.3',
      level: 'MUST',
      says: 'From of a request has a tag.',
      of: 'message',
      about: isRequest,
      breaks: (request) => (tagIn(request, 'From') ? undefined : `${request.method} without a tag in From`),
    }),
    rule({
      id: 'cseq-method',
      clause: 'RFC 3261 8.1.1.5',
      level: 'MUST',
      says: 'The method in CSeq of a request is its own.',
      of: 'message',
      about: isRequest,
      breaks: (request) => {
        const cseq = field(request, 'CSeq') ?? '';
        return new RegExp(`^\\d+\\s+${request.method}$`).test(cseq)
          ? undefined
          : `${request.method} with CSeq ${cseq}`;
      },
    }),
    rule({
      id: 'max-forwards-70',
      clause: 'RFC 3261 8.1.1.6',
      level: 'SHOULD',
      says: 'A UE begins Max-Forwards at 70.',
      of: 'message',
      about: (message) => isRequest(message) && message.from === 'ue',
      breaks: (request) => {
        const value = field(request, 'Max-Forwards');
        return value === '70' ? undefined : `${request.method} with Max-Forwards ${value}`;
      },
    }),
    rule({
      id: 'max-forwards-less',
      clause: 'RFC 3261 16.6',
      level: 'MUST',
      says: 'The P-CSCF sends a request on with Max-Forwards less by one.',
      of: 'message',
      about: (message, seen) => receivedAs(message, seen) !== undefined,
      breaks: (request, seen) => {
        const [before, after] = [receivedAs(request, seen)!, request].map((one) =>
          Number(field(one, 'Max-Forwards')),
        );
        return after === before! - 1
          ? undefined
          : `${request.method} came with ${before} and was sent on with ${after}`;
      },
    }),
    rule({
      id: 'branch-cookie',
      clause: 'RFC 3261 8.1.1.7',
      level: 'MUST',
      says: 'The branch in the topmost Via of a request begins with z9hG4bK.',
      of: 'message',
      about: isRequest,
      breaks: (request) => {
        const branch = topViaOf(request).get('branch');
        return branch?.startsWith('z9hG4bK')
          ? undefined
          : `${request.method} with branch ${branch ?? 'none'}`;
      },
    }),
    rule({
      id: 'via-transport',
      clause: 'RFC 3261 18.1.1',
      level: 'MUST',
      says: 'The topmost Via of a request names the transport by which it is sent.',
      of: 'message',
      about: isRequest,
      breaks: (request) => {
        const told = /^SIP\s*\/\s*2\.0\s*\/\s*(\w+)/i.exec(field(request, 'Via') ?? '')?.[1]?.toLowerCase();
        return told === request.transport
          ? undefined
          : `${request.method} by ${request.transport} with Via of ${told}`;
      },
    }),
    rule({
      id: 'rport-filled-in',
      clause: 'RFC 3581 4',
      level: 'MUST',
      says: 'The answer to a request whose Via has rport tells there the port that the request came from, and the address in received.',
      of: 'exchange',
      about: ({ request }) => request.from === 'ue' && topViaOf(request).has('rport'),
      breaks: ({ final }) => {
        const via = topViaOf(final);
        const lacking = [
          ...(/^\d+$/.test(via.get('rport') ?? '') ? [] : ['rport']),
          ...(via.get('received') ? [] : ['received']),
        ];
        return lacking.length === 0
          ? undefined
          : `${final.startLine} without ${lacking.join(' and ')} in Via`;
      },
    }),
    rule({
      id: 'answer-where-asked-from',
      clause: 'RFC 3261 18.2.2',
      level: 'MUST',
      says: 'An answer comes from where its request went, over a connection over the very one.',
      of: 'exchange',
      // Over security associations an answer goes from the other protected port and to the other one (TS 33.203 7.1).
      about: ({ request }) => !request.isInEsp,
      breaks: ({ request, final }) =>
        request.stream === final.stream &&
        sameEndpoint(final.source, request.destination) &&
        sameEndpoint(final.destination, request.source)
          ? undefined
          : `${named(final)} came another way than the request went`,
    }),
    rule({
      id: 'answer-repeats',
      clause: 'RFC 3261 8.2.6.2',
      level: 'MUST',
      says: 'An answer has From, Call-ID, CSeq and as many Via as its request.',
      of: 'exchange',
      breaks: ({ request, final }) => {
        const differing = ['From', 'Call-ID', 'CSeq'].filter(
          (name) => field(final, name) !== field(request, name),
        );
        if (listed(final, 'Via').length !== listed(request, 'Via').length) differing.push('Via');
        return differing.length === 0 ? undefined : `${named(final)} with another ${differing.join(', ')}`;
      },
    }),
    rule({
      id: 'answer-to-tag',
      clause: 'RFC 3261 8.2.6.2',
      level: 'MUST',
      says: 'To of an answer other than 100 has a tag.',
      of: 'message',
      about: (message) => isResponse(message) && message.status !== 100,
      breaks: (response) => (tagIn(response, 'To') ? undefined : `${named(response)} without a tag in To`),
    }),
    rule({
      id: 'content-length',
      clause: 'RFC 3261 20.14',
      level: 'MUST',
      says: 'A message on a connection has Content-Length, and wherever it stands the body has that many bytes.',
      of: 'message',
      breaks: (message) => {
        const told = field(message, 'Content-Length');
        if (told === undefined)
          return message.transport === 'udp' ? undefined : `${named(message)} without Content-Length`;
        const bytes = Buffer.byteLength(message.body);
        return Number(told) === bytes ? undefined : `${named(message)} with ${bytes} bytes and not ${told}`;
      },
    }),
    rule({
      id: 'content-type',
      clause: 'RFC 3261 20.15',
      level: 'MUST',
      says: 'A message with a body has Content-Type.',
      of: 'message',
      about: ({ body }) => body !== '',
      breaks: (message) =>
        field(message, 'Content-Type') === undefined ? `${named(message)} without Content-Type` : undefined,
    }),
    rule({
      id: 'register-uri',
      clause: 'RFC 3261 10.2',
      level: 'MUST',
      says: 'The Request-URI of a REGISTER names a domain and no user.',
      of: 'message',
      about: isRegister,
      breaks: ({ uri = '' }) => (/^sips?:[^@]+$/i.test(uri) ? undefined : `REGISTER ${uri}`),
    }),
    rule({
      id: 'register-one-call-id',
      clause: 'RFC 3261 10.2',
      level: 'SHOULD',
      says: 'A UE registers again over the same socket with the Call-ID of before.',
      of: 'message',
      about: (message, seen) => registeredBefore(message, seen) !== undefined,
      breaks: (request, seen) =>
        field(request, 'Call-ID') === field(registeredBefore(request, seen)!, 'Call-ID')
          ? undefined
          : 'REGISTER with another Call-ID',
    }),
    rule({
      id: 'bindings-expire',
      clause: 'RFC 3261 10.3',
      level: 'MUST',
      says: 'Every Contact in the 200 to a REGISTER says when it expires.',
      of: 'message',
      about: ({ method, status }) => method === 'REGISTER' && status === 200,
      breaks: (response) => {
        const without = listed(response, 'Contact').find(
          (contact) => !/^\d+$/.test(parametersOf(contact).get('expires') ?? ''),
        );
        return without === undefined ? undefined : `200 with ${uriOf(without)} and no time`;
      },
    }),
    rule({
      id: 'bad-extension-named',
      clause: 'RFC 3261 8.2.2.3',
      level: 'MUST',
      says: 'A 420 names in Unsupported what is not supported.',
      of: 'message',
      ...saying(420, 'Unsupported'),
    }),
    rule({
      id: 'methods-allowed-named',
      clause: 'RFC 3261 8.2.1',
      level: 'MUST',
      says: 'A 405 names in Allow the methods that are supported.',
      of: 'message',
      ...saying(405, 'Allow'),
    }),
    rule({
      id: 'least-interval-named',
      clause: 'RFC 3261 10.3',
      level: 'MUST',
      says: 'A 423 names in Min-Expires the least interval.',
      of: 'message',
      ...saying(423, 'Min-Expires'),
    }),
    rule({
      id: 'cancel-like-invite',
      clause: 'RFC 3261 9.1',
      level: 'MUST',
      says: 'A CANCEL has Request-URI, Call-ID, From, To, the number of CSeq and the topmost Via of its INVITE.',
      of: 'message',
      about: (message) => isRequest(message) && message.method === 'CANCEL',
      breaks: (cancel, seen) => {
        const cancelled = seen.message.find(
          (one) =>
            isRequest(one) &&
            one.method === 'INVITE' &&
            one.capture === cancel.capture &&
            topViaOf(one).get('branch') === topViaOf(cancel).get('branch'),
        );
        if (cancelled === undefined) return 'CANCEL of no INVITE that was seen';
        const differing = ['Call-ID', 'From', 'To'].filter(
          (name) => field(cancel, name) !== field(cancelled, name),
        );
        if (cancel.uri !== cancelled.uri) differing.push('Request-URI');
        if (cseqOf(cancel) !== cseqOf(cancelled)) differing.push('CSeq');
        return differing.length === 0 ? undefined : `CANCEL with another ${differing.join(', ')}`;
      },
    }),
  ],
};

/** Returns a request as the UE sent it, which the P-CSCF sends on to the core by this message. */
function receivedAs(message: SipMessage, seen: Observed): SipMessage | undefined {
  if (!isRequest(message) || message.from !== 'pcscf' || message.to !== 'core') return undefined;
  return onEitherSide(message, seen).find(
    (one) => isRequest(one) && one.from === 'ue' && one.method === message.method,
  );
}

/** Returns the REGISTER that the UE sent before over the same socket for the same user; undefined if there is none. */
const registeredBefore = (message: SipMessage, seen: Observed): SipMessage | undefined =>
  registersBefore(seen).get(message);

const registersBefore = oncePerRun((seen) => {
  const before = new Map<SipMessage, SipMessage>();
  const last = new Map<string, SipMessage>();
  for (const message of seen.message) {
    if (!isRegister(message) || message.from !== 'ue') continue;
    const { capture, source, stream } = message;
    const key = JSON.stringify([capture, source, stream, uriOf(field(message, 'To') ?? '')]);
    const earlier = last.get(key);
    if (earlier) before.set(message, earlier);
    last.set(key, message);
  }
  return before;
});
