import fc from 'fast-check';
import { digestOf, parametersOf, uriOf } from '../../kit/sip-fields';
import { field, fieldsNamed, listed, readSipMessages } from './sip-message';

const lines = (text: string): string[] => text.split(/(?<=\r\n)/);

it('reads a request: start line, fields in order, folded lines, compact names, body', () => {
  const [message, ...others] = readSipMessages(
    lines(
      'MESSAGE tel:+1 SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z1,\r\n SIP/2.0/TLS b\r\nl : 4\r\nX-Own:1\r\nCSeq: 7 MESSAGE\r\n\r\na\r\nbb',
    ),
  );
  expect(others).toEqual([]);
  expect(message).toEqual({
    startLine: 'MESSAGE tel:+1 SIP/2.0',
    method: 'MESSAGE',
    uri: 'tel:+1',
    fields: [
      { name: 'Via', value: 'SIP/2.0/UDP a;branch=z1, SIP/2.0/TLS b' },
      { name: 'Content-Length', value: '4' },
      { name: 'X-Own', value: '1' },
      { name: 'CSeq', value: '7 MESSAGE' },
    ],
    body: 'a\r\nbb',
  });
});

it('reads a response by its status and the method of its CSeq', () => {
  const [message] = readSipMessages(lines('SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n'));
  expect(message).toMatchObject({ status: 180, method: 'INVITE' });
  expect(message).not.toHaveProperty('uri');
});

it('reads several messages of a packet, whatever keeps the connection alive between them', () => {
  const one = 'INFO sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\na\r\n';
  const read = readSipMessages(lines(`\r\n\r\n${one}\r\n${one}`));
  expect(read.map(({ body }) => body)).toEqual(['a\r\n', 'a\r\n']);
});

it('cuts lists and parameters outside quotes and URIs only', () => {
  const message = {
    fields: [
      { name: 'Contact', value: '"A, \\"B" <sip:a@b;c,d>;q=1, sip:e;expires=05' },
      { name: 'CONTACT', value: '<sip:f>;+sip.instance="<urn:x;y>";ob' },
    ],
  };
  expect(fieldsNamed(message, 'contact')).toHaveLength(2);
  const contacts = listed(message, 'contact');
  expect(contacts.map(uriOf)).toEqual(['sip:a@b;c,d', 'sip:e', 'sip:f']);
  expect(contacts.map((one) => [...parametersOf(one)])).toEqual([
    [['q', '1']],
    [['expires', '05']],
    [
      ['+sip.instance', '<urn:x;y>'],
      ['ob', ''],
    ],
  ]);
});

it('reads a challenge', () => {
  const read = digestOf('Digest realm="a, b=c",nonce="x==", QOP="auth,auth-int" ,stale=true');
  expect([...read]).toEqual([
    ['realm', 'a, b=c'],
    ['nonce', 'x=='],
    ['qop', 'auth,auth-int'],
    ['stale', 'true'],
  ]);
});

it('never throws, whatever stands in a packet', () => {
  const piece = fc.oneof(
    fc.constantFrom('\r\n', 'SIP/2.0 200 \r\n', 'A b SIP/2.0\r\n', 'l: 5\r\n', ': \r\n', ' x\r\n', '"<;,=\\'),
    fc.string({ unit: fc.constantFrom(...'aB:;,=<>"@ \t€ä') }),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      for (const message of readSipMessages(pieces))
        for (const { name } of message.fields) {
          expect(field(message, name)).toBeDefined();
          for (const element of listed(message, name)) expect(uriOf(element)).toEqual(expect.any(String));
          for (const value of fieldsNamed(message, name))
            parametersOf(value).has(digestOf(value).get('x') ?? '');
        }
    }),
  );
});
