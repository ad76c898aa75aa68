import type { SecurityAssociationSet } from './protocol';
import { integrityAlgorithms } from './protocol';
import { hashes, saKeys, type SaKeys } from './sa-keys';
import { spiText } from '../../kit/spi';

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
    ['IPv4', '*', '*', spiText(spi), ...rest].map((field) => `"${field}"`).join(','),
  );
}

/** Algorithms and keys of security associations by SPI, 8 lower-case hexadecimal digits. */
export type EspKeys = ReadonlyMap<string, SaKeys>;

/** Reads the keys from lines as {@link espSaLines} writes them. Lines of any other form are skipped, since a file may be cut off. */
export function espKeysIn(text: string): EspKeys {
  const keys = new Map<string, SaKeys>();
  for (const line of text.split('\n')) {
    const [, spi = '', encryption, encryptionKey = '', integrity, integrityKey = ''] =
      saLine.exec(line) ?? [];
    const algorithm = integrityAlgorithms.find((one) => integrityNames[one] === integrity);
    const isNull = encryption === encryptionNames.null;
    if (!algorithm || (!isNull && encryption !== encryptionNames['aes-cbc'])) continue;
    if (encryptionKey.length !== (isNull ? 0 : aesKeyDigits)) continue;
    keys.set(spi.toLowerCase(), {
      hash: hashes[algorithm],
      integrityKey: Buffer.from(integrityKey, 'hex'),
      encryptionKey: isNull ? undefined : Buffer.from(encryptionKey, 'hex'),
    });
  }
  return keys;
}

const aesKeyDigits = 32;

const saLine =
  /^"IPv4","\*","\*","0x([0-9a-f]{8})","([^"]*)","(?:0x([0-9a-f]*))?","([^"]*)","0x((?:[0-9a-f]{2})+)"$/i;
