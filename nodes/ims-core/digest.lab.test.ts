import { createHash } from 'node:crypto';
import { ForeignPhone, fieldsOf, statusOf } from '../ue/testing/foreign-phone';
import type { ForeignCredentials } from '../ue/testing/foreign-phone';
import { TestIms } from '../ue/testing/ims';

/** SIP Digest as the core has it (TS 33.203 Annex N, RFC 3261 22.4, RFC 2617), through the lab's own P-CSCF. */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

let ims: TestIms;
let alice: ForeignPhone;

beforeAll(async () => {
  ims = await TestIms.start(['alice', 'bob']);
  alice = await ForeignPhone.open(ims, 'udp');
});

afterAll(async () => {
  alice?.[Symbol.dispose]();
  await ims?.[Symbol.asyncDispose]();
});

/** Answers a challenge with REGISTER. */
const answered = (
  challenge: string,
  how: ForeignCredentials & { contact?: string; user?: string } = {},
): Promise<string> => {
  const more = [alice.credentials(how.user ?? 'alice', challenge, how)];
  return alice.registerOnce('alice', { more, ...(how.contact && { contact: how.contact }) });
};

it('challenges with qop and algorithm', async () => {
  const challenge = await alice.registerOnce('alice');
  expect(statusOf(challenge)).toBe('401 Unauthorized');
  const [field] = fieldsOf(challenge, 'WWW-Authenticate');
  expect(field).toMatch(/^Digest .*nonce="[^"]+"/);
  for (const part of [`realm="${domain}"`, 'qop="auth"', 'algorithm=MD5'])
    expect(field!.slice('Digest '.length).split(', ')).toContain(part);
});

it('shows with its 200 that it knows the password too (RFC 2617 3.2.3)', async () => {
  const challenge = await alice.registerOnce('alice');
  const [, nonce] = /nonce="([^"]+)"/.exec(challenge)!;
  const ok = await answered(challenge);
  expect(statusOf(ok)).toBe('200 OK');
  const rspauth = md5(
    `${md5(`alice@${domain}:${domain}:alice`)}:${nonce}:00000001:foreign:auth:${md5(`:sip:${domain}`)}`,
  );
  const [shown] = fieldsOf(ok, 'Authentication-Info');
  for (const part of ['qop=auth', `rspauth="${rspauth}"`, 'cnonce="foreign"', 'nc=00000001'])
    expect(shown!.split(/, */)).toContain(part);
});

describe('an answer', () => {
  it.each<[string, ForeignCredentials & { contact?: string; user?: string }, string]>([
    ['with a wrong password', { password: 'guessed' }, '401 Unauthorized'],
    ['without qop', { isOld: true }, '401 Unauthorized'],
    ['for another URI', { uri: 'sip:example.org' }, '400 Digest URI Is Not The Request-URI'],
    ['for somebody else', { user: 'bob' }, "403 Not This Subscriber's Identity"],
  ])('%s is refused', async (_, how, status) => {
    const refused = await answered(await alice.registerOnce('alice'), how);
    expect(statusOf(refused)).toBe(status);
    expect(fieldsOf(refused, 'WWW-Authenticate').join()).not.toContain('stale');
  });

  it('is good once, also for another Contact; the next has a higher count', async () => {
    const challenge = await alice.registerOnce('alice');
    expect(statusOf(await answered(challenge))).toBe('200 OK');
    for (const contact of [alice.contact, '<sip:thief@192.0.2.66>']) {
      const replayed = await answered(challenge, { contact });
      expect(statusOf(replayed)).toBe('401 Unauthorized');
      expect(fieldsOf(replayed, 'WWW-Authenticate')[0]).toContain('stale=true');
    }
    const ok = await answered(challenge, { count: 2 });
    expect(statusOf(ok)).toBe('200 OK');
    expect(fieldsOf(ok, 'Contact').join()).not.toContain('thief');
    expect(fieldsOf(ok, 'Authentication-Info')[0]).toContain('nc=00000002');
    expect(statusOf(await answered(challenge, { count: 1 }))).toBe('401 Unauthorized');
  });

  it.each([
    ['a count that is no number', (field: string) => field.replace('nc=00000001', 'nc=zz')],
    ['no count', (field: string) => field.replace(/nc=\d+, /, '')],
    ['a nonce that the core never gave', (field: string) => field.replace(/nonce="[^"]*"/, 'nonce="x"')],
    [
      'qop only in quotes of another value',
      (field: string) => field.replace('qop=auth', 'opaque=", qop=auth,"'),
    ],
    ['no response', (field: string) => field.replace(/response="[^"]*", /, '')],
    ['what is no answer', () => 'Authorization: Digest ,,,=="'],
  ])('with %s is refused', async (_, spoil) => {
    const more = [spoil(alice.credentials('alice', await alice.registerOnce('alice')))];
    expect(statusOf(await alice.registerOnce('alice', { more }))).toBe('401 Unauthorized');
  });
});
