import { crc32 as crc32OfNode } from 'node:zlib';
import fc from 'fast-check';
import { crc32 } from './crc32';

// The check value that catalogues of CRCs give for CRC-32.
it('of "123456789" is cbf43926', () => expect(crc32(Buffer.from('123456789')).toString(16)).toBe('cbf43926'));

it('is that of zlib, whatever the bytes', () =>
  fc.assert(fc.property(fc.uint8Array(), (bytes) => crc32(bytes) === crc32OfNode(bytes))));
