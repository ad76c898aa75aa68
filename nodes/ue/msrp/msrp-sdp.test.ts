import fc from 'fast-check';
import { readMsrpSdp, takesType, writeMsrpSdp } from './msrp-sdp';
import type { MsrpDescription } from './msrp-sdp';

const description: MsrpDescription = {
  at: { ip: '198.18.0.5', port: 40_000 },
  path: 'msrp://198.18.0.5:40000/s1;tcp',
  setup: 'passive',
  types: ['text/plain', 'application/octet-stream'],
};

const lines = (sdp: string): string[] => sdp.split('\r\n');

describe('writeMsrpSdp', () => {
  it('describes one MSRP stream as RFC 4975 8.7 shows it', () => {
    const [version, origin, ...rest] = lines(writeMsrpSdp(description));
    expect(version).toBe('v=0');
    expect(origin).toMatch(/^o=- \d+ 1 IN IP4 198\.18\.0\.5$/);
    expect(rest).toEqual([
      's=-',
      'c=IN IP4 198.18.0.5',
      't=0 0',
      'm=message 40000 TCP/MSRP *',
      'a=setup:passive',
      'a=accept-types:text/plain application/octet-stream',
      'a=path:msrp://198.18.0.5:40000/s1;tcp',
      '',
    ]);
  });

  it('is read back as it was meant', () => {
    expect(readMsrpSdp(writeMsrpSdp(description))).toEqual(description);
  });
});

describe('readMsrpSdp', () => {
  const changed = (from: string | RegExp, to: string): string => writeMsrpSdp(description).replace(from, to);

  it('takes an end without a=setup for active (RFC 4145 4.1), and finds it at the level of the session', () => {
    expect(readMsrpSdp(changed('a=setup:passive\r\n', '')).setup).toBe('active');
    const above = changed('a=setup:passive\r\n', '').replace('t=0 0\r\n', 't=0 0\r\na=setup:actpass\r\n');
    expect(readMsrpSdp(above).setup).toBe('actpass');
  });

  it('goes to the first URI of the path, by default to port 2855', () => {
    const relayed = changed(/a=path:.*/, 'a=path:msrp://198.18.0.7/r;tcp msrp://198.18.0.5:40000/s1;tcp');
    expect(readMsrpSdp(relayed)).toMatchObject({
      at: { ip: '198.18.0.7', port: 2855 },
      path: 'msrp://198.18.0.7/r;tcp msrp://198.18.0.5:40000/s1;tcp',
    });
  });

  it('passes over an attribute that is a number', () => {
    expect(readMsrpSdp(changed('a=setup', 'a=0\r\na=setup'))).toEqual(description);
  });

  it.each([
    ['there is no MSRP over TCP in the description', changed('m=message', 'm=audio')],
    ['there is no MSRP over TCP in the description', changed('TCP/MSRP', 'TCP/TLS/MSRP')],
    ['there is no MSRP over TCP in the description', changed('message 40000', 'message 0')],
    ['there is no MSRP over TCP in the description', ''],
    ['the description has no a=path', changed(/a=path:.*\r\n/, '')],
    ['the description has no a=path', changed(';tcp', '')],
    ['the path needs msrps over tcp', changed('msrp:', 'msrps:')],
    ['the path needs msrp over sctp', changed(';tcp', ';sctp')],
    ["the path's host relay.example is no IPv4 address", changed('//198.18.0.5', '//relay.example')],
    ['a=setup:sideways is unknown', changed('setup:passive', 'setup:sideways')],
  ])('refuses: %s', (text, sdp) => {
    expect(() => readMsrpSdp(sdp)).toThrow(
      expect.objectContaining({ code: 'NOT_ACCEPTABLE', message: text }) as Error,
    );
  });

  it('throws nothing but that it is not acceptable, whatever the text', () => {
    const text = fc
      .tuple(
        fc.array(
          fc.oneof(
            fc.constantFrom(...lines(writeMsrpSdp(description)), 'a=0', 'a=path', 'a='),
            fc.tuple(fc.constantFrom('a=', 'm=message ', 'c='), fc.string()).map((parts) => parts.join('')),
            fc.string(),
          ),
        ),
        fc.string(),
      )
      .map(([parts, end]) => `${parts.join('\r\n')}\r\n${end}`);
    fc.assert(
      fc.property(text, (sdp) => {
        try {
          readMsrpSdp(sdp);
        } catch (error) {
          expect(error).toMatchObject({ code: 'NOT_ACCEPTABLE' });
        }
      }),
    );
  });
});

describe('takesType', () => {
  it.each([
    [['*'], true],
    [['text/*'], true],
    [['image/png', 'text/plain'], true],
    [['text/html'], false],
    [[''], false],
  ])('%j takes text/plain: %s', (types, takes) => {
    expect(takesType(types, 'text/plain')).toBe(takes);
  });
});
