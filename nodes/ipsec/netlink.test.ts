import fc from 'fast-check';
import { readAnswers } from './rule-message';
import { readMappings, readStates } from './xfrm';

test('whatever bytes and texts come, they are read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (array, text) => {
      const bytes = Buffer.from(array);
      // Half of them have a length that fits.
      if (bytes.length > 4 && bytes[4]! > 127) bytes.writeUInt32LE(bytes.length);
      void [...readAnswers(bytes), ...readMappings(bytes), ...readStates(text), ...readStates(`src ${text}`)];
    }),
  );
});

test('the counters of a state are read from what ip prints', () => {
  const printed = `src 10.0.0.2 dst 10.0.1.1
	proto esp spi 0x00000102(258) reqid 33203(0x000081b3) mode transport
	replay-window 32 seq 0x00000000 flag  (0x00000000)
	auth-trunc hmac(sha1) 0x00 (160 bits) 96
	enc cbc(aes) 0x00 (128 bits)
	anti-replay context: seq 0x3, oseq 0x1f, bitmap 0x00000007
	lifetime current:
	  1234(bytes), 5(packets)
	  add 2026-01-01 00:00:00 use 2026-01-01 00:00:01
	stats:
	  replay-window 0 replay 2 failed 3
`;
  expect(readStates(printed)).toEqual([
    { spi: 258, destination: '10.0.1.1', bytes: 1234, packets: 5, sent: 31, replayed: 2, badIcv: 3 },
  ]);
});
