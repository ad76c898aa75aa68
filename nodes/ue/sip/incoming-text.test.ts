import fc from 'fast-check';
import { normalised, problemOf } from './incoming-text';

const lines = {
  Via: 'SIP/2.0/TLS 1.2.3.4:1;branch=z9hG4bK1',
  From: '<sip:c@b>;tag=1',
  To: '<sip:a@b>',
  'Call-ID': 'x',
  CSeq: '1 MESSAGE',
};

function message(fields: Readonly<Record<string, string | undefined>> = {}): string {
  const all = Object.entries({ ...lines, ...fields }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return ['MESSAGE sip:a@b SIP/2.0', ...all, '', 'body\r\n folded: no'].join('\r\n');
}

describe('normalised', () => {
  it.each([
    ['c:text/plain;charset=UTF-8', 'Content-Type: text/plain'],
    ['CONTENT-TYPE : Text/Plain ; charset="a;b"', 'CONTENT-TYPE: text/plain'],
    ['Content-Type: application / sdp', 'Content-Type: application/sdp'],
    ['f:\r\n <sip:c@b>\r\n\t;tag=1', 'From: <sip:c@b> ;tag=1'],
    ['V  :  SIP/2.0/UDP a', 'Via: SIP/2.0/UDP a'],
    ['k: path', 'Supported: path'],
    ['X-Own:', 'X-Own: '],
  ])('writes %j as %j', (written, read) => {
    expect(normalised(`A b SIP/2.0\r\n${written}\r\nno field\r\n: none\r\n\r\nbody`)).toBe(
      `A b SIP/2.0\r\n${read}\r\n\r\nbody`,
    );
  });

  it('leaves what is plain, and every body, as it is', () => {
    expect(normalised(message())).toBe(message());
  });

  it('never throws, and changes nothing that it has written', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.oneof(fc.string(), fc.constantFrom('c: A/B;x', ' f', '\tx', 'v: 1', '', ':')))
        .map((all) => all.join('\r\n')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const once = normalised(any);
        expect(normalised(once)).toBe(once);
      }),
    );
  });
});

describe('problemOf', () => {
  it.each([
    [{ From: undefined }, { phrase: 'Missing From header field' }],
    [{ 'Call-ID': undefined }, { phrase: 'Missing Call-ID header field' }],
    [
      { From: '<tel:+1555>;tag=1' },
      { phrase: 'From header field cannot be read', found: '<tel:+1555>;tag=1' },
    ],
    [{ CSeq: 'one' }, { phrase: 'CSeq header field cannot be read', found: 'one' }],
    [{ Via: 'HTTP' }, { phrase: 'Via header field cannot be read', found: 'HTTP' }],
    [{ 'Max-Forwards': 'many' }, { phrase: 'Max-Forwards header field cannot be read', found: 'many' }],
    [{ Contact: '<tel:+1>' }, { phrase: 'Contact header field cannot be read', found: '<tel:+1>' }],
    // Only REGISTER may have this Contact (RFC 3261 10.2.2); JsSIP throws at it.
    [{ Contact: '*' }, { phrase: 'Contact header field cannot be read', found: '*' }],
  ])('says of %o: %o', (fields, problem) => {
    expect(problemOf(message(fields))).toEqual(problem);
  });

  it.each([
    {},
    { 'Content-Type': 'text/plain' },
    { From: '"Ä \\" x" <sips:c@b;user=phone>;tag=1' },
    { Via: 'SIP / 2.0 / UDP [::1] : 5060 ; branch = z9hG4bK1;rport;alias' },
    { 'X-Own': '' },
  ])('has nothing against %o', (fields) => {
    expect(problemOf(message(fields))).toBeUndefined();
  });
});
