import fc from 'fast-check';
import { avp, decode, DiameterError, encode, MessageStream, type DiameterMessage } from './diameter';

const uint = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });
const message: fc.Arbitrary<DiameterMessage> = fc.record({
  isRequest: fc.boolean(),
  isProxiable: fc.boolean(),
  isError: fc.constant(false),
  command: uint(24),
  application: uint(32),
  hopByHop: uint(32),
  endToEnd: uint(32),
  avps: fc.array(
    fc.record({
      code: uint(32),
      vendor: fc.oneof(fc.constant(0), uint(32)),
      isMandatory: fc.boolean(),
      data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    }),
    { maxLength: 6 },
  ),
});

test('a message is written as RFC 6733 3 and 4.1 draw it', () => {
  const bytes = encode({
    isRequest: true,
    isProxiable: true,
    isError: false,
    command: 303,
    application: 16_777_216,
    hopByHop: 1,
    endToEnd: 2,
    avps: [avp({ code: 1 }, 'alice'), avp({ code: 607, vendor: 10415 }, 1)],
  });
  expect(bytes.toString('hex')).toBe(
    // version 1, 52 bytes; R and P; 303; Cx; hop-by-hop; end-to-end
    '01000034' +
      'c000012f' +
      '01000000' +
      '00000001' +
      '00000002' +
      // User-Name with M: 8 + 5 bytes, and 3 of padding
      '00000001' +
      '4000000d' +
      '616c696365000000' +
      // SIP-Number-Auth-Items with V and M: 12 + 4 bytes, of the vendor 10415
      '0000025f' +
      'c0000010' +
      '000028af' +
      '00000001',
  );
});

test('a message that was written is read as what it was, however its bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), fc.integer({ min: 1, max: 50 }), (messages, size) => {
      const bytes = Buffer.concat(messages.map(encode));
      const stream = new MessageStream();
      const read: DiameterMessage[] = [];
      for (let at = 0; at < bytes.length; at += size)
        read.push(...stream.push(bytes.subarray(at, at + size)).map(decode));
      expect(read).toEqual(messages);
    }),
  );
});

test('any bytes, and any change to a message, are read or refused with a DiameterError', () => {
  const refusesOrReads = (bytes: Buffer): void => {
    try {
      new MessageStream().push(bytes).map(decode);
      decode(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(DiameterError);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => refusesOrReads(Buffer.from(bytes))));
  fc.assert(
    fc.property(message, fc.nat(), uint(8), fc.nat(), (one, at, byte, end) => {
      const bytes = encode(one);
      bytes[at % bytes.length] = byte;
      refusesOrReads(bytes);
      refusesOrReads(bytes.subarray(0, end % bytes.length));
    }),
  );
});

const head = '0100001c000001010000000000000001' + '00000002';
test.each([
  ['version 2 is not that of Diameter, 1', '02000014' + head.slice(8)],
  ['a message of 3 bytes has no whole header', '010000'],
  ['a message cannot have the length 16', '01000010' + head.slice(8)],
  ['a message cannot have the length 21', '01000015' + head.slice(8)],
  ['a message of 16777212 bytes is longer than the 65536 that are taken', '01fffffc' + head.slice(8)],
  ['the length 28 of a message is not that of its 20 bytes', head],
  ['reserved bits of a message are set', '01000014' + '01' + head.slice(10)],
  ['a request has the E bit', '01000014' + 'a0' + head.slice(10)],
  ['4 bytes trail the last AVP', '01000018' + head.slice(8) + '00000001'],
  ['the length 7 of AVP 1 is shorter than its header', head + '0000000140000007'],
  ['the length 8 of AVP 1 is shorter than its header', head + '00000001c0000008'],
  ['AVP 1 has 12 bytes and its padding, and 8 are left', head + '000000014000000c'],
  ['reserved bits of AVP 1 are set', head + '0000000141000008'],
])('%s', (message_, hex) => {
  expect(() => decode(Buffer.from(hex, 'hex'))).toThrow(new DiameterError(message_));
});

test('a stream refuses another protocol with its first four bytes, and a message that is too long before it is there', () => {
  expect(() => new MessageStream().push(Buffer.from('GET '))).toThrow(
    'version 71 is not that of Diameter, 1',
  );
  expect(() => new MessageStream(64).push(Buffer.from('01000044', 'hex'))).toThrow(
    'a message of 68 bytes is longer than the 64 that are taken',
  );
});
