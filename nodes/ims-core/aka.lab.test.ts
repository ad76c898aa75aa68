import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { within } from '../../kit/deadline';
import { authenticationVector, usimAnswer, type Card } from '../../kit/milenage';
import { avp } from '../hss/diameter';
import { avps, commands, schemes } from '../hss/dictionary';
import { fieldsOf, statusOf } from '../ue/testing/foreign-phone';
import { testCard, TestIms } from '../ue/testing/ims';
import { BadHss, type Misdeed } from './testing/bad-hss';

/** IMS AKA as the core has it (TS 33.203 clause 6, TS 24.229 5.4.1.2), as its P-CSCF sees it, with an HSS over Cx. */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const md5 = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const cardOf = ({ k, opc, amf } = testCard): Card => ({
  k: Buffer.from(k, 'hex'),
  opc: Buffer.from(opc, 'hex'),
  amf: Buffer.from(amf, 'hex'),
});

let ims: TestIms;
let edge: Edge;

beforeAll(async () => {
  ims = await TestIms.start(['alice', 'bob', 'carol', 'dora', 'emil']);
  edge = await Edge.open(ims);
});

afterAll(async () => {
  edge?.[Symbol.dispose]();
  await ims?.[Symbol.asyncDispose]();
});

/** Parts of an Authorization that a test may write otherwise. */
interface Answer {
  readonly res?: Buffer;
  readonly response?: string;
  readonly auts?: Buffer;
  readonly protectedBy?: 'yes' | 'no';
  readonly expires?: number;
}

/** Sends as the P-CSCF does, from its address in the core, and so says itself what was protected. */
class Edge implements Disposable {
  private constructor(
    private readonly socket: Socket,
    private readonly from: string,
    private readonly to: string,
  ) {}

  static async open({ pcscfCore, coreAddress }: TestIms): Promise<Edge> {
    const socket = createSocket('udp4');
    socket.bind(0, pcscfCore);
    await once(socket, 'listening');
    return new Edge(socket, `${pcscfCore}:${socket.address().port}`, coreAddress);
  }

  /** Sends a REGISTER of a user. It resolves with the final response. */
  async register(user: string, authorization: string, expires = 600): Promise<string> {
    const branch = `z9hG4bK${randomUUID()}`;
    const request = [
      `REGISTER sip:${domain} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.from};branch=${branch}`,
      'Max-Forwards: 70',
      `From: <sip:${user}@${domain}>;tag=1`,
      `To: <sip:${user}@${domain}>`,
      `Call-ID: ${randomUUID()}`,
      'CSeq: 1 REGISTER',
      `Contact: <sip:${user}@192.0.2.1:6000>;expires=${expires}`,
      `Path: <sip:${this.from};lr>`,
      'Require: path',
      'Supported: path',
      `Authorization: Digest ${authorization}`,
      'Content-Length: 0',
    ];
    const answered = new Promise<string>((resolve) => {
      const look = (data: Buffer): void => {
        const text = data.toString();
        if (!text.includes(branch) || text.startsWith('SIP/2.0 1')) return;
        this.socket.off('message', look);
        resolve(text);
      };
      this.socket.on('message', look);
    });
    this.socket.send(`${request.join('\r\n')}\r\n\r\n`, 5060, this.to);
    return within(20_000, answered, () => new Error(`the REGISTER of ${user} got no final response`));
  }

  /** Sends the REGISTER that has nothing to answer yet. */
  first = (user: string, protectedBy: 'yes' | 'no' = 'no'): Promise<string> =>
    this.register(
      user,
      `username="${user}@${domain}", realm="${domain}", uri="sip:${domain}", nonce="", response="", integrity-protected="${protectedBy}"`,
    );

  /** Answers a challenge (RFC 3310 3.3 and 3.4). */
  answer(user: string, challenge: string, how: Answer): Promise<string> {
    const { res = Buffer.alloc(0), auts, protectedBy = 'yes', expires = 600 } = how;
    const [, nonce] = /nonce="([^"]+)"/.exec(challenge)!;
    const secret = md5(`${user}@${domain}:${domain}:`, res);
    const { response = md5(`${secret}:${nonce}:00000001:ue:auth:${md5(`REGISTER:sip:${domain}`)}`) } = how;
    const parts = [
      `username="${user}@${domain}", realm="${domain}", uri="sip:${domain}", nonce="${nonce}", response="${response}"`,
      'algorithm=AKAv1-MD5, qop=auth, nc=00000001, cnonce="ue"',
      ...(auts ? [`auts="${auts.toString('base64')}"`] : []),
      `integrity-protected="${protectedBy}"`,
    ];
    return this.register(user, parts.join(', '), expires);
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

