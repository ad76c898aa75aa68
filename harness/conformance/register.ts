import { parametersOf } from '../../kit/sip-fields';
import { field, isRequest, listed, type SipText } from './sip-message';

/** What several rules ask of a REGISTER. */

type Text = Pick<SipText, 'status' | 'method' | 'fields'>;

/** Says whether a message is a REGISTER, and no response to one. */
export const isRegister = (message: Text): boolean => message.method === 'REGISTER' && isRequest(message);

/** Returns for how long a REGISTER asks that a contact is bound, as it is written; undefined if it leaves that open. */
export const expiryOf = (contact: string, request: Text): string | undefined =>
  parametersOf(contact).get('expires') ?? field(request, 'Expires');

/** Says whether a REGISTER makes bindings or keeps them, and neither ends one nor only asks for them. */
export const isBinding = (request: Text): boolean => {
  const contacts = listed(request, 'Contact');
  return contacts.length > 0 && contacts.every((contact) => !/^0+$/.test(expiryOf(contact, request) ?? ''));
};
