import type { Readable } from '../../../firewalls/rules';

/**
 * Text by which a protocol is known wherever it comes. A stream is looked at as if a line began with it.
 *
 * SIP (RFC 3261 sections 7.1, 7.2 and 20.42): the version, which is in every start line and in every Via, in any case
 * (section 7.3.1); or a line that begins like a request of any method to a SIP or tel URI. MSRP: RFC 4975 section 9.
 */
const text: readonly (readonly [RegExp, Readable])[] = [
  [/sip[ \t\r\n]*\/[ \t\r\n]*2\.0/i, 'sip'],
  [/[\r\n][ \t]*[\w.!%*+`'~-]+[ \t]+(?:sips?|tel):/i, 'sip'],
  [/[\r\n][ \t]*MSRP /, 'msrp'],
];

/** STUN's magic cookie (RFC 8489 section 5), as its bytes. */
const cookie = '\x21\x12\xa4\x42';

/** As many bytes of what came before are looked at again, since a pattern can begin there. */
const reach = 256;

/** The bytes of a message's beginning by which RTP is known. */
const rtpBytes = 5;

/**
 * Looks for protocols in the plaintext of one direction, which comes in pieces that are cut anywhere.
 */
export class ReadableText {
  private tail = '\n';
  /** Where messages begin in `tail` that are not decided yet. */
  private beginnings: number[] = [1];

  /** A message may begin with the next byte: a record does. */
  begin(): void {
    if (this.beginnings.at(-1) !== this.tail.length) this.beginnings.push(this.tail.length);
  }

  /** @returns what the bytes complete first, if anything */
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
   * ChannelData (RFC 8656 section 12.4) with RTP in it, as the nftables rule knows it: bytes 40 0- 00 -- 80 or 90. What follows
   * ChannelData, padded to a multiple of four (section 12.5), is a message again.
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

/** Channel numbers as clients bind the first of them: 0x4000-0x400f. */
const isChannel = (seen: string, at: number): boolean =>
  seen[at] === '\x40' && (seen.charCodeAt(at + 1) & 0xf0) === 0;

const lengthAt = (seen: string, at: number): number =>
  (((seen.charCodeAt(at + 2) << 8) | seen.charCodeAt(at + 3)) + 3) & ~3;

/**
 * Where STUN is known: two bits of zero, a length that is a multiple of four, and the cookie. It may come anywhere: in
 * ChannelData, or behind a length (RFC 4571). Random bytes look like it with a probability of 2^-36 at each.
 */
function stunEnd(seen: string): number | undefined {
  for (let at = seen.indexOf(cookie, 4); at >= 0; at = seen.indexOf(cookie, at + 1))
    if (seen.charCodeAt(at - 4) < 0x40 && (seen.charCodeAt(at - 1) & 3) === 0) return at + cookie.length;
  return undefined;
}
