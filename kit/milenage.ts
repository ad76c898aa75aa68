import { timingSafeEqual } from 'node:crypto';
import { encrypted, f1, f2To5, xor } from './milenage-functions';

/** Secrets of a USIM and of its subscriber's entry in the HSS. */
export interface Card {
  /** The subscriber's key, 16 bytes. */
  readonly k: Buffer;
  /** The operator's variant of the algorithm, made for this K ({@link opcOf}), 16 bytes. */
  readonly opc: Buffer;
  /** The authentication management field of the HSS, 2 bytes. */
  readonly amf: Buffer;
}

/** Returns the card whose secrets are written in hexadecimal. */
export const cardOf = ({ k, opc, amf }: Readonly<Record<keyof Card, string>>): Card => ({
  k: Buffer.from(k, 'hex'),
  opc: Buffer.from(opc, 'hex'),
  amf: Buffer.from(amf, 'hex'),
});

/** An authentication vector, a quintet (TS 33.102 6.3.2). */
export interface Vector {
  readonly rand: Buffer;
  readonly autn: Buffer;
  readonly xres: Buffer;
  readonly ck: Buffer;
  readonly ik: Buffer;
}

/**
 * The answer of a USIM to a challenge (TS 33.102 6.3.3): the network is authentic and the card answers with RES; or the
 * MAC is wrong, so that the challenge is not from the home network; or the SQN was used before, or is too far ahead, and
 * the card asks by AUTS for resynchronisation.
 */
export type UsimAnswer =
  | {
      readonly outcome: 'authentic';
      readonly res: Buffer;
      readonly ck: Buffer;
      readonly ik: Buffer;
      readonly sqn: bigint;
    }
  | { readonly outcome: 'mac-failure' }
  | { readonly outcome: 'sync-failure'; readonly auts: Buffer };

/** SQN is SEQ with an index IND of this many bits behind it (TS 33.102 C.1.1.1 and C.3). */
export const indBits = 5n;

/** A USIM does not accept a SEQ that is more than this ahead of the last one (Delta in TS 33.102 C.2.1 and C.3). */
export const furthestAhead = 1n << 28n;

/** The AMF of resynchronisation (TS 33.102 6.3.3), which is never sent. */
const resynchronisationAmf = Buffer.alloc(2);

/**
 * Returns OPc of a K and the operator's OP (TS 35.206 4.1).
 * @throws RangeError if one has not 16 bytes
 */
export function opcOf(k: Buffer, op: Buffer): Buffer {
  requireLength('K', k, 16);
  requireLength('OP', op, 16);
  return xor(encrypted(k, op), op);
}

/**
 * Makes an authentication vector by Milenage, as the authentication centre does.
 * @param rand 16 bytes, to be random and used once
 * @param sqn 48 bits
 * @throws RangeError if a field of the card or RAND has a wrong length, or SQN does not fit
 */
export function authenticationVector(card: Card, rand: Buffer, sqn: bigint): Vector {
  requireCard(card);
  requireLength('RAND', rand, 16);
  const { res, ck, ik, ak } = f2To5(card.k, card.opc, rand);
  const number = sqnBytes(sqn);
  const { macA } = f1(card.k, card.opc, rand, number, card.amf);
  return { rand, autn: Buffer.concat([xor(number, ak), card.amf, macA]), xres: res, ck, ik };
}

/**
 * Answers a challenge as a USIM does.
 * @param seen the highest SQN that the card has accepted
 * @param rand 16 bytes
 * @param autn 16 bytes: SQN concealed, AMF and MAC-A
 * @throws RangeError if a field of the card, RAND or AUTN has a wrong length, or `seen` is no SQN
 */
export function usimAnswer(card: Card, seen: bigint, rand: Buffer, autn: Buffer): UsimAnswer {
  requireCard(card);
  requireLength('RAND', rand, 16);
  requireLength('AUTN', autn, 16);
  const seenBytes = sqnBytes(seen);
  const { res, ck, ik, ak, akStar } = f2To5(card.k, card.opc, rand);
  const number = xor(autn.subarray(0, 6), ak);
  const { macA } = f1(card.k, card.opc, rand, number, autn.subarray(6, 8));
  if (!timingSafeEqual(macA, autn.subarray(8))) return { outcome: 'mac-failure' };
  const sqn = numberOf(number);
  if (isAcceptable(seen, sqn)) return { outcome: 'authentic', res, ck, ik, sqn };
  const { macS } = f1(card.k, card.opc, rand, seenBytes, resynchronisationAmf);
  return { outcome: 'sync-failure', auts: Buffer.concat([xor(seenBytes, akStar), macS]) };
}

/**
 * Says whether a USIM accepts an SQN (TS 33.102 C.2).
 * @param seen the highest SQN that the card has accepted
 */
export function isAcceptable(seen: bigint, sqn: bigint): boolean {
  const ahead = (sqn >> indBits) - (seen >> indBits);
  return ahead > 0n && ahead <= furthestAhead;
}

/**
 * Reads the SQN that a USIM has accepted last out of its AUTS (TS 33.102 6.3.5).
 * @param rand the RAND of the challenge that the card refused, 16 bytes
 * @param auts 14 bytes: SQN concealed, and MAC-S
 * @returns undefined if MAC-S is wrong, so that the AUTS is not from this card
 * @throws RangeError if a field of the card, RAND or AUTS has a wrong length
 */
export function resynchronised(card: Card, rand: Buffer, auts: Buffer): bigint | undefined {
  requireCard(card);
  requireLength('RAND', rand, 16);
  requireLength('AUTS', auts, 14);
  const { akStar } = f2To5(card.k, card.opc, rand);
  const number = xor(auts.subarray(0, 6), akStar);
  const { macS } = f1(card.k, card.opc, rand, number, resynchronisationAmf);
  return timingSafeEqual(macS, auts.subarray(6)) ? numberOf(number) : undefined;
}

const numberOf = (bytes: Buffer): bigint => BigInt(bytes.readUIntBE(0, 6));

function sqnBytes(sqn: bigint): Buffer {
  if (sqn < 0n || sqn >= 1n << 48n) throw new RangeError(`SQN has 48 bits, and ${sqn} is outside of them`);
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(Number(sqn), 0, 6);
  return bytes;
}

function requireCard({ k, opc, amf }: Card): void {
  requireLength('K', k, 16);
  requireLength('OPc', opc, 16);
  requireLength('AMF', amf, 2);
}

function requireLength(what: string, { length }: Buffer, bytes: number): void {
  if (length !== bytes) throw new RangeError(`${what} has ${bytes} bytes, not ${length}`);
}
