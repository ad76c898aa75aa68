import { createHash } from 'node:crypto';
import { usimAnswer, type Card } from '../../kit/milenage';
import { milenageTestSets } from '../../kit/testing/milenage-test-sets';
import { Cx, find } from './cx';
import { avp, decodeAvps, type Avp, type DiameterMessage } from './diameter';
import { avps, commands } from './dictionary';
import { mar, request, sar } from './testing/requests';

const { k, opc } = milenageTestSets[0]!;
const secrets = { k, opc, amf: '0000' };
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const card: Card = { k: hex(k), opc: hex(opc), amf: hex('0000') };

const [alice, bob] = ['alice@ims.example', 'bob@ims.example'];
const [aliceUri, bobUri] = [`sip:${alice}`, `sip:${bob}`];

let lines: string[];
let cx: Cx;
beforeEach(() => {
  lines = [];
  cx = new Cx(
    { originHost: 'hss.ims.example', domain: 'ims.example' },
    [
      { impi: alice, impus: [aliceUri, 'tel:+1'], card: secrets },
      { impi: bob, impus: [bobUri, 'tel:+2'], password: 'secret' },
    ],
    (line) => lines.push(line),
  );
});

const data = (answer: DiameterMessage, wanted: { code: number }): Buffer | undefined =>
  find(answer.avps, wanted)?.data;
const number = (answer: DiameterMessage, wanted: { code: number }): number | undefined =>
  data(answer, wanted)?.readUInt32BE();
const experimental = (answer: DiameterMessage): number =>
  find(decodeAvps(data(answer, avps.experimentalResult)!), avps.experimentalResultCode)!.data.readUInt32BE();
const item = (answer: DiameterMessage): Avp[] => decodeAvps(data(answer, avps.sipAuthDataItem)!);
const aka = 'Digest-AKAv1-MD5';

function challengeOf(answer: DiameterMessage): { rand: Buffer; autn: Buffer } {
  const authenticate = find(item(answer), avps.sipAuthenticate)!.data;
  return { rand: authenticate.subarray(0, 16), autn: authenticate.subarray(16) };
}

test('a MAR for AKA gets a vector that the card takes as authentic, and the next one has a higher SQN', () => {
  let seen = 0n;
  for (const sqn of [32n, 64n, 96n]) {
    const answer = cx.answer(mar(alice, aliceUri, aka));
    expect(number(answer, avps.resultCode)).toBe(2001);
    const { rand, autn } = challengeOf(answer);
    const usim = usimAnswer(card, seen, rand, autn);
    if (usim.outcome !== 'authentic') throw new Error(usim.outcome);
    expect(usim.sqn).toBe(sqn);
    const [xres, ck, ik] = [avps.sipAuthorization, avps.confidentialityKey, avps.integrityKey].map(
      (one) => find(item(answer), one)!.data,
    );
    expect([usim.res, usim.ck, usim.ik]).toEqual([xres, ck, ik]);
    seen = usim.sqn;
  }
  expect(lines[0]).toBe(
    'MAR of alice@ims.example (sip:alice@ims.example): Digest-AKAv1-MD5, a vector with SQN 000000000020',
  );
});

test('a card that is ahead has its SQN taken over by AUTS, and an AUTS with a wrong MAC-S is refused', () => {
  const seen = 1n << 20n;
  const { rand, autn } = challengeOf(cx.answer(mar(alice, aliceUri, aka)));
  const usim = usimAnswer(card, seen, rand, autn);
  if (usim.outcome !== 'sync-failure') throw new Error(usim.outcome);
  const wrong = Buffer.concat([rand, usim.auts]);
  wrong[29]! ^= 1;
  const refused = cx.answer(mar(alice, aliceUri, aka, avp(avps.sipAuthorization, wrong)));
  expect(number(refused, avps.resultCode)).toBe(5004);
  expect(lines.at(-1)).toBe(
    'refused MAR of alice@ims.example (sip:alice@ims.example): the MAC-S of AUTS is wrong',
  );
  const again = challengeOf(
    cx.answer(mar(alice, aliceUri, aka, avp(avps.sipAuthorization, Buffer.concat([rand, usim.auts])))),
  );
  expect(usimAnswer(card, seen, again.rand, again.autn)).toMatchObject({
    outcome: 'authentic',
    sqn: seen + 32n,
  });
});

// TS 33.102 6.3.5: the SQN of the AuC is reset only if the card would not accept its next one.
test('an AUTS that comes again does not set the SQN back', () => {
  const { rand, autn } = challengeOf(cx.answer(mar(alice, aliceUri, aka)));
  const seen = 1n << 20n;
  const usim = usimAnswer(card, seen, rand, autn);
  if (usim.outcome !== 'sync-failure') throw new Error(usim.outcome);
  const asking = mar(alice, aliceUri, aka, avp(avps.sipAuthorization, Buffer.concat([rand, usim.auts])));
  const first = challengeOf(cx.answer(asking));
  const second = challengeOf(cx.answer(asking));
  // One SEQ is 32 in SQN, whose last five bits are IND. The card has accepted the first of both.
  expect(usimAnswer(card, seen, first.rand, first.autn)).toMatchObject({ sqn: seen + 32n });
  expect(usimAnswer(card, seen + 32n, second.rand, second.autn)).toMatchObject({
    outcome: 'authentic',
    sqn: seen + 64n,
  });
});

