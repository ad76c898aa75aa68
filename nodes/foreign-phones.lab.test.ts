import { randomUUID } from 'node:crypto';
import { ForeignPhone, fieldsOf, statusOf, uriIn } from './ue/testing/foreign-phone';
import type { ForeignRegistration, ForeignWay } from './ue/testing/foreign-phone';
import { TestIms } from './ue/testing/ims';

/** Foreign phones, which write SIP in other ways than the reference UE, at the lab's P-CSCF and IMS core. */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const DOMAIN = domain.toUpperCase();
const aliceUri = `sip:alice@${domain}`;
const bobUri = `sip:bob@${domain}`;

let ims: TestIms;
/** The phone that sends, over UDP. */
let alice: ForeignPhone;
/** The phone that is called, in TLS. */
let bob: ForeignPhone;

beforeAll(async () => {
  // Numbers are dealt from 1001 on; Bob is somebody else than bob.
  ims = await TestIms.start(['alice', 'bob', 'Bob', 'carol']);
  alice = await ForeignPhone.open(ims, 'udp');
  bob = await ForeignPhone.open(ims, 'https');
  expect(statusOf(await alice.register('alice'))).toBe('200 OK');
  expect(statusOf(await bob.register('bob'))).toBe('200 OK');
});

afterAll(async () => {
  for (const phone of [alice, bob]) phone?.[Symbol.dispose]();
  await ims?.[Symbol.asyncDispose]();
});

interface Writing {
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly more?: readonly string[];
  readonly compact?: boolean;
}

/** Alice sends a message that is refused. @returns the answer */
async function refused({
  uri = bobUri,
  from = `<${aliceUri}>;tag=1`,
  to = `<${uri}>`,
}: Writing): Promise<string> {
  return statusOf(await alice.ask({ method: 'MESSAGE', uri, from, to }));
}

/** Alice sends a message that Bob accepts. @returns the request that reached him */
async function delivered(writing: Writing): Promise<string> {
  const { uri = bobUri, from = `<${aliceUri}>;tag=1`, to = `<${uri}>` } = writing;
  const callId = randomUUID();
  const asking = alice.ask({ ...writing, method: 'MESSAGE', uri, from, to, callId });
  const arriving = bob.next((text) => text.startsWith('MESSAGE ') && text.includes(callId));
  // If the message is refused, it does not arrive, and this wait fails later without a caller.
  arriving.catch(() => undefined);
  const request = await Promise.race([
    arriving,
    asking.then((response) => Promise.reject(new Error(response))),
  ]);
  bob.answer(request, '200 OK');
  expect(statusOf(await asking)).toBe('200 OK');
  return request;
}

describe('a Request-URI (RFC 3261 10.3, 16.5, 19.1.4)', () => {
  it.each([
    ['parameters', `${bobUri};transport=UDP`],
    ['parameters in any case and order', `${bobUri};User=Phone;x;TRANSPORT=tcp;lr;maddr=192.0.2.1`],
    ['a scheme and host in capitals', `SIP:bob@${DOMAIN}`],
    ['an escaped user', `sip:%62o%62@${domain}`],
    ['a global number', 'tel:+9990011002'],
    ['visual separators', 'TEL:+999-(001).10-02'],
    ['parameters of the number', 'tel:+9990011002;isub=7;x=y'],
    ['a local number in a context of digits', 'tel:10-02;phone-context=+999-001'],
    ['a local number in the home domain', `tel:1002;x=y;Phone-Context=${DOMAIN}`],
    ['a number in a SIP URI', `sip:+999-001-1002@${domain};user=phone`],
    ['a number in a SIP URI that does not say so', `sip:+9990011002@${domain}`],
    ['a local number in a SIP URI', `sip:1002;phone-context=+999001@${domain};user=phone`],
    ['a local number of the domain in a SIP URI', `sip:10-02@${domain};user=phone`],
  ])('names its subscriber with %s', async (_, uri) => {
    expect(await delivered({ uri })).toContain(
      `MESSAGE sip:phone@${bob.local.ip}:${bob.local.port};transport=tls `,
    );
  });

  it.each([
    ['a port, also the default', `${bobUri}:5060`, '404 Not Found'],
    ['a user in another case', `sip:BOB@${domain}`, '404 Not Found'],
    [
      'a user in the case of another subscriber, who is not there',
      `sip:Bob@${domain}`,
      '480 Temporarily Unavailable',
    ],
    ['a password', `sip:bob:secret@${domain}`, '404 Not Found'],
    ['another domain', 'sip:bob@example.org', '404 Not Found'],
    ['an escape that is none', `sip:b%6gb@${domain}`, '404 Not Found'],
    ['an escaped at sign', `sip:bob%40${domain}`, '404 Not Found'],
    ["nobody's number", 'tel:+9990011099', '404 Not Found'],
    ['a local number in another context', 'tel:1002;phone-context=+998001', '404 Not Found'],
    ['a local number without a context (RFC 3966 5.1.5)', 'tel:1002', '404 Not Found'],
    ['SIPS, which nobody has', `sips:bob@${domain}`, '416 Unsupported URI Scheme'],
    ['another scheme', 'http://example.org/', '416 Unsupported URI Scheme'],
  ])('names nobody, or somebody else, with %s', async (_, uri, answer) => {
    expect(await refused({ uri, to: `<${bobUri}>` })).toBe(answer);
  });
});

