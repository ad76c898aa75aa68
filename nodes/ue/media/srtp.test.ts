import fc from 'fast-check';
import { writeRtp } from './rtp-packet';
import { SrtpReceiver, SrtpStream, deriveKeys } from './srtp';

/** RFC 3711 B.3. */
const master = Buffer.from('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6', 'hex');

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

function rtp(sequence: number, text = 'speech'): Buffer {
  const payload = Buffer.from(text);
  return writeRtp({ payloadType: 8, marker: false, sequence, timestamp: 160, ssrc: 0xcafebabe, payload });
}

describe('SRTP', () => {
  it('derives the session keys of RFC 3711 B.3', () => {
    const { cipher, salt, auth } = deriveKeys(master, 'rtp');
    expect(cipher).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'));
    expect(salt).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'));
    expect(auth).toEqual(hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
  });

  it("protects libsrtp's reference packets as libsrtp does", () => {
    const clear = hex('800f1234decafbadcafebabe abababababababababababababababab');
    const secret = hex('800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb');
    expect(new SrtpStream(master).protectRtp(clear)).toEqual(secret);
    expect(new SrtpStream(master).unprotectRtp(secret)).toEqual(clear);
    const report = hex('81c8000bcafebabe abababababababababababababababab');
    const secretReport = hex(
      '81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798',
    );
    expect(new SrtpStream(master).protectRtcp(report)).toEqual(secretReport);
    expect(new SrtpStream(master).unprotectRtcp(secretReport)).toEqual(report);
  });

  it('goes over the end of the sequence numbers, also when packets change places there', () => {
    const sender = new SrtpStream(master);
    const receiver = new SrtpStream(master);
    const numbers = [65_533, 65_534, 65_535, 0, 1, 2];
    const [a, b, c, d, e, f] = numbers.map((number) => sender.protectRtp(rtp(number)));
    const read = [a, b, d, c, f, e].map((packet) => receiver.unprotectRtp(packet ?? Buffer.alloc(0)));
    expect(read).toEqual([65_533, 65_534, 0, 65_535, 2, 1].map((number) => rtp(number)));
  });

  it('takes nothing twice', () => {
    const sender = new SrtpStream(master);
    const receiver = new SrtpStream(master);
    const packets = Array.from({ length: 400 }, (_, number) => sender.protectRtp(rtp(number)));
    for (const packet of packets) expect(receiver.unprotectRtp(packet)).toBeDefined();
    for (const packet of packets) expect(receiver.unprotectRtp(packet)).toBeUndefined();
    const report = sender.protectRtcp(hex('81c8000bcafebabeabababab'));
    expect(receiver.unprotectRtcp(report)).toBeDefined();
    expect(receiver.unprotectRtcp(report)).toBeUndefined();
  });

  it('reads each source by itself, where all send with one key', () => {
    const receiver = new SrtpReceiver(master);
    const from = (ssrc: number, sequence: number): Buffer => {
      const packet = rtp(sequence);
      packet.writeUInt32BE(ssrc, 8);
      return packet;
    };
    const [first, second] = [new SrtpStream(master), new SrtpStream(master)];
    // The sequence numbers of the first source wrap around, and the second source begins with a
    // number that the first has used.
    for (const [stream, ssrc, sequence] of [
      [first, 1, 65_535],
      [first, 1, 0],
      [second, 2, 0],
      [first, 1, 1],
      [second, 2, 1],
    ] as const) {
      const packet = from(ssrc, sequence);
      expect(receiver.unprotectRtp(stream.protectRtp(packet))).toEqual(packet);
    }
    const report = Buffer.from('81c8000b00000002abababab', 'hex');
    expect(receiver.unprotectRtcp(second.protectRtcp(report))).toEqual(report);
    for (const length of [0, 7, 11, 40]) {
      expect(receiver.unprotectRtp(Buffer.alloc(length))).toBeUndefined();
      expect(receiver.unprotectRtcp(Buffer.alloc(length))).toBeUndefined();
    }
  });

  it('takes nothing that was altered or made up, and goes on after it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, flip) => {
          const sender = new SrtpStream(master);
          const receiver = new SrtpStream(master);
          expect(receiver.unprotectRtp(Buffer.from(bytes))).toBeUndefined();
          expect(receiver.unprotectRtcp(Buffer.from(bytes))).toBeUndefined();
          const packet = sender.protectRtp(rtp(7));
          const altered = Buffer.from(packet);
          const place = at % altered.length;
          altered[place] = (altered[place] ?? 0) ^ flip;
          expect(receiver.unprotectRtp(altered)).toBeUndefined();
          expect(receiver.unprotectRtp(packet)).toEqual(rtp(7));
        },
      ),
    );
  });
});