/** What a USIM that has seen this SQN makes of a challenge. */
function usim(challenge: string, seen = 0n, card = cardOf()): ReturnType<typeof usimAnswer> {
  const nonce = Buffer.from(/nonce="([^"]+)"/.exec(challenge)![1]!, 'base64');
  return usimAnswer(card, seen, nonce.subarray(0, 16), nonce.subarray(16, 32));
}

/** RES, CK and IK of a challenge that the USIM accepts. */
function accepted(challenge: string, seen?: bigint): { res: Buffer; ck: Buffer; ik: Buffer; sqn: bigint } {
  const answer = usim(challenge, seen);
  if (answer.outcome !== 'authentic') throw new Error(`the USIM says ${answer.outcome}`);
  return answer;
}

/** Registers a user, or removes the registration. */
async function registered(user: string, expires = 600): Promise<string> {
  const challenge = await edge.first(user);
  return edge.answer(user, challenge, { res: accepted(challenge).res, expires });
}

it('challenges with AKAv1-MD5, RAND and AUTN, and gives the P-CSCF CK and IK', async () => {
  const challenge = await edge.first('alice');
  expect(statusOf(challenge)).toBe('401 Unauthorized');
  const [field] = fieldsOf(challenge, 'WWW-Authenticate');
  const { ck, ik } = accepted(challenge);
  for (const part of [
    `realm="${domain}"`,
    'algorithm=AKAv1-MD5',
    'qop="auth"',
    `ck="${ck.toString('hex')}"`,
    `ik="${ik.toString('hex')}"`,
  ])
    expect(field!.slice('Digest '.length).split(', ')).toContain(part);
});

it('registers who answers with RES over an association, and shows that it knows RES too', async () => {
  const challenge = await edge.first('alice');
  const [, nonce] = /nonce="([^"]+)"/.exec(challenge)!;
  const { res } = accepted(challenge);
  const ok = await edge.answer('alice', challenge, { res });
  expect(statusOf(ok)).toBe('200 OK');
  expect(fieldsOf(ok, 'Contact')[0]).toMatch(/^<sip:alice@192\.0\.2\.1:6000>;expires=(600|599)$/);
  expect(fieldsOf(ok, 'Service-Route')).toEqual([`<sip:orig@${ims.coreAddress}:5060;lr>`]);
  expect(fieldsOf(ok, 'P-Associated-URI')[0]).toContain(`<sip:alice@${domain}>`);
  const rspauth = md5(
    `${md5(`alice@${domain}:${domain}:`, res)}:${nonce}:00000001:ue:auth:${md5(`:sip:${domain}`)}`,
  );
  expect(fieldsOf(ok, 'Authentication-Info')[0]).toContain(`rspauth="${rspauth}"`);
  expect(fieldsOf(ok, 'Authentication-Info')[0]).not.toContain('nextnonce');
});

it('challenges a re-registration anew, whatever it answers, with an SQN that the USIM takes', async () => {
  const challenge = await edge.first('alice');
  const { res, sqn } = accepted(challenge);
  expect(statusOf(await edge.answer('alice', challenge, { res }))).toBe('200 OK');
  // TS 24.229 5.1.1.4.2: it repeats its last answer.
  const again = await edge.answer('alice', challenge, { res });
  expect(statusOf(again)).toBe('401 Unauthorized');
  const next = accepted(again, sqn);
  expect(statusOf(await edge.answer('alice', again, { res: next.res }))).toBe('200 OK');
});

it('takes no answer that came without an association', async () => {
  const challenge = await edge.first('alice');
  const { res } = accepted(challenge);
  const other = await edge.answer('alice', challenge, { res, protectedBy: 'no' });
  expect(statusOf(other)).toBe('401 Unauthorized');
});

