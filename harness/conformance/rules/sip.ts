import { rule, type Topic } from '../rule';
import { field, listed, parametersOf } from '../sip-message';

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
      about: ({ status }) => status === undefined,
      breaks: (request) => {
        const missing = ['To', 'From', 'CSeq', 'Call-ID', 'Max-Forwards', 'Via'].filter(
          (name) => field(request, name) === undefined,
        );
        return missing.length === 0 ? undefined : `${request.method} without ${missing.join(', ')}`;
      },
    }),
    rule({
      id: 'branch-cookie',
      clause: 'RFC 3261 8.1.1.7',
      level: 'MUST',
      says: 'The branch in the topmost Via of a request begins with z9hG4bK.',
      of: 'message',
      about: ({ status }) => status === undefined,
      breaks: (request) => {
        const branch = parametersOf(listed(request, 'Via')[0] ?? '').get('branch');
        return branch?.startsWith('z9hG4bK')
          ? undefined
          : `${request.method} with branch ${branch ?? 'none'}`;
      },
    }),
    rule({
      id: 'rport-filled-in',
      clause: 'RFC 3581 4',
      level: 'MUST',
      says: 'The answer to a request whose Via has rport tells there the port that the request came from, and the address in received.',
      of: 'exchange',
      about: ({ request }) =>
        request.from === 'ue' && parametersOf(listed(request, 'Via')[0] ?? '').has('rport'),
      breaks: ({ final }) => {
        const via = parametersOf(listed(final, 'Via')[0] ?? '');
        const lacking = [
          ...(/^\d+$/.test(via.get('rport') ?? '') ? [] : ['rport']),
          ...(via.get('received') ? [] : ['received']),
        ];
        return lacking.length === 0
          ? undefined
          : `${final.startLine} without ${lacking.join(' and ')} in Via`;
      },
    }),
  ],
};