describe('From and To', () => {
  it.each([
    ['parameters', `<${aliceUri};transport=UDP;user=phone>;tag=1`],
    ['no brackets, so that parameters are the field’s', `${aliceUri};user=phone;tag=1`],
    [
      'a display name in quotes, with brackets and quotes in it',
      `"A <sip:bob@x> \\"x\\", @" <${aliceUri}>;tag=1`,
    ],
    ['a display name of tokens', `Alice A <${aliceUri}>;x=y;tag=1`],
    ['a host in capitals and an escaped user', `<sip:%61lice@${DOMAIN}>;tag=1`],
    ['a tel URI', '<tel:+999-001-1001>;tag=1'],
    ['a number in a SIP URI', `<sip:+9990011001@${domain};user=phone>;tag=1`],
    ['a short header name', `<${aliceUri}>;tag=1`, { compact: true }],
  ] as [string, string, Writing?][])('name the sender with %s', async (_, from, how = {}) => {
    const arrived = await delivered({ ...how, from });
    expect(fieldsOf(arrived, 'P-Asserted-Identity')).toEqual([`<${aliceUri}>`]);
  });

  it.each([
    ['somebody else', `<sip:carol@${domain}>;tag=1`],
    ['a port', `<${aliceUri}:5060>;tag=1`],
    ['a user in another case', `<sip:Alice@${domain}>;tag=1`],
    ["somebody else's number", '<tel:+9990011002>;tag=1'],
    ['somebody else, with oneself as display name', `"${aliceUri}" <sip:carol@${domain}>;tag=1`],
  ])('name a stranger to the flow with %s', async (_, from) => {
    expect(await refused({ from })).toBe('403 Not Registered Over This Flow');
  });

  it('may name anybody as To, which routes nothing', async () => {
    await delivered({ to: '"x" <tel:110;phone-context=+1>' });
  });
});

describe('P-Preferred-Identity (RFC 3325 9.2; TS 24.229 5.2.6.3)', () => {
  it.each([
    ['one’s number', '<tel:+999-001-1001>', '<tel:+9990011001>'],
    ['one’s SIP URI, spelled otherwise', `"Alice" <sip:%61lice@${DOMAIN};user=phone>`, `<${aliceUri}>`],
    ["somebody else's", `<${bobUri}>`, `<${aliceUri}>`],
  ])('has the core told who it is: %s', async (_, preferred, asserted) => {
    const forged = `P-Asserted-Identity: <${bobUri}>`;
    const arrived = await delivered({ more: [`P-Preferred-Identity: ${preferred}`, forged] });
    expect(fieldsOf(arrived, 'P-Asserted-Identity')).toEqual([asserted]);
    expect(fieldsOf(arrived, 'P-Preferred-Identity')).toEqual([]);
  });
});

/** Opens a phone for as long as `work` takes. */
async function withPhone<T>(
  way: ForeignWay,
  work: (phone: ForeignPhone) => Promise<T>,
  ip?: string,
): Promise<T> {
  using phone = await ForeignPhone.open(ims, way, ip);
  return await work(phone);
}

