import fc from 'fast-check';
import { exportedPdu, readExportedPdu, type Pdu } from './exported-pdu';

const pdu: Pdu = {
  ...{ dissector: 'sip', transport: 'udp', bytes: Buffer.from('hello'), length: 5 },
  source: { ip: '10.0.0.7', port: 1002 },
  destination: { ip: '192.0.2.10', port: 2003 },
};

it('reads what it has written', () => {
  const { dissector, source, destination, bytes } = pdu;
  expect(readExportedPdu(exportedPdu(pdu, 7).bytes)).toEqual({ dissector, source, destination, bytes });
});

it('reads nothing from what is cut off, or is none, and never throws', () => {
  const whole = exportedPdu(pdu, 7).bytes;
  for (let length = 0; length < whole.length - pdu.length; length++)
    expect(readExportedPdu(whole.subarray(0, length))).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      readExportedPdu(bytes);
    }),
  );
});
