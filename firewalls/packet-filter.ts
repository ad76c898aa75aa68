import type { Pattern } from './payload-patterns';

/**
 * Programs of the classic BPF for iptables' match `bpf` (`iptables-extensions(8)`), which reads a packet from its IP
 * header on. A read beyond the packet's end makes the program, and so the match, false.
 */

/** An instruction: opcode, jump if true, jump if false, operand (`linux/filter.h`). */
type Instruction = readonly [code: number, jt: number, jf: number, k: number];

const op = {
  loadByte: 0x30,
  loadHalf: 0x28,
  loadByteAtX: 0x50,
  loadHalfAtX: 0x48,
  loadWordAtX: 0x40,
  headerLengthToX: 0xb1,
  and: 0x54,
  shiftRight: 0x74,
  addX: 0x0c,
  copyToX: 0x07,
  jumpIfEqual: 0x15,
  jumpIfAboveX: 0x2d,
  return: 0x06,
} as const;

const yes: Instruction = [op.return, 0, 0, 0xffff];
const no: Instruction = [op.return, 0, 0, 0];

/** Puts the offset of the TCP payload into X: the lengths of both headers. */
const findPayload: readonly Instruction[] = [
  [op.headerLengthToX, 0, 0, 0],
  [op.loadByteAtX, 0, 0, 12],
  [op.shiftRight, 0, 0, 2],
  [op.and, 0, 0, 0x3c],
  [op.addX, 0, 0, 0],
  [op.copyToX, 0, 0, 0],
];

/** The pieces of 4, 2 and 1 bytes that can be loaded at once, and the opcode for each. */
const loads = [
  [4, op.loadWordAtX],
  [2, op.loadHalfAtX],
  [1, op.loadByteAtX],
] as const;

/** Ends the program unless the payload has all of these bytes. */
function demand(pattern: Pattern): Instruction[] {
  return pattern.flatMap(({ at, hex, mask }) => {
    const length = hex.length / 2;
    const instructions: Instruction[] = [];
    for (let done = 0; done < length;) {
      const [size, load] = loads.find(([bytes]) => bytes <= length - done)!;
      const piece = (of: string): number => parseInt(of.slice(done * 2, (done + size) * 2), 16);
      instructions.push(
        [load, 0, 0, at + done],
        ...(mask === undefined ? [] : [[op.and, 0, 0, piece(mask)] as const]),
        [op.jumpIfEqual, 1, 0, piece(hex)],
        no,
      );
      done += size;
    }
    return instructions;
  });
}

/** Writes a program as `--bytecode` takes it. */
const written = (instructions: readonly Instruction[]): string =>
  [`${instructions.length}`, ...instructions.map((one) => one.join(' '))].join(',');

/** A program that is true of a TCP segment whose payload has all of these bytes. */
export const payloadHas = (pattern: Pattern): string => written([...findPayload, ...demand(pattern), yes]);

/** A program that is true of a TCP segment with at least one byte of payload. */
export const carriesData: string = written([
  ...findPayload,
  // The length of the whole packet (RFC 791 3.1).
  [op.loadHalf, 0, 0, 2],
  [op.jumpIfAboveX, 0, 1, 0],
  yes,
  no,
]);

/**
 * A program that is true of a TCP segment whose payload has these bytes, and one of these values behind a field of
 * variable length.
 * @param lengthAt offset in the payload of the byte that tells the field's length; the field follows it
 * @param values two bytes each
 */
export const payloadHasBehind = (pattern: Pattern, lengthAt: number, values: readonly number[]): string =>
  written([
    ...findPayload,
    ...demand(pattern),
    [op.loadByteAtX, 0, 0, lengthAt],
    [op.addX, 0, 0, 0],
    [op.copyToX, 0, 0, 0],
    [op.loadHalfAtX, 0, 0, lengthAt + 1],
    ...values.map((value, index): Instruction => [op.jumpIfEqual, values.length - index, 0, value]),
    no,
    yes,
  ]);
