/** A way in which a phone or a server may write a message into TLS: how it cuts the text into records and segments. */
export interface Way {
  /** Returns a text to be written instead of the given one. */
  text?(text: string): string;
  /** Cuts the text into records; without this the text is one record. */
  records?(text: string): string[];
  /** Cuts the bytes for the network into TCP segments; without this they are one segment. */
  segments?(bytes: Buffer): Buffer[];
}

const cutAt = (text: string, at: number): string[] => [text.slice(0, at), text.slice(at)];
const recordHeader = 5;

export const waysOfWriting = {
  'at once': {},
  'a record split in two': { records: (text) => cutAt(text, 4) },
  'the start line apart': { records: (text) => cutAt(text, text.indexOf('\r\n') + 2) },
  'header and payload of the record in two segments': {
    segments: (bytes) => [bytes.subarray(0, recordHeader), bytes.subarray(recordHeader)],
  },
  'a CRLF record before it in the same segment': { records: (text) => ['\r\n\r\n', text] },
  'a CRLF in front of it': { text: (text) => `\r\n${text}` },
  'a space in front of it': { text: (text) => ` ${text}` },
  'one byte a record': { records: (text) => [...text] },
  'one byte a segment': { segments: (bytes) => [...bytes].map((byte) => Buffer.from([byte])) },
  'records and segments cut across each other': {
    records: (text) => text.match(/[^]{1,7}/g) ?? [],
    segments: (bytes) =>
      Array.from({ length: Math.ceil(bytes.length / 11) }, (_, i) => bytes.subarray(i * 11, i * 11 + 11)),
  },
  'small letters': { text: (text) => text.toLowerCase() },
  'a method that nobody knows': { text: (text) => text.replace('REGISTER', 'FOO') },
} satisfies Record<string, Way>;
export type WayName = keyof typeof waysOfWriting;