it('refuses a wrong RES, and the nonce is not good any more', async () => {
  const challenge = await edge.first('alice');
  const { res } = accepted(challenge);
  expect(statusOf(await edge.answer('alice', challenge, { res: randomBytes(8) }))).toBe(
    '403 Authentication Failed',
  );
  await ims.core!.says(`REGISTER of alice@${domain} is refused: RES is wrong`);
  expect(statusOf(await edge.answer('alice', challenge, { res }))).toBe('401 Unauthorized');
});

it.each(['no', 'yes'] as const)(
  'ends the registration when the USIM found the MAC wrong (%s)',
  async (by) => {
    const challenge = await edge.first('alice');
    const other = { ...cardOf(), k: randomBytes(16) };
    expect(usim(challenge, 0n, other)).toEqual({ outcome: 'mac-failure' });
    const failed = await edge.answer('alice', challenge, { response: '', protectedBy: by });
    expect(statusOf(failed)).toBe('403 Authentication Failed');
    await ims.core!.says(
      `REGISTER of alice@${domain} is refused: the UE did not accept the challenge, whose MAC it found wrong; check K and OPc at the HSS`,
    );
  },
);

let sqnOfUsim = 0n;
it.each([
  ['with the response of an empty password', 'no', {}],
  ['without a response', 'no', { response: '' }],
  ['over associations', 'yes', {}],
] as const)('resynchronises %s (%s), and the next challenge is taken', async (_, protectedBy, how) => {
  // Beyond what the HSS has used, and what it has learnt from the test before.
  const seen = (sqnOfUsim += 1n << 40n);
  const challenge = await edge.first('bob');
  const answer = usim(challenge, seen);
  if (answer.outcome !== 'sync-failure') throw new Error(`the USIM says ${answer.outcome}`);
  const next = await edge.answer('bob', challenge, { ...how, auts: answer.auts, protectedBy });
  expect(statusOf(next)).toBe('401 Unauthorized');
  const { res, sqn } = accepted(next, seen);
  expect(sqn > seen).toBe(true);
  expect(statusOf(await edge.answer('bob', next, { res }))).toBe('200 OK');
});

it('refuses an AUTS that is not of the card, and says so', async () => {
  const challenge = await edge.first('bob');
  const answer = usim(challenge, (1n << 48n) - 1n);
  if (answer.outcome !== 'sync-failure') throw new Error(`the USIM says ${answer.outcome}`);
  // The last byte is of MAC-S (TS 33.102 6.3.3).
  answer.auts[13]! ^= 1;
  const refused = await edge.answer('bob', challenge, { response: '', auts: answer.auts, protectedBy: 'no' });
  expect(statusOf(refused)).toBe('403 Authentication Failed');
  await ims.core!.says(
    `REGISTER of bob@${domain} is refused: AUTS is not of this card; check K and OPc at the HSS`,
  );
});

it('refuses whom the HSS does not know, and says so', async () => {
  expect(statusOf(await edge.first('nobody'))).toBe('403 User Unknown');
  await ims.core!.says(`REGISTER of nobody@${domain} is refused: the HSS says: User Unknown`);
});

it('tells the HSS of the first registration, of the next, and of the end', async () => {
  expect(statusOf(await registered('carol'))).toBe('200 OK');
  expect(statusOf(await registered('carol'))).toBe('200 OK');
  expect(statusOf(await registered('carol', 0))).toBe('200 OK');
  // The HSS is told of the end when the UE has its answer.
  await ims.hss.says(`SAR of carol@${domain} (sip:carol@${domain}): sip:scscf.${domain}, assignment type 5`);
  const types = [...ims.hss.log.matchAll(/SAR of carol@.*assignment type (\d+)/g)].map(([, type]) => type);
  // REGISTRATION, RE_REGISTRATION, USER_DEREGISTRATION (TS 29.229 6.3.15).
  expect(types).toEqual(['1', '2', '5']);
  expect(statusOf(await registered('carol'))).toBe('200 OK');
});

it('tells the HSS when the last binding has expired', async () => {
  expect(statusOf(await registered('dora', 1))).toBe('200 OK');
  await ims.hss.says(`SAR of dora@${domain} (sip:dora@${domain}): sip:scscf.${domain}, assignment type 5`);
});

