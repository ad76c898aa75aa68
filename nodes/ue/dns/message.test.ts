import fc from 'fast-check';
import { questionFor, readAnswer } from './message';

/** An answer of dnsmasq 2.90 to the question for pcscf.example: a pointer to the name, type A, class IN, TTL 0. */
const answer = (id: number, octets = [198, 19, 0, 10]): Buffer => {
  const question = questionFor('pcscf.example', id);
  question.writeUInt16BE(0x8580, 2);
  question.writeUInt16BE(1, 6);
  return Buffer.concat([question, Buffer.of(0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...octets)]);
};

test('a question is what RFC 1035 4.1 writes', () => {
  expect(questionFor('a.bc', 0x1234).toString('hex')).toBe(
    // id, recursion desired, one question; 1 "a" 2 "bc" 0; type A, class IN
    '12340100000100000000000001610262630000010001',
  );
});

test('an answer has the addresses of the name', () => {
  expect(readAnswer(answer(7))).toEqual({ id: 7, responseCode: 0, addresses: ['198.19.0.10'] });
});

test('an alias before the address is passed over', () => {
  const question = questionFor('www.example', 7);
  question.writeUInt16BE(0x8580, 2);
  question.writeUInt16BE(2, 6);
  const alias = Buffer.of(0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 4, 1, 0x61, 0xc0, 16);
  const address = Buffer.of(1, 0x61, 0xc0, 16, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1);
  expect(readAnswer(Buffer.concat([question, alias, address]))?.addresses).toEqual(['192.0.2.1']);
});

test('a name that is not there has the code for it and no address', () => {
  const none = questionFor('nobody.example', 9);
  none.writeUInt16BE(0x8583, 2);
  expect(readAnswer(none)).toEqual({ id: 9, responseCode: 3, addresses: [] });
});

test.each([
  ['a question', questionFor('pcscf.example', 7)],
  ['nothing', Buffer.alloc(0)],
  ['half an answer', answer(7).subarray(0, -2)],
])('%s is no answer', (_what, bytes) => {
  expect(readAnswer(bytes)).toBeUndefined();
});

test('whatever comes, reading ends and does not throw', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.tuple(fc.nat(40), fc.nat(255)).map(([at, value]) => {
      const changed = answer(7);
      changed[at] = value;
      return changed;
    }),
  );
  fc.assert(
    fc.property(bytes, (any) => {
      for (const address of readAnswer(Buffer.from(any))?.addresses ?? [])
        expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    }),
  );
});