test('a MAR for SIP Digest gets H(A1) with realm, qop and algorithm', () => {
  const digest = decodeAvps(
    find(item(cx.answer(mar(bob, bobUri, 'SIP Digest'))), avps.sipDigestAuthenticate)!.data,
  );
  const ha1 = createHash('md5').update('bob@ims.example:ims.example:secret').digest('hex');
  expect(
    [avps.digestRealm, avps.digestAlgorithm, avps.digestQop, avps.digestHa1].map((one) =>
      find(digest, one)!.data.toString(),
    ),
  ).toEqual(['ims.example', 'MD5', 'auth', ha1]);
});

test('where the S-CSCF leaves the scheme to the HSS, the subscriber decides', () => {
  const schemeOf = (impi: string): string =>
    find(item(cx.answer(mar(impi, `sip:${impi}`, 'Unknown'))), avps.sipAuthenticationScheme)!.data.toString();
  expect([schemeOf(alice), schemeOf(bob)]).toEqual([aka, 'SIP Digest']);
});

test('a SAR gets the profile with all public identities in one set, and none when the user is de-registered', () => {
  expect(data(cx.answer(sar(alice, 'tel:+1', 1)), avps.userData)?.toString()).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><IMSSubscription><PrivateID>alice@ims.example</PrivateID><ServiceProfile>' +
      '<PublicIdentity><BarringIndication>0</BarringIndication><Identity>sip:alice@ims.example</Identity></PublicIdentity>' +
      '<PublicIdentity><BarringIndication>0</BarringIndication><Identity>tel:+1</Identity></PublicIdentity>' +
      '</ServiceProfile></IMSSubscription>',
  );
  const gone = cx.answer(sar(alice, aliceUri, 5));
  expect([number(gone, avps.resultCode), data(gone, avps.userData)]).toEqual([2001, undefined]);
});

test.each([
  ['no such private identity', 5001, () => mar('eve@ims.example', aliceUri, aka)],
  ['no such public identity', 5001, () => mar(alice, 'sip:eve@ims.example', aka)],
  ['the identities are of two subscribers', 5002, () => mar(alice, bobUri, aka)],
  ["the scheme SIP Digest is not one of the subscriber's", 5006, () => mar(alice, aliceUri, 'SIP Digest')],
  ["the scheme NASS-Bundled is not one of the subscriber's", 5006, () => mar(bob, bobUri, 'NASS-Bundled')],
])('%s is Experimental-Result %i, in an answer that names the user', (reason, code, make) => {
  const asked = make();
  const answer = cx.answer(asked);
  expect(experimental(answer)).toBe(code);
  expect(number(answer, avps.resultCode)).toBeUndefined();
  for (const one of [avps.userName, avps.publicIdentity])
    expect(data(answer, one)).toEqual(find(asked.avps, one)!.data);
  expect(lines.at(-1)).toContain(`: ${reason} (${code})`);
});

test('a request without an AVP that it needs is answered with 5005 and an example of it', () => {
  const whole = mar(alice, aliceUri, aka);
  for (const one of [avps.sessionId, avps.userName, avps.publicIdentity, avps.sipAuthDataItem]) {
    const answer = cx.answer({ ...whole, avps: whole.avps.filter(({ code }) => code !== one.code) });
    expect(number(answer, avps.resultCode)).toBe(5005);
    expect(decodeAvps(data(answer, avps.failedAvp)!)[0]!.code).toBe(one.code);
  }
});

test('an AVP that is mandatory and unknown is answered with 5001, and one that is not mandatory is passed over', () => {
  const whole = mar(alice, aliceUri, aka);
  const unknown = { code: 9999, vendor: 10415, data: Buffer.alloc(0) };
  const answer = cx.answer({ ...whole, avps: [...whole.avps, { ...unknown, isMandatory: true }] });
  expect(number(answer, avps.resultCode)).toBe(5001);
  expect(decodeAvps(data(answer, avps.failedAvp)!)[0]!.code).toBe(9999);
  const passed = cx.answer({ ...whole, avps: [...whole.avps, { ...unknown, isMandatory: false }] });
  expect(number(passed, avps.resultCode)).toBe(2001);
});

test('a command that it does not serve is answered with 3001 and the E bit', () => {
  const answer = cx.answer(request(300, mar(alice, aliceUri, aka).avps));
  expect([number(answer, avps.resultCode), answer.isError]).toEqual([3001, true]);
  expect(cx.answer(request(commands.multimediaAuth, [], 1)).isError).toBe(true);
});