it('writes no error in what has been done until here', () => {
  const errors = `${ims.core!.log}${ims.scscf!.log}`.match(/^.*(ERROR|CRITICAL|BUG).*$/gm) ?? [];
  // cdp asks for the address of a descriptor that is another process's. The CER then has no Host-IP-Address.
  expect(errors.filter((line) => !line.includes('I_Snd_CER(): Error on finding local host address'))).toEqual(
    [],
  );
});

describe('without a good HSS', () => {
  /** Resolves when the log says why a user got 504. */
  const says = (user: string, reason: string): Promise<void> =>
    ims.core!.says(
      `REGISTER of ${user}@${domain} is refused: the HSS gave no answer that can be used (${reason}); look at the log of the HSS`,
    );

  beforeAll(async () => ims.stopHss());

  it('answers with 504 at once when the HSS is gone', async () => {
    await ims.scscf!.says(`the connection to the HSS at ${ims.hssAt.address}:3868 is lost`);
    expect(statusOf(await edge.first('emil'))).toBe('504 Server Time-out');
    await says('emil', 'challenge-aka: 504 HSS Is Not Connected');
  });

  it.each<[string, string, Misdeed, string]>([
    ['never answers', 'silent', () => undefined, '504 HSS Does Not Answer'],
    ['answers with what is no Diameter', 'garbler', () => randomBytes(400), '504 HSS Does Not Answer'],
    [
      'cannot comply',
      'incapable',
      () => [avp(avps.resultCode, 5012)],
      '403 Forbidden - HSS Unable to comply',
    ],
    [
      'has no authentication data',
      'empty',
      () => [avp(avps.resultCode, 2001)],
      '403 Forbidden - HSS returned no authentication vectors',
    ],
    [
      'gives no result',
      'mute',
      () => [],
      '403 Forbidden - HSS responded with unknown Experimental Result Code',
    ],
  ])('answers with 504 when the HSS %s', async (_, user, misdeed, reason) => {
    const connected = ims.scscf!.log.split('the HSS has answered').length;
    await using hss = await BadHss.start(ims.hssAt, misdeed);
    expect(hss).toBeDefined();
    await saysTimes('the HSS has answered', connected);
    expect(statusOf(await edge.first(user))).toBe('504 Server Time-out');
    await says(user, `challenge-aka: ${reason}`);
  });

  it('answers with 504 when the HSS does not assign the S-CSCF, and registers nobody', async () => {
    const connected = ims.scscf!.log.split('the HSS has answered').length;
    const { rand, autn, xres, ck, ik } = authenticationVector(cardOf(), randomBytes(16), 1n << 40n);
    const item = avp(avps.sipAuthDataItem, [
      avp(avps.sipItemNumber, 1),
      avp(avps.sipAuthenticationScheme, schemes.aka),
      avp(avps.sipAuthenticate, Buffer.concat([rand, autn])),
      avp(avps.sipAuthorization, xres),
      avp(avps.confidentialityKey, ck),
      avp(avps.integrityKey, ik),
    ]);
    await using hss = await BadHss.start(ims.hssAt, ({ command }) =>
      command === commands.multimediaAuth
        ? [avp(avps.resultCode, 2001), avp(avps.sipNumberAuthItems, 1), item]
        : [avp(avps.resultCode, 5012)],
    );
    expect(hss).toBeDefined();
    await saysTimes('the HSS has answered', connected);
    const challenge = await edge.first('emil');
    const refused = await edge.answer('emil', challenge, { res: xres });
    expect(statusOf(refused)).toBe('504 Server Time-out');
    expect(fieldsOf(refused, 'Contact')).toEqual([]);
    await says('emil', 'assign: 500 Server Internal Error');
  });

  it('works again without a restart when the HSS is back', async () => {
    const connected = ims.scscf!.log.split('the HSS has answered').length;
    await ims.startHss();
    await saysTimes('the HSS has answered', connected);
    expect(statusOf(await registered('emil'))).toBe('200 OK');
  });

  /** Resolves when the S-CSCF has said a text once more than this. */
  async function saysTimes(text: string, times: number): Promise<void> {
    const told = async (): Promise<void> => {
      while (ims.scscf!.log.split(text).length <= times)
        await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await within(20_000, told(), () => new Error(`the S-CSCF did not say "${text}": ${ims.scscf!.log}`));
  }
});
