/** Makes pcapng files of any kind for the tests, from the draft's pictures and not from the project's writer. */

export interface Order {
  readonly littleEndian: boolean;
}

export type Option = readonly [code: number, value: Uint8Array];

const words = ({ littleEndian }: Order, ...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) =>
    littleEndian ? bytes.writeUInt32LE(value >>> 0, i * 4) : bytes.writeUInt32BE(value >>> 0, i * 4),
  );
  return bytes;
};

const halves = ({ littleEndian }: Order, ...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) =>
    littleEndian ? bytes.writeUInt16LE(value, i * 2) : bytes.writeUInt16BE(value, i * 2),
  );
  return bytes;
};

const pad = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

/** Builds options with the end after them. */
const optionList = (order: Order, list: readonly Option[]): Buffer =>
  list.length === 0
    ? Buffer.alloc(0)
    : Buffer.concat([
        ...list.flatMap(([code, value]) => [halves(order, code, value.length), pad(value)]),
        halves(order, 0, 0),
      ]);

/** Builds any block. */
export function block(order: Order, type: number, content: Uint8Array): Buffer {
  const length = content.length + 12;
  return Buffer.concat([words(order, type, length), content, words(order, length)]);
}

export const sectionHeader = (order: Order, version = 1): Buffer =>
  block(
    order,
    0x0a0d0d0a,
    Buffer.concat([words(order, 0x1a2b3c4d), halves(order, version, 0), Buffer.alloc(8, 0xff)]),
  );

export const interfaceBlock = (
  order: Order,
  linkType: number,
  list: readonly Option[] = [],
  snapLength = 0,
): Buffer =>
  block(
    order,
    1,
    Buffer.concat([halves(order, linkType, 0), words(order, snapLength), optionList(order, list)]),
  );

export interface MadePacket {
  readonly interface: number;
  /** In the units of its interface. */
  readonly ticks: bigint;
  readonly bytes: Uint8Array;
  readonly originalLength?: number;
  readonly comments?: readonly string[];
}

const timed = (order: Order, { ticks, bytes, originalLength, comments = [] }: MadePacket): Buffer =>
  Buffer.concat([
    words(order, Number(ticks >> 32n), Number(ticks & 0xffffffffn)),
    words(order, bytes.length, originalLength ?? bytes.length),
    pad(bytes),
    optionList(
      order,
      comments.map((text) => [1, Buffer.from(text)]),
    ),
  ]);

export const enhancedPacket = (order: Order, packet: MadePacket): Buffer =>
  block(order, 6, Buffer.concat([words(order, packet.interface), timed(order, packet)]));

/** The block that the Enhanced Packet Block has replaced. */
export const obsoletePacket = (order: Order, packet: MadePacket): Buffer =>
  block(order, 2, Buffer.concat([halves(order, packet.interface, 0xffff), timed(order, packet)]));

export const simplePacket = (order: Order, bytes: Uint8Array, originalLength = bytes.length): Buffer =>
  block(order, 3, Buffer.concat([words(order, originalLength), pad(bytes)]));

export const secretsBlock = (order: Order, type: number, bytes: Uint8Array): Buffer =>
  block(order, 10, Buffer.concat([words(order, type, bytes.length), pad(bytes)]));
