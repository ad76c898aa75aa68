import type { SecurityAssociationSet } from './protocol';
import { saKeys } from './sa-keys';

const integrityNames = {
  'hmac-sha-1-96': 'HMAC-SHA-1-96 [RFC2404]',
  'hmac-md5-96': 'HMAC-MD5-96 [RFC2403]',
} as const;
const encryptionNames = { 'aes-cbc': 'AES-CBC [RFC3602]', null: 'NULL' } as const;

/**
 * Returns the four SAs of a set as lines of Wireshark's table `esp_sa` (a UAT file), by which it decrypts them. Addresses
 * are left open because an NAPT changes them.
 */
export function espSaLines(set: SecurityAssociationSet): string[] {
  const { encryptionKey, integrityKey } = saKeys(set);
  const rest = [
    encryptionNames[set.encryption],
    encryptionKey ? `0x${encryptionKey.toString('hex')}` : '',
    integrityNames[set.integrity],
    `0x${integrityKey.toString('hex')}`,
  ];
  const { self, other } = set;
  return [self.serverSpi, self.clientSpi, other.serverSpi, other.clientSpi].map((spi) =>
    ['IPv4', '*', '*', `0x${spi.toString(16).padStart(8, '0')}`, ...rest]
      .map((field) => `"${field}"`)
      .join(','),
  );
}
