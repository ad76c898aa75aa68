import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SaKeys } from './sa-keys';

/** SPI and sequence number. */
export const espHeaderLength = 8;
/** HMAC-SHA-1-96 and HMAC-MD5-96 both keep 96 bits (RFC 2404, RFC 2403). */
const icvLength = 12;
const aesBlock = 16;
/** RFC 4303 section 2.4: the ICV is on a boundary of four bytes. */
const nullBlock = 4;

/** What an ESP packet protects. */
export interface EspContent {
  readonly payload: Buffer;
  /** Number of the protocol of the payload: 4 for IP in tunnel mode, 17 for UDP, 6 for TCP. */
  readonly nextHeader: number;
}

/** Why a packet cannot be opened. */
export type EspFault = 'wrong ICV' | 'malformed' | 'wrong padding';

/** Returns the SPI and the sequence number of an ESP packet; undefined if it is too short to be one. */
export function espHeader(packet: Buffer): { readonly spi: number; readonly sequence: number } | undefined {
  if (packet.length < espHeaderLength) return undefined;
  return { spi: packet.readUInt32BE(0), sequence: packet.readUInt32BE(4) };
}

/**
 * Makes an ESP packet (RFC 4303 section 3.3.2).
 * @param iv initialization vector of AES-CBC; unpredictable by default, as RFC 3602 section 3 asks
 */
export function seal(
  keys: SaKeys,
  spi: number,
  sequence: number,
  { payload, nextHeader }: EspContent,
  iv?: Buffer,
): Buffer {
  const header = Buffer.alloc(espHeaderLength);
  header.writeUInt32BE(spi, 0);
  header.writeUInt32BE(sequence, 4);
  const block = keys.encryptionKey ? aesBlock : nullBlock;
  const padding = (block - ((payload.length + 2) % block)) % block;
  const trailer = Buffer.alloc(padding + 2);
  for (let index = 0; index < padding; index += 1) trailer[index] = index + 1;
  trailer[padding] = padding;
  trailer[padding + 1] = nextHeader;
  const sealed = [header, ...encrypt(keys.encryptionKey, [payload, trailer], iv)];
  return Buffer.concat([...sealed, icvOf(keys, sealed)]);
}

/** Opens an ESP packet (RFC 4303 section 3.4.4). Nothing of a packet that is not authentic is looked at. */
export function open(keys: SaKeys, packet: Buffer): EspContent | EspFault {
  const smallest = espHeaderLength + (keys.encryptionKey ? 2 * aesBlock : nullBlock) + icvLength;
  if (packet.length < smallest) return 'malformed';
  const data = packet.subarray(0, packet.length - icvLength);
  if (!timingSafeEqual(icvOf(keys, [data]), packet.subarray(data.length))) return 'wrong ICV';
  const body = data.subarray(espHeaderLength);
  if (body.length % (keys.encryptionKey ? aesBlock : nullBlock) !== 0) return 'malformed';
  return withoutTrailer(decrypt(keys.encryptionKey, body));
}

function withoutTrailer(text: Buffer): EspContent | EspFault {
  const padding = text[text.length - 2]!;
  const end = text.length - 2 - padding;
  if (end < 0) return 'wrong padding';
  // RFC 4303 section 2.4: padding is 1, 2, 3, ... and should be inspected.
  for (let index = 0; index < padding; index += 1)
    if (text[end + index] !== index + 1) return 'wrong padding';
  return { payload: text.subarray(0, end), nextHeader: text[text.length - 1]! };
}

function encrypt(
  key: Buffer | undefined,
  text: readonly Buffer[],
  iv: Buffer = randomBytes(aesBlock),
): readonly Buffer[] {
  if (!key) return text;
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  return [iv, ...text.map((part) => cipher.update(part)), cipher.final()];
}

function decrypt(key: Buffer | undefined, body: Buffer): Buffer {
  if (!key) return body;
  const cipher = createDecipheriv('aes-128-cbc', key, body.subarray(0, aesBlock)).setAutoPadding(false);
  return Buffer.concat([cipher.update(body.subarray(aesBlock)), cipher.final()]);
}

function icvOf({ hash, integrityKey }: SaKeys, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac(hash, integrityKey);
  for (const part of parts) hmac.update(part);
  return hmac.digest().subarray(0, icvLength);
}
