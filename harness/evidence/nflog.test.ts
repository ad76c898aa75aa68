import fc from 'fast-check';
import { decodeNflog } from './nflog';
import { decodeIpv4 } from './packet';
import { nflog, udp } from './testing/builders';

const sip = udp({ ip: '10.89.3.2', port: 32768 }, { ip: '198.18.0.10', port: 5060 }, 'hello');

test.each([true, false])(
  'rule, hook, time and packet of a logged packet (little endian: %s)',
  (littleEndian) => {
    const at = 1795424083.957621 * 1000;
    const logged = decodeNflog(nflog(sip, { prefix: 'T3-SIP', hook: 2, at, littleEndian }), littleEndian);
    expect(logged).toMatchObject({
      group: 5,
      prefix: 'T3-SIP',
      hook: 'forward',
      etherType: 0x0800,
      outInterface: 7,
    });
    expect(logged?.at).toBeCloseTo(at, 2);
    expect(Buffer.from(logged?.payload ?? [])).toEqual(sip);
  },
);

test('blanks around the rule id are not part of it', () => {
  expect(decodeNflog(nflog(sip, { prefix: ' T3-SIP ' }), true)?.prefix).toBe('T3-SIP');
});

test('a packet as Linux 6.1 and tcpdump 4.99 wrote it', () => {
  // ICMP port unreachable on its way into 127.0.0.1, `log prefix "ICMPIN" group 5`.
  const bytes = Buffer.from(
    '0200000508000100080001000b000a0049434d50494e000008000400000000011000080000060000' +
      '000000000000000006000f000304000006001100000e000012001000000000000000000000000000' +
      '0800000014000300000000006b03ff4000000000000e9cb53f00090045c0003b5277000040012989' +
      '7f0000017f0000010303822f000000004500001f65a240004011d7297f0000017f000001e32a270f' +
      '000bfe1e68690a00',
    'hex',
  );
  const logged = decodeNflog(bytes, true);
  expect(logged).toMatchObject({
    group: 5,
    prefix: 'ICMPIN',
    hook: 'input',
    inInterface: 1,
    at: 1795424064957.621,
  });
  expect(logged?.payload && decodeIpv4(logged.payload)).toMatchObject({
    protocol: 'icmp',
    type: 3,
    code: 3,
    about: { protocol: 'udp', src: '127.0.0.1', sport: 58154, dst: '127.0.0.1', dport: 9999 },
  });
});

test('garbage gives a packet or nothing, never an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (bytes, littleEndian) => {
      const logged = decodeNflog(bytes, littleEndian);
      if (logged?.payload) decodeIpv4(logged.payload);
    }),
  );
});

test('TLVs that do not fit are not guessed at', () => {
  const whole = nflog(sip);
  fc.assert(
    fc.property(fc.integer({ min: 5, max: whole.length - 4 }), (length) => {
      const logged = decodeNflog(whole.subarray(0, length), true);
      // Either the cut lies between two TLVs, or the result is undefined.
      if (logged?.payload) expect(Buffer.from(logged.payload)).toEqual(sip);
    }),
  );
  expect(decodeNflog(Buffer.from('0200000503000900', 'hex'), true)).toBeUndefined();
  expect(decodeNflog(Buffer.from('02010005', 'hex'), true)).toBeUndefined();
});
