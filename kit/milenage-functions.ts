import { createCipheriv } from 'node:crypto';

/** The outputs of f1 and f1* (TS 35.206 4.1), 8 bytes each. */
export interface Macs {
  /** MAC-A, by which the network shows that it knows K. */
  readonly macA: Buffer;
  /** MAC-S, by which a USIM shows the same when it asks for resynchronisation. */
  readonly macS: Buffer;
}

/** The outputs of f2 to f5 and of f5* (TS 35.206 4.1). */
export interface KeysAndResponse {
  /** 8 bytes. */
  readonly res: Buffer;
  /** 16 bytes. */
  readonly ck: Buffer;
  /** 16 bytes. */
  readonly ik: Buffer;
  /** 6 bytes, by which the SQN of an AUTN is concealed. */
  readonly ak: Buffer;
  /** 6 bytes, by which the SQN of an AUTS is concealed. */
  readonly akStar: Buffer;
}

/**
 * The constants of TS 35.206 4.1: each output rotates its input to the left by r bits and adds c. All values of r are
 * whole bytes, and c is 0 but for its last byte.
 */
const out1 = { r: 64, c: 0 };
const out2 = { r: 0, c: 1 };
const out3 = { r: 32, c: 2 };
const out4 = { r: 64, c: 4 };
const out5 = { r: 96, c: 8 };

/** The block cipher E[x] under K: AES with a key of 128 bits. */
export function encrypted(k: Buffer, block: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ecb', k, null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

/** Adds two blocks of the same length bit by bit. */
export const xor = (one: Buffer, other: Buffer): Buffer =>
  Buffer.from(one.map((byte, index) => byte ^ other[index]!));

/** The functions f1 and f1*. The caller has checked all lengths. */
export function f1(k: Buffer, opc: Buffer, rand: Buffer, sqn: Buffer, amf: Buffer): Macs {
  const temp = encrypted(k, xor(rand, opc));
  const input = xor(Buffer.concat([sqn, amf, sqn, amf]), opc);
  const output = xor(encrypted(k, withConstant(xor(temp, rotated(input, out1.r)), out1.c)), opc);
  return { macA: output.subarray(0, 8), macS: output.subarray(8) };
}

/** The functions f2, f3, f4, f5 and f5*. The caller has checked all lengths. */
export function f2To5(k: Buffer, opc: Buffer, rand: Buffer): KeysAndResponse {
  const input = xor(encrypted(k, xor(rand, opc)), opc);
  const output = ({ r, c }: typeof out2): Buffer =>
    xor(encrypted(k, withConstant(rotated(input, r), c)), opc);
  const second = output(out2);
  return {
    res: second.subarray(8),
    ak: second.subarray(0, 6),
    ck: output(out3),
    ik: output(out4),
    akStar: output(out5).subarray(0, 6),
  };
}

function rotated(block: Buffer, bits: number): Buffer {
  const bytes = bits / 8;
  return Buffer.concat([block.subarray(bytes), block.subarray(0, bytes)]);
}

function withConstant(block: Buffer, constant: number): Buffer {
  const sum = Buffer.from(block);
  sum[15]! ^= constant;
  return sum;
}
