import { staticSti, stiKindOf } from '../../../nodes/scc-as/sti';
import { rule, type Topic } from '../rule';
import type { Exchange, SipMessage } from '../sighting';
import { field, isRequest, isSuccess, tagIn } from '../sip-message';

const isInvite = (message: SipMessage): boolean => message.method === 'INVITE' && isRequest(message);

/** The header fields that name a source access leg, with the parameters that each must have once. */
const naming = [
  { name: 'Replaces', tags: ['to-tag', 'from-tag'] },
  { name: 'Target-Dialog', tags: ['local-tag', 'remote-tag'] },
] as const;

/** Says whether a message is an INVITE that is to transfer a session: it goes to an STI. */
const transfers = (message: SipMessage): boolean =>
  isInvite(message) &&
  tagIn(message, 'To') === undefined &&
  stiKindOf(message.uri ?? '', staticSti) !== 'none';

/** Says whether a session was transferred, as seen between P-CSCF and core, where every leg passes. */
const isTransfer = ({ request, final }: Exchange): boolean =>
  transfers(request) && request.to === 'core' && isSuccess(final);

const sourceCallIdOf = (request: SipMessage): string | undefined =>
  naming
    .map(({ name }) => field(request, name))
    .find((value) => value !== undefined)
    ?.split(';')[0]
    ?.trim();

/** What TS 23.237 and TS 24.237 demand of a UE and an SCC AS at PS-PS access transfer. */
export const continuity: Topic = {
  title: 'Session continuity',
  rules: [
    rule({
      id: 'transfer-names-source',
      clause: 'TS 24.237 10.2',
      isLookedUp: true,
      level: 'SHALL',
      says: 'An INVITE to a session transfer identifier names the source access leg, by Replaces or Target-Dialog.',
      of: 'message',
      about: transfers,
      breaks: (invite) =>
        sourceCallIdOf(invite) === undefined
          ? 'INVITE to an STI without Replaces and Target-Dialog'
          : undefined,
    }),
    rule({
      id: 'named-dialog-tags',
      clause: 'RFC 3891 6.1, RFC 4538 7',
      level: 'MUST',
      says: 'Replaces and Target-Dialog have each of their two tags once.',
      of: 'message',
      about: (message) => naming.some(({ name }) => field(message, name) !== undefined),
      breaks: (message) => {
        for (const { name, tags } of naming) {
          const parameters = field(message, name)?.split(';').slice(1);
          const count = (tag: string): number | undefined =>
            parameters?.filter((one) => one.split('=')[0]?.trim().toLowerCase() === tag).length;
          const wrong = tags.find((tag) => (count(tag) ?? 1) !== 1);
          if (wrong !== undefined) return `${name} with ${count(wrong)} ${wrong}`;
        }
        return undefined;
      },
    }),
    rule({
      id: 'remote-leg-updated',
      clause: 'TS 23.237 6.3.2.2.1',
      isLookedUp: true,
      level: 'SHALL',
      says: 'Before a transfer is answered, the remote end has got a re-INVITE.',
      of: 'exchange',
      about: isTransfer,
      breaks: ({ request, final }, { message }) =>
        message.some(
          (one) =>
            isInvite(one) &&
            one.from === 'core' &&
            tagIn(one, 'To') !== undefined &&
            one.at >= request.at &&
            one.at <= final.at,
        )
          ? undefined
          : 'a transfer was answered and no re-INVITE was sent before',
    }),
    rule({
      id: 'source-leg-released',
      clause: 'TS 23.237 6.3.2.2.1',
      isLookedUp: true,
      level: 'SHALL',
      says: 'After a transfer the source access leg is released.',
      of: 'exchange',
      about: isTransfer,
      breaks: ({ request }, { message }) =>
        message.some(
          (one) =>
            one.method === 'BYE' &&
            isRequest(one) &&
            one.from === 'core' &&
            field(one, 'Call-ID') === sourceCallIdOf(request),
        )
          ? undefined
          : 'no BYE was sent on the source access leg',
    }),
  ],
};
