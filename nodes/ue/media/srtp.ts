import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { rtpHeaderLength } from './rtp-packet';

/** Sizes in bytes for SRTP (RFC 3711) with the suite AES_CM_128_HMAC_SHA1_80 (RFC 4568 6.2.1). */
export const masterLength = 30;
const masterKeyLength = 16;
const saltLength = 14;
const tagLength = 10;
/** Length of the E flag and the index together (RFC 3711 3.4). */
const indexLength = 4;

/** The labels that tell session keys apart by their use (RFC 3711 4.3.2). */
const labels = {
  rtp: { cipher: 0, auth: 1, salt: 2 },
  rtcp: { cipher: 3, auth: 4, salt: 5 },
} as const;

interface SessionKeys {
  readonly cipher: Buffer;
  readonly auth: Buffer;
  readonly salt: Buffer;
}

/** Derives the session keys (RFC 3711 4.3.1), with a key derivation rate of 0. */
export function deriveKeys(master: Buffer, of: keyof typeof labels): SessionKeys {
  const key = master.subarray(0, masterKeyLength);
  const salt = master.subarray(masterKeyLength, masterLength);
  const derive = (label: number, length: number): Buffer => {
    const x = Buffer.from(salt);
    // The label stands before the 48 bits of the index, which are 0, and so 7 bytes from the end.
    x[saltLength - 7] = (x[saltLength - 7] ?? 0) ^ label;
    return keystream(key, Buffer.concat([x, Buffer.alloc(2)]), Buffer.alloc(length));
  };
  return {
    cipher: derive(labels[of].cipher, masterKeyLength),
    auth: derive(labels[of].auth, 20),
    salt: derive(labels[of].salt, saltLength),
  };
}

/** One direction of a session: the packets of one source, protected by its sender or read by its receiver. */
export class SrtpStream {
  private readonly rtp: SessionKeys;
  private readonly rtcp: SessionKeys;
  private readonly rollover = new Rollover();
  private readonly rtpReplay = new ReplayWindow();
  private readonly rtcpReplay = new ReplayWindow();
  private rtcpIndex = 0;

  /** @param master key and salt, 30 bytes, as SDES carries them */
  constructor(master: Buffer) {
    this.rtp = deriveKeys(master, 'rtp');
    this.rtcp = deriveKeys(master, 'rtcp');
  }

  /** Protects an RTP packet that is about to be sent. */
  protectRtp(packet: Buffer): Buffer {
    const header = rtpHeaderLength(packet) ?? packet.length;
    const index = this.rollover.indexOf(packet.readUInt16BE(2));
    this.rollover.update(index);
    const payload = keystream(
      this.rtp.cipher,
      counter(this.rtp.salt, packet.readUInt32BE(8), index),
      packet.subarray(header),
    );
    const encrypted = Buffer.concat([packet.subarray(0, header), payload]);
    return Buffer.concat([encrypted, this.rtpTag(encrypted, index)]);
  }

  /**
   * Returns the RTP packet of a received SRTP packet; undefined if that is not
   * authentic, or a replay (RFC 3711 3.3).
   */
  unprotectRtp(packet: Buffer): Buffer | undefined {
    if (packet.length < tagLength) return undefined;
    const encrypted = packet.subarray(0, -tagLength);
    const header = rtpHeaderLength(encrypted);
    if (header === undefined) return undefined;
    const index = this.rollover.indexOf(encrypted.readUInt16BE(2));
    if (this.rtpReplay.seen(index)) return undefined;
    if (!timingSafeEqual(this.rtpTag(encrypted, index), packet.subarray(-tagLength))) return undefined;
    this.rtpReplay.note(index);
    this.rollover.update(index);
    const initial = counter(this.rtp.salt, encrypted.readUInt32BE(8), index);
    const payload = keystream(this.rtp.cipher, initial, encrypted.subarray(header));
    return Buffer.concat([encrypted.subarray(0, header), payload]);
  }

  /** Protects a compound RTCP packet that is about to be sent (RFC 3711 3.4). */
  protectRtcp(packet: Buffer): Buffer {
    const index = ++this.rtcpIndex;
    const initial = counter(this.rtcp.salt, packet.readUInt32BE(4), index);
    const trailer = Buffer.alloc(indexLength);
    trailer.writeUInt32BE(0x8000_0000 + index);
    const encrypted = Buffer.concat([
      packet.subarray(0, 8),
      keystream(this.rtcp.cipher, initial, packet.subarray(8)),
      trailer,
    ]);
    return Buffer.concat([encrypted, tag(this.rtcp.auth, encrypted)]);
  }

