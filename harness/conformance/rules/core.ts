import { digestOf, uriOf } from '../../../kit/sip-fields';
import { rule, type Topic } from '../rule';
import { isRegister } from '../register';
import type { SipMessage } from '../sighting';
import { field, isInitial, listed } from '../sip-message';

/** What the P-CSCF tells the core of a UE, and keeps from the UE: TS 24.229 5.2, RFC 3325 and RFC 7315. */
export const core: Topic = {
  title: 'P-CSCF and core',
  rules: [
    rule({
      id: 'identity-asserted',
      clause: 'TS 24.229 5.2.6.3',
      level: 'SHALL',
      says: 'The P-CSCF asserts the identity of who begins a dialog or transaction, in place of what the UE preferred.',
      of: 'message',
      about: (message) => isInitial(message) && message.to === 'core',
      breaks: (request) => {
        if (field(request, 'P-Asserted-Identity') === undefined)
          return `${request.method} without P-Asserted-Identity`;
        return field(request, 'P-Preferred-Identity') === undefined
          ? undefined
          : `${request.method} with P-Preferred-Identity`;
      },
    }),
    rule({
      id: 'register-sent-on',
      clause: 'TS 24.229 5.2.2.1',
      level: 'SHALL',
      says: 'The P-CSCF sends a REGISTER on with Path, path in Require, P-Visited-Network-ID and P-Charging-Vector.',
      of: 'message',
      about: (message) => isRegister(message) && message.to === 'core',
      breaks: (request) => {
        const missing = ['Path', 'P-Visited-Network-ID', 'P-Charging-Vector'].filter(
          (name) => field(request, name) === undefined,
        );
        if (!listed(request, 'Require').includes('path')) missing.push('path in Require');
        return missing.length === 0 ? undefined : `REGISTER without ${missing.join(', ')}`;
      },
    }),
    rule({
      id: 'integrity-told',
      clause: 'TS 24.229 5.2.2',
      level: 'SHALL',
      says: 'The P-CSCF tells the registrar how a REGISTER with credentials is protected.',
      of: 'message',
      about: (message) =>
        isRegister(message) && message.to === 'core' && field(message, 'Authorization') !== undefined,
      breaks: (request) => {
        const told = digestOf(field(request, 'Authorization')!).get('integrity-protected');
        return told !== undefined && protections.has(told)
          ? undefined
          : `integrity-protected is ${told ?? 'not told'}`;
      },
    }),
    rule({
      id: 'charging-identity',
      clause: 'TS 24.229 5.2.6.3',
      level: 'SHALL',
      says: 'The P-CSCF gives each dialog or transaction that a UE begins an identity for charging.',
      of: 'message',
      about: (message) => isInitial(message) && message.to === 'core',
      breaks: (request) =>
        /\bicid-value=/i.test(field(request, 'P-Charging-Vector') ?? '')
          ? undefined
          : `${request.method} without icid-value`,
    }),
    rule({
      id: 'charging-kept-from-ue',
      clause: 'TS 24.229 5.2.6.4',
      level: 'SHALL',
      says: 'The P-CSCF keeps what is for charging from the UE.',
      of: 'message',
      about: ({ to }) => to === 'ue',
      breaks: (message) => {
        const told = ['P-Charging-Vector', 'P-Charging-Function-Addresses'].find(
          (name) => field(message, name) !== undefined,
        );
        return told === undefined ? undefined : `${message.startLine} with ${told}`;
      },
    }),
    rule({
      id: 'registration-told',
      clause: 'TS 24.229 5.4.1.2.2F',
      level: 'SHALL',
      says: 'The 200 to a REGISTER that binds a Contact tells its identities, the Service-Route, and the Path as it came.',
      of: 'exchange',
      about: ({ request, final }) =>
        isRegister(request) &&
        request.to === 'core' &&
        final.status === 200 &&
        listed(request, 'Contact').some((contact) => isBound(contact, final)),
      breaks: ({ request, final }) => {
        const missing = ['P-Associated-URI', 'Service-Route'].filter(
          (name) => field(final, name) === undefined,
        );
        if (field(final, 'Path') !== field(request, 'Path')) missing.push('the Path of the request');
        return missing.length === 0 ? undefined : `200 without ${missing.join(', ')}`;
      },
    }),
    rule({
      id: 'called-party-told',
      clause: 'TS 24.229 5.4.3.3',
      level: 'SHALL',
      says: 'An INVITE or MESSAGE that comes for a UE says which of its identities was called.',
      of: 'message',
      about: (message) =>
        isInitial(message) && message.to === 'ue' && ['INVITE', 'MESSAGE'].includes(message.method),
      breaks: (request) =>
        field(request, 'P-Called-Party-ID') === undefined
          ? `${request.method} without P-Called-Party-ID`
          : undefined,
    }),
  ],
};

/** Says whether a Contact is among those that the registrar has now. */
const isBound = (contact: string, response: SipMessage): boolean =>
  listed(response, 'Contact').some((one) => uriOf(one) === uriOf(contact));

/** The values of IMS AKA, where `yes` is over security associations, and those of SIP Digest (TS 24.229 7.2A.2). */
const protections: ReadonlySet<string> = new Set([
  'no',
  'yes',
  'tls-pending',
  'tls-yes',
  'ip-assoc-pending',
  'ip-assoc-yes',
]);