describe('a registration', () => {
  it.each([
    ['parameters in To', { to: `<sip:carol@${domain};transport=UDP;user=phone>` }],
    ['To without brackets', { to: `sip:carol@${domain}` }],
    ['capitals, escapes and a display name in To', { to: `"C <c@x>" <SIP:c%61rol@${DOMAIN}>` }],
    ['short header names', { compact: true }],
  ] as [string, ForeignRegistration][])('is taken, and taken back, with %s', async (_, how) => {
    await withPhone('udp', async (carol) => {
      const registered = await carol.register('carol', how);
      expect(statusOf(registered)).toBe('200 OK');
      // The 200 lists its public user identities in the form in which they are compared.
      expect(fieldsOf(registered, 'P-Associated-URI')).toEqual([`<sip:carol@${domain}>, <tel:+9990011004>`]);
      expect(fieldsOf(registered, 'Contact')).toHaveLength(1);
      const [uri, from] = [`sip:carol@${domain}`, `<${aliceUri}>;tag=1`];
      const asking = alice.ask({ method: 'MESSAGE', uri, from, to: `<${uri}>` });
      carol.answer(await carol.next((text) => text.startsWith('MESSAGE ')), '200 OK');
      expect(statusOf(await asking)).toBe('200 OK');
      // The Contact is compared as a URI too (RFC 3261 10.3 item 7).
      const contact = carol.contact.replace('transport=udp', 'Transport=UDP');
      const ended = await carol.register('carol', { ...how, contact, expires: 0 });
      expect([statusOf(ended), fieldsOf(ended, 'Contact')]).toEqual(['200 OK', []]);
      expect(await refused({ uri })).toBe('480 Temporarily Unavailable');
    });
  });

  // The first REGISTER has no Authorization, and the HSS is asked for whom it names (TS 24.229 5.4.1.2.2).
  it.each([
    ['a port in To', `<sip:carol@${domain}:5060>`, '403 User Unknown'],
    ['a user in another case', `<sip:Carol@${domain}>`, '403 User Unknown'],
    ['somebody else', `<sip:Bob@${domain}>`, "403 Not This Subscriber's Identity"],
    [
      'a number, which is registered with its SIP URI (TS 24.229 5.1.1.2.1)',
      '<tel:+9990011004>',
      '403 User Unknown',
    ],
  ])('is refused with %s', async (_, to, status) => {
    await withPhone('udp', async (carol) => {
      expect(statusOf(await carol.register('carol', { to }))).toBe(status);
    });
  });

  it('is not made by a REGISTER that only asks what there is (RFC 3261 10.2.3)', async () => {
    await withPhone('udp', async (carol) => {
      expect(statusOf(await carol.register('alice', { contact: null }))).toBe('200 OK');
      const asked = carol.ask({
        method: 'MESSAGE',
        uri: bobUri,
        from: `<${aliceUri}>;tag=1`,
        to: `<${bobUri}>`,
      });
      expect(statusOf(await asked)).toBe('403 Not Registered Over This Flow');
    });
  });
});

describe('the way to a phone without RFC 5626', () => {
  const ways = [
    ['UDP', 'udp'],
    ['TLS on 5061', 'tls'],
    ['TLS on the port of HTTPS', 'https'],
  ] as const;

  it.each(ways)('names the port of the P-CSCF that it is connected to, and no other: %s', async (_, way) => {
    await withPhone(way, async (carol) => {
      // Behind NAT a phone may write an address that nobody can reach (here of RFC 5737); on
      // UDP its address has to be right.
      const { transport } = carol;
      const contact = transport === 'tls' ? '<sip:phone@192.0.2.7:4711;transport=tls>' : carol.contact;
      const registered = await carol.register('carol', { contact });
      expect(statusOf(registered)).toBe('200 OK');
      const carolUri = `sip:carol@${domain}`;
      const [callId, from] = [randomUUID(), `<${aliceUri}>;tag=a`];
      const calling = alice.ask({
        ...{ method: 'INVITE', uri: carolUri, from, to: `<${carolUri}>`, callId },
        more: [`Contact: ${alice.contact}`],
      });
      const invite = await carol.next((text) => text.startsWith('INVITE '));
      const { address, ports } = ims.configOf('carol').pcscf;
      // Without a port it is 5060 (RFC 3261 18.1.1, 19.1.2).
      const place = way === 'udp' ? `${address}(?::5060)?` : `${address}:${ports[way]}`;
      const via = new RegExp(`^SIP/2\\.0/${transport.toUpperCase()} ${place};`);
      expect(fieldsOf(invite, 'Via')[0]).toMatch(via);
      const routes = fieldsOf(invite, 'Record-Route');
      expect(routes[0]).toMatch(new RegExp(`^<sip:(?:[^@]+@)?${place}[;>]`));
      const to = `<${carolUri}>;tag=foreign`;
      carol.answer(invite, '200 OK', [`Contact: ${contact}`]);
      const answered = await calling;
      expect(statusOf(answered)).toBe('200 OK');
      const target = uriIn(fieldsOf(answered, 'Contact')[0]!);
      const back = [`Route: ${fieldsOf(answered, 'Record-Route').reverse().join(', ')}`];
      alice.send({ method: 'ACK', uri: target, from, to, callId, more: back });
      await carol.next((text) => text.startsWith('ACK '));
      // In the dialog: one request each way.
      const info = alice.ask({ method: 'INFO', uri: target, from, to, callId, cseq: 2, more: back });
      const came = await carol.next((text) => text.startsWith('INFO '));
      expect(fieldsOf(came, 'Via')[0]).toMatch(via);
      carol.answer(came, '200 OK');
      expect(statusOf(await info)).toBe('200 OK');
      const bye = carol.ask({
        ...{ method: 'BYE', uri: uriIn(fieldsOf(invite, 'Contact')[0]!), from: to, to: from, callId },
        more: [`Route: ${routes.join(', ')}`],
      });
      alice.answer(await alice.next((text) => text.startsWith('BYE ')), '200 OK');
      expect(statusOf(await bye)).toBe('200 OK');
      expect(statusOf(await carol.register('carol', { contact, expires: 0 }))).toBe('200 OK');
    });
  });

  it('is that of the dialog, whatever the caller wrote as To', async () => {
    const [callId, from, to] = [randomUUID(), `<${aliceUri}>;tag=a`, '<tel:110;phone-context=+1>'];
    const calling = alice.ask({
      ...{ method: 'INVITE', uri: bobUri, from, to, callId },
      more: [`Contact: ${alice.contact}`],
    });
    const invite = await bob.next((text) => text.startsWith('INVITE '));
    bob.answer(invite, '200 OK', [`Contact: ${bob.contact}`]);
    await calling;
    const bye = bob.ask({
      ...{ method: 'BYE', uri: uriIn(alice.contact), from: `${to};tag=foreign`, to: from, callId },
      more: [`Route: ${fieldsOf(invite, 'Record-Route').join(', ')}`],
    });
    alice.answer(await alice.next((text) => text.startsWith('BYE ')), '200 OK');
    expect(statusOf(await bye)).toBe('200 OK');
  });
});

