import { uriOf } from '../../../kit/sip-fields';
import { earlierThan, type Observed } from '../observed';
import { rule, type Topic } from '../rule';
import type { SipMessage } from '../sighting';
import { cseqOf, field, isRequest, isSuccess, listed, tagIn } from '../sip-message';

/** The requests that make a dialog here (RFC 3261 12.1; RFC 6665 4.1.2). */
const makesDialog = ({ method }: SipMessage): boolean => method === 'INVITE' || method === 'SUBSCRIBE';

/** What RFC 3261 12 to 15 demand of dialogs and sessions. */
export const dialogs: Topic = {
  title: 'Dialogs',
  rules: [
    rule({
      id: 'dialog-contact',
      clause: 'RFC 3261 8.1.1.8',
      level: 'MUST',
      says: 'A request that can make a dialog has one Contact.',
      of: 'message',
      about: (message) => isRequest(message) && makesDialog(message),
      breaks: (request) => {
        const contacts = listed(request, 'Contact').map(uriOf);
        return contacts.length === 1 && /^sips?:/i.test(contacts[0]!)
          ? undefined
          : `${request.method} with Contact ${contacts.join(', ') || 'none'}`;
      },
    }),
    rule({
      id: 'accepted-contact',
      clause: 'RFC 3261 12.1.1',
      level: 'MUST',
      says: 'The answer that makes a dialog has Contact.',
      of: 'message',
      about: (message) => isSuccess(message) && makesDialog(message),
      breaks: (response) =>
        listed(response, 'Contact').length === 0
          ? `${response.status} to ${response.method} without Contact`
          : undefined,
    }),
    rule({
      id: 'record-route-returned',
      clause: 'RFC 3261 12.1.1',
      level: 'MUST',
      says: 'The answer that makes a dialog has the Record-Route of its request.',
      of: 'exchange',
      about: ({ request, final }) => makesDialog(request) && isSuccess(final) && request.to === 'ue',
      breaks: ({ request, final }) => {
        const [asked, told] = [request, final].map((one) => listed(one, 'Record-Route').join(', '));
        return asked === told ? undefined : `${final.status} with Record-Route ${told || 'none'}`;
      },
    }),
    rule({
      id: 'ack-cseq',
      clause: 'RFC 3261 13.2.2.4, 17.1.1.3',
      level: 'MUST',
      says: 'An ACK has the number of the INVITE that it is for.',
      of: 'message',
      about: (message) => message.method === 'ACK' && isRequest(message),
      breaks: (ack, seen) =>
        earlierThan(ack, seen).some(
          (one) => one.method === 'INVITE' && isRequest(one) && cseqOf(one) === cseqOf(ack),
        )
          ? undefined
          : `ACK ${cseqOf(ack)} for no INVITE that was seen`,
    }),
    rule({
      id: 'cseq-by-one',
      clause: 'RFC 3261 12.2.1.1',
      level: 'MUST',
      says: 'Of one Call-ID, each further request of a UE has a CSeq higher by one.',
      of: 'message',
      about: (message, seen) => isCounted(message) && sentBefore(message, seen) !== undefined,
      breaks: (request, seen) => {
        const before = sentBefore(request, seen)!;
        const isAgain = cseqOf(request) === cseqOf(before) && request.method === before.method;
        return isAgain || cseqOf(request) === cseqOf(before) + 1
          ? undefined
          : `${request.method} ${cseqOf(request)} after ${before.method} ${cseqOf(before)}`;
      },
    }),
    rule({
      id: 'route-set',
      clause: 'RFC 3261 12.2.1.1',
      level: 'MUST',
      says: 'A request of a UE within a dialog has the route set of the dialog in Route.',
      of: 'message',
      about: (message, seen) => dialogOf(message, seen) !== undefined,
      breaks: (request, seen) => {
        const { routes } = dialogOf(request, seen)!;
        const sent = listed(request, 'Route').map(uriOf);
        return sent.join() === routes.join()
          ? undefined
          : `${request.method} with Route ${sent.join(', ') || 'none'} and not ${routes.join(', ') || 'none'}`;
      },
    }),
    rule({
      id: 'remote-target',
      clause: 'RFC 3261 12.2.1.1',
      level: 'MUST',
      says: 'A request of a UE within a dialog goes to the Contact that the other end told last.',
      of: 'message',
      about: (message, seen) => dialogOf(message, seen) !== undefined,
      breaks: (request, seen) => {
        const { targets } = dialogOf(request, seen)!;
        return targets.some((target) => sameUri(target, request.uri ?? ''))
          ? undefined
          : `${request.method} to ${request.uri} and not ${targets.at(-1)}`;
      },
    }),
  ],
};

/** RFC 3261 12.2.1.1: the numbers of ACK and CANCEL are those of their INVITE. */
const isCounted = (message: SipMessage): boolean =>
  isRequest(message) && message.from === 'ue' && message.method !== 'ACK' && message.method !== 'CANCEL';

/** Returns the request that the UE sent last with this Call-ID and the same tag in From. */
const sentBefore = (message: SipMessage, seen: Observed): SipMessage | undefined =>
  earlierThan(message, seen).findLast(
    (one) => isCounted(one) && tagIn(one, 'From') === tagIn(message, 'From'),
  );

/** What a UE knows of a dialog when it sends a request in it. */
interface Dialog {
  readonly routes: readonly string[];
  /** The Contacts that the other end told, the latest last; only the latest two can be meant when both ends speak at once. */
  readonly targets: readonly string[];
}

/** Returns the dialog in which a UE sends a request; undefined if it is in none that was seen to be made. */
function dialogOf(message: SipMessage, seen: Observed): Dialog | undefined {
  const own = tagIn(message, 'From');
  const others = tagIn(message, 'To');
  if (!isRequest(message) || message.from !== 'ue' || message.method === 'CANCEL') return undefined;
  if (own === undefined || others === undefined) return undefined;
  const before = earlierThan(message, seen);
  const answer = before.find(
    (one) =>
      isSuccess(one) &&
      makesDialog(one) &&
      [tagIn(one, 'From'), tagIn(one, 'To')].sort().join() === [own, others].sort().join(),
  );
  if (answer === undefined) return undefined;
  // An ACK for a refusal is part of the INVITE's transaction, and has the Route of that.
  const isOfRefused =
    message.method === 'ACK' &&
    before.some(
      (one) => one.method === 'INVITE' && (one.status ?? 0) >= 300 && cseqOf(one) === cseqOf(message),
    );
  if (isOfRefused) return undefined;
  const isCaller = tagIn(answer, 'From') === own;
  const recorded = listed(answer, 'Record-Route').map(uriOf);
  const told = before.filter(
    (one) =>
      one.to === 'ue' &&
      [tagIn(one, 'From'), tagIn(one, 'To')].includes(others) &&
      ['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY'].includes(one.method) &&
      (isRequest(one) || isSuccess(one)) &&
      field(one, 'Contact') !== undefined,
  );
  return {
    routes: isCaller ? recorded.reverse() : recorded,
    targets: told.slice(-2).map((one) => uriOf(listed(one, 'Contact')[0]!)),
  };
}

/** RFC 3261 19.1.4 compares hosts and schemes without regard to case. */
const sameUri = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
