import { parse, type SessionDescription } from 'sdp-transform';
import { field, type SipText } from './sip-message';

const read = new WeakMap<SipText, SessionDescription>();

/** Returns the session description in the body of a message; undefined if it has none. */
export function sdpOf(message: SipText): SessionDescription | undefined {
  if (!/^application\/sdp\b/i.test(field(message, 'Content-Type') ?? '')) return undefined;
  let description = read.get(message);
  if (description === undefined) {
    description = parse(message.body);
    read.set(message, description);
  }
  return description;
}