describe('SIP outside TLS (TS 33.203 O.2.2, O.4)', () => {
  /** Carol sends a message to Alice over UDP, unregistered there. */
  const spoken = (carol: ForeignPhone, as = `sip:carol@${domain}`): Promise<string> => {
    const from = `<${as}>;tag=1`;
    return carol.ask({ method: 'MESSAGE', uri: aliceUri, from, to: `<${aliceUri}>` }).then(statusOf);
  };
  const inTls = (
    work: (carol: ForeignPhone) => Promise<void>,
    how: ForeignRegistration = {},
  ): Promise<void> =>
    withPhone('https', async (carol) => {
      expect(statusOf(await carol.register('carol', how))).toBe('200 OK');
      await work(carol);
    });
  const overUdp = (ip?: string): Promise<string> => withPhone('udp', spoken, ip);
  /** Waits until what Carol sends outside TLS is looked at as that of anybody else. */
  const untilTaken = async (): Promise<void> => {
    const until = performance.now() + 10_000;
    while ((await overUdp()) === refusal) {
      if (performance.now() > until) throw new Error('still refused outside TLS after 10 s');
    }
    expect(await overUdp()).toBe('403 Not Registered Over This Flow');
  };
  const refusal = '403 SIP Outside TLS Refused';

  it('is refused to who is registered in TLS, but not from another address, where it is another network', () =>
    inTls(async (carol) => {
      expect(await overUdp()).toBe(refusal);
      expect(await overUdp('127.0.0.2')).toBe('403 Not Registered Over This Flow');
      await carol.register('carol', { contact: '*', expires: 0 });
    }));

  it('is taken again when the connection has ended, as there is nothing that it would protect', async () => {
    await inTls(async () => expect(await overUdp()).toBe(refusal));
    await untilTaken();
  });

  it.each<[string, ForeignRegistration]>([
    ['by its own parameter', { contact: 'x;Expires=00', expires: 60 }],
    ['with all others', { contact: '*', expires: 0 }],
  ])('is taken again after de-registration: %s', async (_, how) => {
    await inTls(async (carol) => {
      const contact = how.contact!.replace('x', carol.contact);
      expect(statusOf(await carol.register('carol', { ...how, contact }))).toBe('200 OK');
      expect(await overUdp()).toBe('403 Not Registered Over This Flow');
    });
  });

  it('is taken again when the registration has expired', () =>
    inTls(
      async () => {
        await untilTaken();
      },
      { expires: 1 },
    ));

  it('does not mean REGISTER, with which a UE begins anew, nor an emergency', () =>
    inTls(async (carol) => {
      await withPhone('udp', async (outside) => {
        expect(statusOf(await outside.register('carol'))).toBe('200 OK');
        expect(await spoken(outside)).toBe(refusal);
        expect(await spoken(outside, 'tel:+9990011004')).toBe(refusal);
        const from = `<sip:carol@${domain}>;tag=1`;
        const sos = await outside.ask({
          method: 'INVITE',
          uri: 'urn:service:sos.fire',
          from,
          to: '<urn:service:sos>',
        });
        expect(statusOf(sos)).toBe('380 Alternative Service');
        await outside.register('carol', { expires: 0 });
      });
      await carol.register('carol', { expires: 0 });
    }));
});
