/** Questions for an IPv4 address and their answers (RFC 1035 clause 4), which is all that this UE asks the DNS. */

const headerBytes = 12;
const recursionDesired = 0x0100;
const typeA = 1;
const classInternet = 1;

/** Writes a question for the IPv4 address of a name. @param id of the question, 16 bits */
export function questionFor(name: string, id: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(recursionDesired, 2);
  header.writeUInt16BE(1, 4);
  const labels = name.split('.').map((label) => Buffer.from(label, 'ascii'));
  const written = labels.flatMap((label) => [Buffer.of(label.length), label]);
  return Buffer.concat([header, ...written, Buffer.of(0, 0, typeA, 0, classInternet)]);
}

/** The answer to a question: the addresses of the name, none if the DNS knows none. */
export interface Answer {
  readonly id: number;
  /** RFC 1035 4.1.1: 0 for no error, 3 for a name that is not there. */
  readonly responseCode: number;
  readonly addresses: readonly string[];
}

/** Reads an answer; returns undefined when the bytes are none. */
export function readAnswer(bytes: Buffer): Answer | undefined {
  try {
    return answerIn(bytes);
  } catch {
    return undefined; // it ends before what it says that it has
  }
}

function answerIn(bytes: Buffer): Answer | undefined {
  const flags = bytes.readUInt16BE(2);
  if ((flags & 0x8000) === 0) return undefined;
  const [questions, answers] = [bytes.readUInt16BE(4), bytes.readUInt16BE(6)];
  let at = headerBytes;
  for (let index = 0; index < questions; index++) at = afterName(bytes, at) + 4;
  const addresses: string[] = [];
  for (let index = 0; index < answers; index++) {
    at = afterName(bytes, at);
    const [type, group, length] = [
      bytes.readUInt16BE(at),
      bytes.readUInt16BE(at + 2),
      bytes.readUInt16BE(at + 8),
    ];
    const data = at + 10;
    at = data + length;
    // Aliases (CNAME) stand before the address that they lead to.
    if (type === typeA && group === classInternet && length === 4)
      addresses.push([0, 1, 2, 3].map((octet) => bytes.readUInt8(data + octet)).join('.'));
  }
  return { id: bytes.readUInt16BE(0), responseCode: flags & 0x0f, addresses };
}

/** Returns where the name at this place ends; a pointer (4.1.4) ends it. */
function afterName(bytes: Buffer, start: number): number {
  for (let at = start; ;) {
    const length = bytes.readUInt8(at);
    if (length >= 0xc0) return at + 2;
    if (length === 0) return at + 1;
    at += 1 + length;
  }
}
