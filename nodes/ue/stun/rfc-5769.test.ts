import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { StunMessage } from './message';
import { parseMessage } from './parser';

/** The vectors of RFC 5769, bytes as it prints them. */
function vector(hex: string): Buffer {
  return Buffer.from(hex.replace(/\s/g, ''), 'hex');
}

const request = vector(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae
  80220010 5354554e 20746573 7420636c 69656e74
  00240004 6e0001ff
  80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020
  00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  80280004 e57a3bcf`);

const ipv4Response = vector(`
  0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
  80280004 c07d4c96`);

const ipv6Response = vector(`
  01010048 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
  80280004 c8fb0b4c`);

const longTermRequest = vector(`
  00010060 2112a442 78ad3433 c6ad72c0 29da412e
  00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
  0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
  0014000b 6578616d 706c652e 6f726700
  00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666`);

/** RFC 5769 2.1 to 2.3: short-term credentials. */
const password = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt');

/** RFC 5769 2.4: the password as SASLprep leaves it. */
const longTerm = { username: 'マトリックス', realm: 'example.org', nonce: 'f//499k954d6OL34oL9FSTvy64sA' };
const longTermKey = createHash('md5').update(`${longTerm.username}:${longTerm.realm}:TheMatrIX`).digest();

describe('the vectors of RFC 5769', () => {
  it('2.1: a request with short-term credentials', () => {
    const read = parseMessage(request, password);
    expect(read).toMatchObject({ method: 1, kind: 'request', id: 'b7e7a701bc34d686fa87dfae' });
    expect(read?.names).toEqual([
      ...['SOFTWARE', 'PRIORITY', 'ICE-CONTROLLED', 'USERNAME', 'MESSAGE-INTEGRITY', 'FINGERPRINT'],
    ]);
    expect(read?.get('SOFTWARE')).toBe('STUN test client');
    expect(read?.get('PRIORITY')).toBe(0x6e0001ff);
    expect(read?.get('ICE-CONTROLLED')).toBe(0x932ff9b151263b36n);
    expect(read?.get('USERNAME')).toBe('evtj:h6vY');
  });

  it('2.2: a response with an IPv4 address', () => {
    const read = parseMessage(ipv4Response, password);
    expect(read).toMatchObject({ method: 1, kind: 'success' });
    expect(read?.get('SOFTWARE')).toBe('test vector');
    expect(read?.get('XOR-MAPPED-ADDRESS')).toEqual({ ip: '192.0.2.1', port: 32_853 });
  });

  it('2.3: a response with an IPv6 address', () => {
    const read = parseMessage(ipv6Response, password);
    expect(read?.get('XOR-MAPPED-ADDRESS')).toEqual({
      ip: '2001:db8:1234:5678:11:2233:4455:6677',
      port: 32_853,
    });
  });

  it('2.4: a request with long-term credentials, read and written', () => {
    const read = parseMessage(longTermRequest, longTermKey);
    expect(read?.get('USERNAME')).toBe(longTerm.username);
    expect(read?.get('NONCE')?.toString()).toBe(longTerm.nonce);
    expect(read?.get('REALM')).toBe(longTerm.realm);
    const written = new StunMessage('BINDING', 'request', longTermRequest.subarray(8, 20))
      .set('USERNAME', longTerm.username)
      .set('NONCE', Buffer.from(longTerm.nonce))
      .set('REALM', longTerm.realm)
      .sign(longTermKey);
    expect(written.bytes.toString('hex')).toBe(longTermRequest.toString('hex'));
  });

  it.each([
    ['2.1', request, password],
    ['2.2', ipv4Response, password],
    ['2.3', ipv6Response, password],
    ['2.4', longTermRequest, longTermKey],
  ])('%s is not believed with any byte changed, padding included, and nothing crashes', (_, bytes, key) => {
    // A change of FINGERPRINT's type is no forgery, because other attributes after
    // MESSAGE-INTEGRITY are ignored (RFC 8489 14.5).
    const isFingerprintType = (at: number): boolean =>
      bytes !== longTermRequest && at >= bytes.length - 8 && at < bytes.length - 6;
    const position = fc.nat(bytes.length - 1).filter((at) => !isFingerprintType(at));
    fc.assert(
      fc.property(position, fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = bytes.readUInt8(at) ^ change;
        expect(parseMessage(changed, key)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
