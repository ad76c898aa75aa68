import { createDecipheriv, createHmac, timingSafeEqual, type CipherGCMTypes } from 'node:crypto';
import type { ServerHello } from './tls-handshake';
import type { TlsSuite } from './tls-suite';

/** The content of a protected record. */
export interface Opened {
  /** Content type, see `contentTypes`. */
  readonly type: number;
  readonly content: Buffer;
}

/**
 * Opens the next protected record of one direction; undefined if it is not what was sealed with the key.
 * @param header the record's header of 5 bytes
 */
export type Opener = (header: Buffer, sealed: Buffer) => Opened | undefined;

/** The openers of the two directions. */
export interface Openers {
  readonly client: Opener;
  readonly server: Opener;
}

/** Bytes of an authentication tag, of every AEAD here (RFC 5116 5.1, RFC 8439 2.8). */
const tagLength = 16;
/** Bytes of a block of AES, and of the explicit IV of CBC (RFC 5246 6.2.3.2). */
const blockLength = 16;

/**
 * Makes the openers of a connection up to TLS 1.2 (RFC 5246 6.2.3, 6.3). How the master secret was made does not
 * matter: it is the same with the extended master secret and in a session that was resumed.
 */
export function openersOfTls12(
  suite: TlsSuite,
  master: Buffer,
  clientRandom: Buffer,
  { random, encryptsThenMacs }: Pick<ServerHello, 'random' | 'encryptsThenMacs'>,
): Openers {
  const isAead = suite.cipher === 'gcm' || suite.cipher === 'chacha20-poly1305';
  const macLength = isAead ? 0 : createHmac(suite.mac, '').digest().length;
  const ivLength = suite.cipher === 'gcm' ? 4 : suite.cipher === 'chacha20-poly1305' ? 12 : 0;
  const seed = Buffer.concat([Buffer.from('key expansion'), random, clientRandom]);
  const block = prf(suite.hash, master, seed, 2 * (macLength + suite.keyLength + ivLength));
  let offset = 0;
  const take = (length: number): Buffer => block.subarray(offset, (offset += length));
  const macs = [take(macLength), take(macLength)] as const;
  const keys = [take(suite.keyLength), take(suite.keyLength)] as const;
  const ivs = [take(ivLength), take(ivLength)] as const;
  const openerAt = (side: 0 | 1): Opener => {
    const own = { mac: macs[side], key: keys[side], iv: ivs[side] };
    switch (suite.cipher) {
      case 'gcm':
        return gcmOpener(own, suite);
      case 'chacha20-poly1305':
        return chachaOpener(own, suite);
      case 'null':
        return nullOpener(own, suite);
      case 'cbc':
        return encryptsThenMacs ? cbcThenMacOpener(own, suite) : cbcOpener(own, suite);
    }
  };
  return { client: openerAt(0), server: openerAt(1) };
}

interface Keys {
  readonly mac: Buffer;
  readonly key: Buffer;
  readonly iv: Buffer;
}

/** RFC 5246 6.2.3.1: content and MAC, in the clear. */
function nullOpener({ mac }: Keys, { mac: hash }: TlsSuite): Opener {
  const number = counter();
  return (header, sealed) => unmac(number(), header, sealed, mac, hash);
}

/** RFC 5246 6.2.3.2: an explicit IV, then content, MAC and padding encrypted. */
function cbcOpener({ mac, key }: Keys, { mac: hash }: TlsSuite): Opener {
  const number = counter();
  return (header, sealed) => {
    const sequence = number();
    const plain = decryptCbc(key, sealed);
    return plain && unmac(sequence, header, plain, mac, hash);
  };
}

/** RFC 7366 3: an explicit IV, then content and padding encrypted, then the MAC of what was encrypted. */
function cbcThenMacOpener({ mac, key }: Keys, { mac: hash }: TlsSuite): Opener {
  const number = counter();
  return (header, sealed) => {
    const checked = unmac(number(), header, sealed, mac, hash);
    const content = checked && decryptCbc(key, checked.content);
    return content && { type: header[0]!, content };
  };
}

function decryptCbc(key: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < 2 * blockLength || sealed.length % blockLength !== 0) return undefined;
  const iv = sealed.subarray(0, blockLength);
  const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, iv).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(sealed.subarray(blockLength)), decipher.final()]);
  const padding = plain.at(-1)! + 1;
  return padding > plain.length ? undefined : plain.subarray(0, plain.length - padding);
}

/** Takes the MAC off (RFC 5246 6.2.3.1); undefined if it is not that of the bytes before it. */
function unmac(
  sequence: Buffer,
  header: Buffer,
  bytes: Buffer,
  key: Buffer,
  hash: string,
): Opened | undefined {
  const length = bytes.length - key.length;
  if (length < 0) return undefined;
  const content = bytes.subarray(0, length);
  const mac = createHmac(hash, key)
    .update(about(sequence, header, length))
    .update(content)
    .digest();
  return timingSafeEqual(mac, bytes.subarray(length)) ? { type: header[0]!, content } : undefined;
}

