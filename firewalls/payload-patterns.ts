import type { Readable } from './rules';

/** Bytes of a TCP segment's payload, in hexadecimal. */
export interface PayloadBytes {
  /** Offset of the first one in the payload. */
  readonly at: number;
  readonly hex: string;
  /** The bits that are compared; all by default. */
  readonly mask?: string;
}

/** What a segment's payload is known by: all of these bytes. */
export type Pattern = readonly PayloadBytes[];

const text = (characters: string, at = 0): PayloadBytes => ({
  at,
  hex: Buffer.from(characters, 'latin1').toString('hex'),
});

/** A TLS record of type handshake(22), version 3.x (RFC 8446 section 5.1). */
export const tlsHandshake: Pattern = [{ at: 0, hex: '1603' }];

/** The beginnings of HTTP requests, with the methods that a web filter knows: RFC 9110 section 9.3 and PATCH (RFC 5789). */
export const httpRequests: readonly Pattern[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
].map((method) => [text(`${method} `)]);

/** The beginning of an answer of HTTP. */
export const httpAnswer: Pattern = [text('HTTP/')];

/** Methods of SIP: RFC 3261, 3262 (PRACK), 3311 (UPDATE), 3428, 3515, 3903, 6086 (INFO), 6665. */
const sipMethods = [
  'REGISTER',
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'MESSAGE',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'PRACK',
  'UPDATE',
  'INFO',
  'REFER',
];

/** First byte of a TLS record of type application_data(23); its payload begins at byte 5. */
const applicationData: PayloadBytes = { at: 0, hex: '17' };
const recordHeader = 5;

/**
 * The second line of defence behind the inspector, which reads the whole stream. These patterns compare the TLS
 * record with which a segment begins (senders write a SIP message or a TURN message as a record of its own, so its
 * segment begins with it). They see every connection, also one that agreed on an encrypting suite and then
 * renegotiated one that does not encrypt; the inspector does not follow such a connection.
 *
 * No encrypted record may match by chance. Its payload is as good as random at the compared bytes (they fall in
 * the IV of a CBC suite and in the ciphertext of TLS 1.3; the explicit nonce of a GCM suite in TLS 1.2 is a counter or
 * random). The probability of a false match, per record, with n bits compared is 2^-n, summed over the patterns:
 *
 * | rule | bits | false match per record |
 * |---|---|---|
 * | SIP | 32 for `ACK ` and `BYE `, 40 and more for the others | 2 * 2^-32 + 3 * 2^-40 + ... < 4.8e-10 |
 * | STUN | 32, the magic cookie (RFC 8489 section 5) | 2^-32 = 2.4e-10 |
 * | RTP | 12 + 8 + 7 = 27 | 2^-27 = 7.5e-9 |
 * | MSRP | 40 | 2^-40 = 9.1e-13 |
 *
 * Together 8.2e-9: a run that carries a million encrypted records sees a false drop with a probability below 1 %. The
 * two version bits of RTP alone would drop one record in four.
 */
export const readablePatterns: Readonly<Record<Readable, readonly Pattern[]>> = {
  sip: [...sipMethods.map((method) => `${method} `), 'SIP/2.0'].map((begin) => [
    applicationData,
    text(begin, recordHeader),
  ]),
  stun: [[applicationData, { at: recordHeader + 4, hex: '2112a442' }]],
  // ChannelData (RFC 8656 section 12.4): channel 0x4000-0x400f, as clients bind the first of them; length
  // below 256, as every voice frame has; then RTP version 2 without padding or CSRCs, with or without a
  // header extension. So bytes 5-9 are 40 0- 00 -- 80 or 90, with 12, 8 and 7 bits compared. One dropped
  // record ends the whole TCP connection.
  rtp: [[applicationData, { at: recordHeader, hex: '4000000080', mask: 'fff0ff00ef' }]],
  msrp: [[applicationData, text('MSRP ', recordHeader)]],
};

/**
 * A handshake record(22) whose first message is a ServerHello(2) (RFC 5246 section 7.4.1.3). The suite that it chooses
 * stands behind the session id, whose length is at `sessionIdLengthAt`, after the headers of record and message, the
 * version and the random.
 */
export const serverHello: Pattern = [
  { at: 0, hex: '16' },
  { at: recordHeader, hex: '02' },
];
export const sessionIdLengthAt = recordHeader + 4 + 2 + 32;
