import fc from 'fast-check';
import { isSamePath, isSameUri, newMsrpUri, readMsrpUri } from './msrp-uri';

describe('MSRP URIs', () => {
  it('are made for an address and never the same', () => {
    const at = { ip: '198.18.0.5', port: 40_000 };
    const uri = newMsrpUri(at);
    expect(readMsrpUri(uri)).toMatchObject({ scheme: 'msrp', host: at.ip, port: at.port, transport: 'tcp' });
    expect(newMsrpUri(at)).not.toBe(uri);
  });

  // RFC 4975 6.1.
  it.each([
    ['msrp://a.example:9/s;tcp', 'MSRP://A.Example:9/s;TCP', true],
    ['msrp://a.example:9/s;tcp', 'msrp://user@a.example:9/s;tcp', true],
    ['msrp://a.example:9/s;tcp', 'msrp://a.example:9/S;tcp', false],
    ['msrp://a.example:9/s;tcp', 'msrp://a.example/s;tcp', false],
    ['msrp://a.example:9/s;tcp', 'msrps://a.example:9/s;tcp', false],
    ['msrp://a.example:9/s;tcp', 'msrp://b.example:9/s;tcp', false],
    ['', '', false],
  ])('%s and %s: same is %s', (one, other, same) => {
    expect(isSameUri(one, other)).toBe(same);
    expect(isSamePath(`${one} ${one}`, `${other}  ${one}`)).toBe(same);
    expect(isSamePath(`${one} ${one}`, one)).toBe(false);
  });

  it.each([
    'msrp://a.example:9/s',
    'msrp://a.example:70000/s;tcp',
    'msrp:///s;tcp',
    'http://a/s;tcp',
    'msrp://a:9/;tcp',
  ])('%s is none', (text) => {
    expect(readMsrpUri(text)).toBeUndefined();
  });

  it('are never more than refused, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => void readMsrpUri(text)));
  });
});
