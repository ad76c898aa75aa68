import { rule, type Topic } from '../rule';
import { digestOf, fieldsNamed } from '../sip-message';

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
  ],
};
