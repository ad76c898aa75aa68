import fc from 'fast-check';
import { authenticationVector, opcOf, resynchronised, usimAnswer, type Card } from './milenage';
import { f1, f2To5 } from './milenage-functions';
import { milenageTestSets } from './testing/milenage-test-sets';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const card: fc.Arbitrary<Card> = fc.record({ k: bytes(16), opc: bytes(16), amf: bytes(2) });
/** SEQ is 43 bits; here it leaves room ahead of it. */
const seen = fc.bigInt({ min: 0n, max: (1n << 47n) - 1n });
/** How far a SEQ is ahead that a USIM accepts (TS 33.102 C.2.1, C.3: Delta is 2^28). */
const ahead = fc.bigInt({ min: 1n, max: 1n << 28n });
const anySqn = fc.bigInt({ min: 0n, max: (1n << 48n) - 1n });

test('there are the six sets of TS 35.207 and the further ones of TS 35.208', () => {
  expect(milenageTestSets).toHaveLength(20);
  expect(new Set(milenageTestSets.map(({ k }) => k)).size).toBe(20);
});

test.each(milenageTestSets)('every function gives what TS $name has', (set) => {
  const [k, opc, rand, sqn, amf] = [set.k, set.opc, set.rand, set.sqn, set.amf].map(hex) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  expect(opcOf(k, hex(set.op)).toString('hex')).toBe(set.opc);
  const { macA, macS } = f1(k, opc, rand, sqn, amf);
  expect([macA, macS].map((mac) => mac.toString('hex'))).toEqual([set.f1, set.f1Star]);
  const { res, ck, ik, ak, akStar } = f2To5(k, opc, rand);
  expect([res, ck, ik, ak, akStar].map((output) => output.toString('hex'))).toEqual([
    set.f2,
    set.f3,
    set.f4,
    set.f5,
    set.f5Star,
  ]);
  const vector = authenticationVector({ k, opc, amf }, rand, BigInt(`0x${set.sqn}`));
  const concealed = BigInt(`0x${set.sqn}`) ^ BigInt(`0x${set.f5}`);
  expect(vector.autn.toString('hex')).toBe(`${concealed.toString(16).padStart(12, '0')}${set.amf}${set.f1}`);
  expect([vector.xres, vector.ck, vector.ik].map((part) => part.toString('hex'))).toEqual([
    set.f2,
    set.f3,
    set.f4,
  ]);
});

test('a USIM takes a fresh vector of its HSS as authentic, and both have the same RES, CK and IK', () => {
  fc.assert(
    fc.property(card, bytes(16), seen, ahead, (secrets, rand, last, steps) => {
      const sqn = last + (steps << 5n);
      const { autn, xres, ck, ik } = authenticationVector(secrets, rand, sqn);
      expect(usimAnswer(secrets, last, rand, autn)).toEqual({ outcome: 'authentic', res: xres, ck, ik, sqn });
    }),
  );
});

test('a challenge of another network, and one with any bit of its AUTN flipped, is a MAC failure', () => {
  fc.assert(
    fc.property(card, bytes(16), seen, fc.integer({ min: 0, max: 127 }), (secrets, rand, last, bit) => {
      const { autn } = authenticationVector(secrets, rand, last + 32n);
      const flipped = Buffer.from(autn);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(usimAnswer(secrets, last, rand, flipped)).toEqual({ outcome: 'mac-failure' });
      const k = Buffer.from(secrets.k);
      k[bit >> 3]! ^= 1 << (bit & 7);
      expect(usimAnswer({ ...secrets, k }, last, rand, autn)).toEqual({ outcome: 'mac-failure' });
    }),
  );
});

test('a USIM asks for resynchronisation if an SQN is not ahead of the last, or too far, and the HSS learns the last', () => {
  fc.assert(
    fc.property(card, bytes(16), anySqn, anySqn, (secrets, rand, last, sqn) => {
      const steps = (sqn >> 5n) - (last >> 5n);
      fc.pre(steps <= 0n || steps > 1n << 28n);
      const answer = usimAnswer(secrets, last, rand, authenticationVector(secrets, rand, sqn).autn);
      if (answer.outcome !== 'sync-failure') throw new Error(answer.outcome);
      expect(answer.auts).toHaveLength(14);
      expect(resynchronised(secrets, rand, answer.auts)).toBe(last);
    }),
  );
});

test('a vector that was accepted once is refused the second time', () => {
  fc.assert(
    fc.property(card, bytes(16), seen, (secrets, rand, sqn) => {
      const { autn } = authenticationVector(secrets, rand, sqn);
      expect(usimAnswer(secrets, sqn, rand, autn).outcome).toBe('sync-failure');
    }),
  );
});

test('an AUTS with any bit flipped, or for another RAND, tells the HSS nothing', () => {
  fc.assert(
    fc.property(card, bytes(16), bytes(16), seen, fc.nat(111), (secrets, rand, other, last, bit) => {
      const answer = usimAnswer(secrets, last, rand, authenticationVector(secrets, rand, last).autn);
      if (answer.outcome !== 'sync-failure') throw new Error(answer.outcome);
      const flipped = Buffer.from(answer.auts);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(resynchronised(secrets, rand, flipped)).toBeUndefined();
      fc.pre(!rand.equals(other));
      expect(resynchronised(secrets, other, answer.auts)).toBeUndefined();
    }),
  );
});

describe('a value of a wrong length is refused by its name', () => {
  const good: Card = { k: Buffer.alloc(16), opc: Buffer.alloc(16), amf: Buffer.alloc(2) };
  const rand = Buffer.alloc(16);
  const autn = Buffer.alloc(16);

  test.each([
    ['K has 16 bytes, not 15', () => opcOf(Buffer.alloc(15), Buffer.alloc(16))],
    ['OP has 16 bytes, not 17', () => opcOf(Buffer.alloc(16), Buffer.alloc(17))],
    ['K has 16 bytes, not 0', () => authenticationVector({ ...good, k: Buffer.alloc(0) }, rand, 0n)],
    ['OPc has 16 bytes, not 32', () => usimAnswer({ ...good, opc: Buffer.alloc(32) }, 0n, rand, autn)],
    ['AMF has 2 bytes, not 1', () => resynchronised({ ...good, amf: Buffer.alloc(1) }, rand, autn)],
    ['RAND has 16 bytes, not 8', () => authenticationVector(good, Buffer.alloc(8), 0n)],
    ['AUTN has 16 bytes, not 14', () => usimAnswer(good, 0n, rand, Buffer.alloc(14))],
    ['AUTS has 14 bytes, not 16', () => resynchronised(good, rand, autn)],
    ['SQN has 48 bits, and -1 is outside of them', () => authenticationVector(good, rand, -1n)],
    [
      'SQN has 48 bits, and 281474976710656 is outside of them',
      () => usimAnswer(good, 1n << 48n, rand, autn),
    ],
  ])('%s', (message, act) => {
    expect(act).toThrow(new RangeError(message));
  });
});