  /** Returns the compound RTCP packet of a received SRTCP packet; undefined if that is not authentic, or a replay. */
  unprotectRtcp(packet: Buffer): Buffer | undefined {
    if (packet.length < 8 + indexLength + tagLength) return undefined;
    const authenticated = packet.subarray(0, -tagLength);
    const trailer = authenticated.readUInt32BE(authenticated.length - indexLength);
    const index = trailer % 0x8000_0000;
    if (this.rtcpReplay.seen(index)) return undefined;
    if (!timingSafeEqual(tag(this.rtcp.auth, authenticated), packet.subarray(-tagLength))) return undefined;
    this.rtcpReplay.note(index);
    const body = authenticated.subarray(8, -indexLength);
    const initial = counter(this.rtcp.salt, authenticated.readUInt32BE(4), index);
    const encrypted = trailer >= 0x8000_0000;
    return Buffer.concat([
      authenticated.subarray(0, 8),
      encrypted ? keystream(this.rtcp.cipher, initial, body) : body,
    ]);
  }

  /** Computes the tag over the packet and the rollover counter (RFC 3711 4.2). */
  private rtpTag(encrypted: Buffer, index: number): Buffer {
    const rollover = Buffer.alloc(4);
    rollover.writeUInt32BE(Math.floor(index / 0x1_0000) % 0x1_0000_0000);
    return tag(this.rtp.auth, encrypted, rollover);
  }
}

/** Number of sources of one end that are read at the same time; a phone has fewer. */
const mostSources = 8;

/**
 * Reads the packets that the other end sends with one master key. Each source has a context of its own (RFC 3711
 * 3.2.3), which begins with its first authentic packet.
 */
export class SrtpReceiver {
  private readonly streams = new Map<number, SrtpStream>();

  /** @param master as {@link SrtpStream} takes it */
  constructor(private readonly master: Buffer) {}

  /** Does the same as {@link SrtpStream.unprotectRtp}, for any source. */
  unprotectRtp(packet: Buffer): Buffer | undefined {
    if (packet.length < 12) return undefined;
    return this.read(packet.readUInt32BE(8), (stream) => stream.unprotectRtp(packet));
  }

  /** Does the same as {@link SrtpStream.unprotectRtcp}, for any source. */
  unprotectRtcp(packet: Buffer): Buffer | undefined {
    if (packet.length < 8) return undefined;
    return this.read(packet.readUInt32BE(4), (stream) => stream.unprotectRtcp(packet));
  }

  private read(ssrc: number, by: (stream: SrtpStream) => Buffer | undefined): Buffer | undefined {
    const known = this.streams.get(ssrc);
    const stream = known ?? new SrtpStream(this.master);
    const clear = by(stream);
    if (clear === undefined || known) return clear;
    this.streams.set(ssrc, stream);
    const [oldest] = this.streams.keys();
    if (this.streams.size > mostSources && oldest !== undefined) this.streams.delete(oldest);
    return clear;
  }
}

/** Encrypts or decrypts by AES in counter mode (RFC 3711 4.1.1): it returns the input XOR the keystream. */
function keystream(key: Buffer, initial: Buffer, input: Buffer): Buffer {
  return createCipheriv('aes-128-ctr', key, initial).update(input);
}

/** Computes the IV (RFC 3711 4.1.1): (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16). */
function counter(salt: Buffer, ssrc: number, index: number): Buffer {
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(ssrc, 4);
  mask.writeUIntBE(index, 8, 6);
  for (const [at, byte] of salt.entries()) mask[at] = (mask[at] ?? 0) ^ byte;
  return mask;
}

function tag(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hmac = createHmac('sha1', key);
  for (const bytes of parts) hmac.update(bytes);
  return hmac.digest().subarray(0, tagLength);
}

/** Finds the 48-bit index of a packet from its 16-bit sequence number (RFC 3711 3.3.1). */
class Rollover {
  private highest: number | undefined;

  indexOf(sequence: number): number {
    if (this.highest === undefined) return sequence;
    const cycle = Math.floor(this.highest / 0x1_0000);
    const last = this.highest % 0x1_0000;
    const guess =
      last < 0x8000
        ? sequence - last > 0x8000
          ? cycle - 1
          : cycle
        : last - 0x8000 > sequence
          ? cycle + 1
          : cycle;
    return Math.max(guess, 0) * 0x1_0000 + sequence;
  }

  update(index: number): void {
    this.highest = Math.max(this.highest ?? index, index);
  }
}

/** Remembers which of the last indices, at least 64 of them, were received (RFC 3711 3.3.2). */
class ReplayWindow {
  private highest = -1;
  private readonly received = new Set<number>();

  seen(index: number): boolean {
    return index <= this.highest - replayWindow || this.received.has(index);
  }

  note(index: number): void {
    this.received.add(index);
    if (index <= this.highest) return;
    this.highest = index;
    if (this.received.size <= 2 * replayWindow) return;
    for (const old of this.received) if (old <= index - replayWindow) this.received.delete(old);
  }
}

const replayWindow = 128;