/** RFC 5288 3: the first four bytes of the nonce are secret, the others stand before the ciphertext. */
function gcmOpener({ key, iv }: Keys, suite: TlsSuite): Opener {
  const number = counter();
  return (header, sealed) => {
    const sequence = number();
    const length = sealed.length - 8 - tagLength;
    if (length < 0) return undefined;
    const nonce = Buffer.concat([iv, sealed.subarray(0, 8)]);
    const content = openAead(suite, key, nonce, about(sequence, header, length), sealed.subarray(8));
    return content && { type: header[0]!, content };
  };
}

/** RFC 7905 2. */
function chachaOpener({ key, iv }: Keys, suite: TlsSuite): Opener {
  const number = counter();
  return (header, sealed) => {
    const sequence = number();
    const length = sealed.length - tagLength;
    if (length < 0) return undefined;
    const content = openAead(suite, key, nonceOf(iv, sequence), about(sequence, header, length), sealed);
    return content && { type: header[0]!, content };
  };
}

/**
 * Makes the opener of one direction of TLS 1.3 (RFC 8446 5.2, 7.3). The next secret is taken when a record is not
 * sealed with the current one, which the tag tells: after early data come the keys of the handshake, then those of the
 * application, and each KeyUpdate gives new ones.
 * @param secrets the traffic secrets in the order of their use
 */
export function openerOfTls13(suite: TlsSuite, secrets: readonly Buffer[]): Opener {
  let [current, ...later] = secrets.map((secret) => new Tls13Key(suite, secret));
  return (header, sealed) => {
    const opened = current?.open(header, sealed);
    if (opened || !current) return opened;
    const candidates = [...later, (later.at(-1) ?? current).next()];
    for (const [index, key] of candidates.entries()) {
      const content = key.open(header, sealed);
      if (!content) continue;
      current = key;
      later = later.slice(index + 1);
      return content;
    }
    return undefined;
  };
}

class Tls13Key {
  private readonly key: Buffer;
  private readonly iv: Buffer;
  private number = 0n;

  constructor(
    private readonly suite: TlsSuite,
    private readonly secret: Buffer,
  ) {
    this.key = expandLabel(suite.hash, secret, 'key', suite.keyLength);
    this.iv = expandLabel(suite.hash, secret, 'iv', 12);
  }

  open(header: Buffer, sealed: Buffer): Opened | undefined {
    if (sealed.length < tagLength + 1) return undefined;
    const inner = openAead(this.suite, this.key, nonceOf(this.iv, bytesOf(this.number)), header, sealed);
    if (!inner) return undefined;
    this.number++;
    // Zeros that pad the content stand behind its type.
    let end = inner.length;
    while (end > 0 && inner[end - 1] === 0) end--;
    return end === 0 ? undefined : { type: inner[end - 1]!, content: inner.subarray(0, end - 1) };
  }

  /** Returns the key after a KeyUpdate (RFC 8446 7.2). */
  next(): Tls13Key {
    const { suite, secret } = this;
    return new Tls13Key(suite, expandLabel(suite.hash, secret, 'traffic upd', secret.length));
  }
}

/** Returns the content that a key, a nonce and the data beside it seal; undefined if the tag is not theirs. */
function openAead(
  { cipher, keyLength }: TlsSuite,
  key: Buffer,
  nonce: Buffer,
  beside: Buffer,
  sealed: Buffer,
): Buffer | undefined {
  const end = sealed.length - tagLength;
  const name = cipher === 'gcm' ? `aes-${keyLength * 8}-gcm` : cipher;
  // The types have a signature for each name; all take the same options.
  const decipher = createDecipheriv(name as CipherGCMTypes, key, nonce, { authTagLength: tagLength });
  decipher.setAAD(beside, { plaintextLength: end }).setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** What a MAC or tag is about beside the content: sequence number, type, version and length (RFC 5246 6.2.3.1). */
function about(sequence: Buffer, header: Buffer, length: number): Buffer {
  const bytes = Buffer.concat([sequence, header]);
  bytes.writeUInt16BE(length, 11);
  return bytes;
}

/** RFC 8446 5.3, RFC 7905 2: the nonce is the IV, of which the last eight bytes are combined with the sequence number. */
function nonceOf(iv: Buffer, sequence: Buffer): Buffer {
  const nonce = Buffer.from(iv);
  sequence.forEach((byte, index) => (nonce[4 + index]! ^= byte));
  return nonce;
}

function counter(): () => Buffer {
  let number = 0n;
  return () => bytesOf(number++);
}

function bytesOf(number: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(number);
  return bytes;
}

/** The PRF of TLS 1.2 (RFC 5246 5). */
function prf(hash: string, secret: Buffer, seed: Buffer, length: number): Buffer {
  const hmac = (...data: Buffer[]): Buffer => createHmac(hash, secret).update(Buffer.concat(data)).digest();
  let output: Buffer = Buffer.alloc(0);
  for (let a = hmac(seed); output.length < length; a = hmac(a))
    output = Buffer.concat([output, hmac(a, seed)]);
  return output.subarray(0, length);
}

/** HKDF-Expand-Label without a context (RFC 8446 7.1), of which one block of HKDF is enough for every key here. */
function expandLabel(hash: string, secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = [Buffer.from([length >> 8, length & 0xff, name.length]), name, Buffer.from([0, 1])];
  return createHmac(hash, secret).update(Buffer.concat(info)).digest().subarray(0, length);
}
