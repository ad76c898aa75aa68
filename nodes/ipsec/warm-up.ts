import { open, seal } from './esp-packet';
import { request, type SecurityAssociationSet } from './protocol';
import { saKeys } from './sa-keys';

const end = { address: '192.0.2.1', clientPort: 5100, serverPort: 6100, clientSpi: 256, serverSpi: 257 };
const set: SecurityAssociationSet = {
  name: 'warm-up',
  mode: 'trans',
  integrity: 'hmac-sha-1-96',
  encryption: 'aes-cbc',
  ...{ ik: '00'.repeat(16), ck: '00'.repeat(16), lifetimeSeconds: 1, self: end, other: end },
};

/**
 * Reads a request, and seals and opens a packet, so that Node has compiled the code. The first real set would otherwise
 * wait some 10 ms for that.
 * @returns the text that was sealed
 */
export function warmUp(): string {
  request.parse({ id: 1, method: 'add', params: set });
  const keys = saKeys(set);
  const content = open(keys, seal(keys, 256, 1, { payload: Buffer.from('text'), nextHeader: 17 }));
  return typeof content === 'string' ? content : content.payload.toString();
}
