import { digestOf } from '../../../kit/sip-fields';
import { earlierThan } from '../observed';
import { isRegister } from '../register';
import { rule, type Topic } from '../rule';
import type { SipMessage } from '../sighting';
import { field, fieldsNamed, listed } from '../sip-message';

/** What UE and P-CSCF agree on for their security associations: RFC 3329, TS 33.203 6 and 7, TS 24.229 5.1.1 and 5.2.2. */
export const securityAgreement: Topic = {
  title: 'Security agreement',
  rules: [
    rule({
      id: 'agreement-required',
      clause: 'TS 24.229 5.1.1.2.2',
      level: 'SHALL',
      says: 'A REGISTER of the UE with Security-Client has sec-agree in Require and in Proxy-Require.',
      of: 'message',
      about: (message) =>
        isRegister(message) && message.from === 'ue' && field(message, 'Security-Client') !== undefined,
      breaks: (request) => {
        const lacking = ['Require', 'Proxy-Require'].filter(
          (name) => !listed(request, name).includes('sec-agree'),
        );
        return lacking.length === 0 ? undefined : `REGISTER without sec-agree in ${lacking.join(' and ')}`;
      },
    }),
    rule({
      id: 'agreement-verified',
      clause: 'RFC 3329 2.3.1',
      level: 'MUST',
      says: 'A REGISTER over security associations has Security-Verify, with what Security-Server had told last.',
      of: 'message',
      about: (message) => isRegister(message) && message.from === 'ue' && message.isInEsp === true,
      breaks: (request, seen) => {
        const verified = listed(request, 'Security-Verify');
        if (verified.length === 0) return 'REGISTER without Security-Verify';
        const told = earlierThan(request, seen)
          .map((one) => listed(one, 'Security-Server'))
          .findLast((mechanisms) => mechanisms.length > 0);
        // A capture that begins later does not show it.
        if (told === undefined || told.join() === verified.join()) return undefined;
        return `REGISTER with Security-Verify ${verified.join(', ')} after Security-Server ${told.join(', ')}`;
      },
    }),
    rule({
      id: 'agreement-kept-from-core',
      clause: 'TS 24.229 5.2.2.2',
      level: 'SHALL',
      says: 'The P-CSCF keeps from the core what it agrees on with the UE.',
      of: 'message',
      about: (message) => isRegister(message) && message.to === 'core',
      breaks: (request) => {
        const told = ['Security-Client', 'Security-Verify'].filter(
          (name) => field(request, name) !== undefined,
        );
        const asked = ['Require', 'Proxy-Require'].filter((name) =>
          listed(request, name).includes('sec-agree'),
        );
        const all = [...told, ...asked.map((name) => `sec-agree in ${name}`)];
        return all.length === 0 ? undefined : `REGISTER with ${all.join(', ')}`;
      },
    }),
    rule({
      id: 'keys-told-to-pcscf',
      clause: 'TS 24.229 5.4.1.2.1',
      level: 'SHALL',
      says: 'A challenge of IMS AKA tells the P-CSCF the keys IK and CK.',
      of: 'message',
      about: (message) => message.from === 'core' && akaChallengeIn(message) !== undefined,
      breaks: (response) => {
        const lacking = keys.filter(
          (name) => !/^[\da-f]{32}$/i.test(akaChallengeIn(response)!.get(name) ?? ''),
        );
        return lacking.length === 0 ? undefined : `${response.status} without ${lacking.join(' and ')}`;
      },
    }),
    rule({
      id: 'keys-kept-from-ue',
      clause: 'TS 24.229 5.2.2.2',
      level: 'SHALL',
      says: 'The P-CSCF removes the keys IK and CK from a challenge of IMS AKA.',
      of: 'message',
      about: (message) => message.to === 'ue' && akaChallengeIn(message) !== undefined,
      breaks: (response) => {
        const told = keys.filter((name) => akaChallengeIn(response)!.has(name));
        return told.length === 0 ? undefined : `${response.status} with ${told.join(' and ')}`;
      },
    }),
    rule({
      id: 'answer-to-server-port',
      clause: 'TS 33.203 7.1',
      level: 'SHALL',
      says: 'The answer to a request of the UE over security associations in UDP goes to the protected server port that its Via names.',
      of: 'exchange',
      about: ({ request }) =>
        request.from === 'ue' && request.isInEsp === true && request.transport === 'udp',
      breaks: ({ request, final }) => {
        const port = Number(/^\S+\s+[^;]*:(\d+)\s*(?:;|$)/.exec(field(request, 'Via') ?? '')?.[1] ?? 5060);
        if (!final.isInEsp) return `${final.status} to ${request.method} without security associations`;
        return final.destination.port === port
          ? undefined
          : `${final.status} to ${request.method} went to port ${final.destination.port}, and Via has ${port}`;
      },
    }),
  ],
};

const keys = ['ik', 'ck'] as const;

/** Returns the parameters of the challenge of IMS AKA in a message; undefined if it has none. */
const akaChallengeIn = (message: SipMessage): ReadonlyMap<string, string> | undefined =>
  fieldsNamed(message, 'WWW-Authenticate')
    .map((value) => digestOf(value))
    .find((parameters) => /^AKAv1-/i.test(parameters.get('algorithm') ?? ''));
