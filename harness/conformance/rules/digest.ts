import { digestOf } from '../../../kit/sip-fields';
import { groupBy } from '../../../kit/group-by';
import { oncePerRun, type Observed } from '../observed';
import { rule, type Topic } from '../rule';
import type { SipMessage } from '../sighting';
import { fieldsNamed, isRequest } from '../sip-message';

/** SIP Digest: RFC 3261 22, RFC 2617 and TS 33.203 Annex N. */
export const digest: Topic = {
  title: 'SIP Digest',
  rules: [
    rule({
      id: 'challenge-qop',
      clause: 'RFC 3261 22.4',
      isLookedUp: true,
      level: 'MUST',
      says: 'A challenge has qop.',
      of: 'message',
      about: ({ status, to }) => status === 401 && to === 'ue',
      breaks: (challenge) => {
        const challenges = fieldsNamed(challenge, 'WWW-Authenticate').map(digestOf);
        if (challenges.length === 0) return '401 without WWW-Authenticate';
        return challenges.every((parameters) => parameters.get('qop')) ? undefined : '401 without qop';
      },
    }),
    rule({
      id: 'digest-answer',
      clause: 'RFC 2617 3.2.2',
      level: 'MUST',
      says: 'The answer to a challenge with qop has qop, cnonce, nc and response.',
      of: 'message',
      about: (message) => message.from === 'ue' && answerIn(message) !== undefined,
      breaks: (request) => {
        const answer = answerIn(request)!;
        const forms = { qop: /^auth$/, cnonce: /./, nc: /^[\da-f]{8}$/i, response: /^[\da-f]{32}$/ };
        const wrong = Object.entries(forms).find(([name, form]) => !form.test(answer.get(name) ?? ''));
        return wrong && `${request.method} with ${wrong[0]} ${answer.get(wrong[0]) ?? 'none'}`;
      },
    }),
    rule({
      id: 'digest-uri',
      clause: 'RFC 3261 22.4',
      level: 'MUST',
      says: 'The uri that is digested is the Request-URI.',
      of: 'message',
      about: (message) => message.from === 'ue' && answerIn(message) !== undefined,
      breaks: (request) => {
        const uri = answerIn(request)!.get('uri');
        return uri === request.uri ? undefined : `${request.method} ${request.uri} with uri ${uri ?? 'none'}`;
      },
    }),
    rule({
      id: 'nonce-count-rises',
      clause: 'RFC 2617 3.2.2',
      level: 'MUST',
      says: 'Each request with a nonce has a higher nc than the one before.',
      of: 'message',
      // Over security associations a UE registers again with its last answer as it was (TS 24.229 5.1.1.4.2).
      about: (message) => message.from === 'ue' && !message.isInEsp && answerIn(message) !== undefined,
      breaks: (request, seen) => {
        const answer = answerIn(request)!;
        const before = sameNonceBefore(request, seen);
        const isHigher = before.every((nc) => parseInt(nc, 16) < parseInt(answer.get('nc') ?? '', 16));
        return isHigher ? undefined : `${request.method} with nc ${answer.get('nc')} after ${before.at(-1)}`;
      },
    }),
    rule({
      id: 'network-proves-itself',
      clause: 'TS 33.203 N',
      level: 'SHALL',
      says: 'The 200 to a REGISTER with the answer to a challenge has Authentication-Info with rspauth, and its cnonce and nc.',
      of: 'exchange',
      about: ({ request, final }) =>
        request.method === 'REGISTER' && final.status === 200 && answerIn(request) !== undefined,
      breaks: ({ request, final }) => {
        const answer = answerIn(request)!;
        const [info] = fieldsNamed(final, 'Authentication-Info');
        if (info === undefined) return '200 without Authentication-Info';
        const told = digestOf(info);
        if (!/^[\da-f]{32}$/i.test(told.get('rspauth') ?? ''))
          return `200 with rspauth ${told.get('rspauth') ?? 'none'}`;
        const other = ['cnonce', 'nc'].find((name) => told.get(name) !== answer.get(name));
        return other && `200 with ${other} ${told.get(other) ?? 'none'} to ${answer.get(other) ?? 'none'}`;
      },
    }),
  ],
};

/** Returns the parameters of the answer to a challenge; undefined if a message has none. */
function answerIn(message: SipMessage): ReadonlyMap<string, string> | undefined {
  const [authorization] = isRequest(message) ? fieldsNamed(message, 'Authorization') : [];
  const parameters = authorization === undefined ? undefined : digestOf(authorization);
  return parameters?.get('response') ? parameters : undefined;
}

const nonceOf = (message: SipMessage): string => answerIn(message)?.get('nonce') ?? '';

/** By nonce: the requests of UEs that answer a challenge, in the order of time. */
const answers = oncePerRun((seen) =>
  groupBy(
    seen.message.filter((one) => one.from === 'ue' && answerIn(one) !== undefined),
    nonceOf,
  ),
);

/** Returns the nonce counts of earlier requests with the same nonce; one that was sent again over UDP is the same. */
function sameNonceBefore(request: SipMessage, seen: Observed): string[] {
  const viaOf = (message: SipMessage): string | undefined => fieldsNamed(message, 'Via')[0];
  return answers(seen)
    .get(nonceOf(request))!
    .filter((one) => one.at < request.at && viaOf(one) !== viaOf(request))
    .map((one) => answerIn(one)!.get('nc') ?? '');
}
