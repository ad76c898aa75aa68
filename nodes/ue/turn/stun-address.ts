import type { AttributeKey } from 'werift-ice/lib/ice-server/src/stun/attributes';
import type { Message } from 'werift-ice/lib/ice/src/stun/message';
import type { Endpoint } from '../protocol';

/** An address attribute of a STUN message, if it has one. */
export function addressIn(message: Message, name: AttributeKey): Endpoint | undefined {
  const value: unknown = message.getAttributeValue(name);
  if (!Array.isArray(value)) return undefined;
  const [ip, port] = value as unknown[];
  return typeof ip === 'string' && typeof port === 'number' ? { ip, port } : undefined;
}
