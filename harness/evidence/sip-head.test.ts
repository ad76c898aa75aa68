import fc from 'fast-check';
import { parametersOf } from '../../kit/sip-fields';
import { readSipHead } from './sip-head';

const read = (...lines: string[]) => readSipHead(Buffer.from(lines.join('\r\n'), 'latin1'));

it('reads start line and header fields, folded, compact and several in one', () => {
  const head = read(
    'NOTIFY sip:ue@10.89.1.2:32768 SIP/2.0',
    'v: SIP/2.0/UDP 198.18.0.20;branch=z9hG4bKa, SIP/2.0/UDP 10.89.1.2:32768;branch=z9hG4bKb;rport',
    'Via: SIP/2.0/UDP 192.0.2.1',
    'Subject: a',
    '  b',
    'Contact: "Smith, A." <sip:a@b;x=1,2>, <sip:c@d>',
    '',
    'Via: in the body',
  );
  expect(head?.request).toEqual({ method: 'NOTIFY', uri: 'sip:ue@10.89.1.2:32768' });
  expect(head?.status).toBeUndefined();
  expect(head?.all('Via')).toEqual([
    'SIP/2.0/UDP 198.18.0.20;branch=z9hG4bKa',
    'SIP/2.0/UDP 10.89.1.2:32768;branch=z9hG4bKb;rport',
    'SIP/2.0/UDP 192.0.2.1',
  ]);
  expect(head?.all('subject')).toEqual(['a b']);
  expect(head?.all('contact')).toEqual(['"Smith, A." <sip:a@b;x=1,2>', '<sip:c@d>']);
  expect(head?.all('route')).toEqual([]);
});

it('reads a response, with and without a reason phrase', () => {
  expect(read('SIP/2.0 500 No Route To The UE', '', '')?.status).toEqual({
    code: 500,
    reason: 'No Route To The UE',
  });
  expect(read('SIP/2.0 200', '', '')?.status).toEqual({ code: 200, reason: '' });
});

it('takes no line for whole that the capture may have cut', () => {
  expect(read('BYE sip:a SIP/2.0', 'Call-ID: abc', 'Via: SIP/2.0/UDP 10.0.0.1;bran')?.all('via')).toEqual([]);
  const folded = ['Via: SIP/2.0/UDP 10.0.0.1', ' ;branch=z9hG4bK1', ' ;rpo'];
  expect(read('BYE sip:a SIP/2.0', 'Call-ID: abc', ...folded)?.all('via')).toEqual([]);
  expect(read('BYE sip:a SIP/2.0', 'Call-ID: abc', ...folded)?.all('call-id')).toEqual(['abc']);
});

it('reads the parameters of a Via', () => {
  const via = 'SIP/2.0/UDP 10.89.1.2:32768;branch=z9hG4bKb; rport = 50001;received=198.19.1.1;keep';
  expect(['branch', 'rport', 'received', 'keep', 'ttl'].map((name) => parametersOf(via).get(name))).toEqual([
    'z9hG4bKb',
    '50001',
    '198.19.1.1',
    '',
    undefined,
  ]);
});

it('reads anything without an error, and only SIP as SIP', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.string().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        const head = readSipHead(bytes);
        for (const name of ['via', 'call-id', 'contact', 'route'])
          for (const value of head?.all(name) ?? []) parametersOf(value);
        if (head) expect(Buffer.from(bytes).toString('latin1')).toContain('SIP/2.0');
      },
    ),
  );
});
