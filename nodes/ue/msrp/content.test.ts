import { contentOf, sha256 } from './content';

describe('contentOf', () => {
  it('is the same for the same seed and another for another', () => {
    expect(sha256(contentOf('a', 1000))).toBe(sha256(contentOf('a', 1000)));
    expect(sha256(contentOf('a', 1000))).not.toBe(sha256(contentOf('b', 1000)));
    expect(contentOf('a', 1000)).toHaveLength(1000);
    expect(contentOf('a', 0)).toHaveLength(0);
    // FIPS 202's own example value for SHAKE256 of nothing begins with 46 b9 dd 2b.
    expect(contentOf('', 4).toString('hex')).toBe('46b9dd2b');
  });
});
