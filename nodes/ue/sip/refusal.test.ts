import { refusalOf } from './refusal';

const request = [
  'MESSAGE sip:a@b SIP/2.0',
  'Via: SIP/2.0/UDP p;branch=z9hG4bK2',
  'Via: SIP/2.0/UDP c;branch=z9hG4bK1',
  'From: <tel:+1>;tag=1',
  'To: <sip:a@b>',
  'Call-ID: x',
  'CSeq: 7 MESSAGE',
  '',
  'body',
].join('\r\n');

describe('refusalOf (RFC 3261 8.2.6)', () => {
  it("repeats the request's Via, From, Call-ID and CSeq, and tags its To", () => {
    expect(refusalOf(request, 400, 'From header field cannot be read')).toMatch(
      new RegExp(
        [
          '^SIP/2\\.0 400 From header field cannot be read',
          'Via: SIP/2\\.0/UDP p;branch=z9hG4bK2',
          'Via: SIP/2\\.0/UDP c;branch=z9hG4bK1',
          'From: <tel:\\+1>;tag=1',
          'To: <sip:a@b>;tag=[0-9a-f]{12}',
          'Call-ID: x',
          'CSeq: 7 MESSAGE',
          'Content-Length: 0',
          '',
          '$',
        ].join('\r\n'),
      ),
    );
  });

  it('leaves the tag of a To that has one', () => {
    const answer = refusalOf(request.replace('To: <sip:a@b>', 'To: <sip:a@b> ; Tag=5'), 400, 'x');
    expect(answer).toContain('To: <sip:a@b> ; Tag=5\r\n');
  });

  it.each(['Via', 'From', 'To', 'Call-ID', 'CSeq'])('is none without %s', (name) => {
    const without = request.split('\r\n').filter((line) => !line.startsWith(`${name}:`));
    expect(refusalOf(without.join('\r\n'), 400, 'x')).toBeUndefined();
  });
});
