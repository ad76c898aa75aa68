import type { Readable } from '../../../firewalls/rules';

/**
 * Patterns of text by which a protocol is recognised wherever they match. The beginning of a stream
 * counts as the beginning of a line.
 *
 * SIP (RFC 3261 sections 7.1, 7.2 and 20.42): the version, which is in every start line and in every Via, in any case
 * (section 7.3.1); or a line that begins like a request of any method to a SIP or tel URI. MSRP: RFC 4975 section 9.
 */
const text: readonly (readonly [RegExp, Readable])[] = [
  [/sip[ \t\r\n]*\/[ \t\r\n]*2\.0/i, 'sip'],
  [/[\r\n][ \t]*[\w.!%*+`'~-]+[ \t]+(?:sips?|tel):/i, 'sip'],
  [/[\r\n][ \t]*MSRP /, 'msrp'],
];

/** The bytes of STUN's magic cookie (RFC 8489 section 5). */
const cookie = '\x21\x12\xa4\x42';

/** Number of earlier bytes that are searched again, since a pattern can begin in them. */
const reach = 256;

/** Number of bytes at the beginning of a message by which RTP is recognised. */
const rtpBytes = 5;

/**
 * Looks for protocols in the plaintext of one direction, which comes in pieces that are cut anywhere.
 */
export class ReadableText {
  private tail = '\n';
  /** Offsets in `tail` at which messages begin that are not decided yet. */
  private beginnings: number[] = [1];

  /** Notes that a message may begin with the next byte, because a record begins there. */
  begin(): void {
    if (this.beginnings.at(-1) !== this.tail.length) this.beginnings.push(this.tail.length);
  }

  /** @returns the protocol that the bytes complete first, if any */
  push(bytes: Buffer): Readable | undefined {
    const seen = this.tail + bytes.toString('latin1');
    const found = text.flatMap(([pattern, what]) => {
      const match = pattern.exec(seen);
      return match ? [{ end: match.index + match[0].length, what }] : [];
    });
    const ends = { stun: stunEnd(seen), rtp: this.rtpEnd(seen) };
    for (const what of ['stun', 'rtp'] as const) if (ends[what]) found.push({ end: ends[what], what });
    const cut = Math.max(0, seen.length - reach);
    this.tail = seen.slice(cut);
    this.beginnings = this.beginnings.map((at) => at - cut);
    return found.sort((a, b) => a.end - b.end)[0]?.what;
  }

  /**
   * Finds ChannelData (RFC 8656 section 12.4) with RTP in it, by the same bytes as the nftables rule: 40 0- 00 --
   * 80 or 90. Another message follows ChannelData, which is padded to a multiple of four (section 12.5).
   */
  private rtpEnd(seen: string): number | undefined {
    const open: number[] = [];
    for (const beginning of this.beginnings) {
      let next = beginning;
      while (next + rtpBytes <= seen.length && isChannel(seen, next)) {
        if (seen[next + 2] === '\0' && (seen.charCodeAt(next + 4) & 0xef) === 0x80) return next + rtpBytes;
        next += 4 + lengthAt(seen, next);
      }
      if (next + rtpBytes > seen.length) open.push(next);
    }
    this.beginnings = open;
    return undefined;
  }
}

/** Says whether a channel number is one of 0x4000-0x400f, which clients bind first. */
const isChannel = (seen: string, at: number): boolean =>
  seen[at] === '\x40' && (seen.charCodeAt(at + 1) & 0xf0) === 0;

const lengthAt = (seen: string, at: number): number =>
  (((seen.charCodeAt(at + 2) << 8) | seen.charCodeAt(at + 3)) + 3) & ~3;

/**
 * Finds STUN by two zero bits, a length that is a multiple of four, and the cookie. It may stand
 * anywhere: in ChannelData, or behind a length (RFC 4571). Random bytes look like it with a
 * probability of 2^-36 at each position.
 */
function stunEnd(seen: string): number | undefined {
  for (let at = seen.indexOf(cookie, 4); at >= 0; at = seen.indexOf(cookie, at + 1))
    if (seen.charCodeAt(at - 4) < 0x40 && (seen.charCodeAt(at - 1) & 3) === 0) return at + cookie.length;
  return undefined;
}
