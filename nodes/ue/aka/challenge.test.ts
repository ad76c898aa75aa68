import fc from 'fast-check';
import { AttemptFailure } from '../failure';
import { challengeOf } from './challenge';

const rand = Buffer.alloc(16, 1);
const autn = Buffer.alloc(16, 2);
const nonce = Buffer.concat([rand, autn, Buffer.from('of the server')]).toString('base64');
const answer = (...challenges: string[]) =>
  ['SIP/2.0 401 Unauthorized', ...challenges.map((one) => `WWW-Authenticate: ${one}`), '', ''].join('\r\n');
const good = `Digest realm="ims.example", nonce="${nonce}", algorithm=AKAv1-MD5, qop="auth,auth-int"`;

describe('a challenge of AKAv1-MD5 (RFC 3310 3.2)', () => {
  it('is read beside one of SIP Digest, with what the server adds to the nonce', () => {
    const digest = 'Digest realm="ims.example", nonce="n", algorithm=MD5';
    expect(challengeOf(answer(digest, good))).toEqual({
      ...{ realm: 'ims.example', nonce, opaque: undefined, hasQop: true, rand, autn },
    });
  });

  it.each([
    ['has no realm', good.replace('realm', 'x'), 'it names no realm'],
    ['has no nonce', good.replace('nonce', 'x'), 'its nonce is not RAND and AUTN in base64'],
    ['has no base64', good.replace(nonce, '*'.repeat(60)), 'its nonce is not RAND and AUTN in base64'],
    ['has qop auth-int only', good.replace('auth,', ''), 'it asks for no qop auth, but for auth-int'],
  ])('cannot be answered when it %s', (_, challenge, why) => {
    expect(() => challengeOf(answer(challenge))).toThrow(
      new AttemptFailure('SIP_PROTOCOL', `the challenge to REGISTER cannot be answered: ${why}`),
    );
  });

  it('is read or refused with a failure, whatever the network says', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom(...good.split(/(?=[",=])/), good));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          const found = challengeOf(answer(`Digest ${pieces.join('')}`));
          expect([found.rand.length, found.autn.length]).toEqual([16, 16]);
        } catch (error) {
          expect(error).toBeInstanceOf(AttemptFailure);
        }
      }),
    );
  });
});
