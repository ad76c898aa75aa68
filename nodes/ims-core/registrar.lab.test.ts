import { ForeignPhone, fieldsOf, statusOf, uriIn } from '../ue/testing/foreign-phone';
import type { ForeignRegistration } from '../ue/testing/foreign-phone';
import { TestIms } from '../ue/testing/ims';

/** The core as registrar (RFC 3261 10.3, RFC 3327, RFC 3608, RFC 5626 6), through the lab's own P-CSCF. */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const [aliceUri, bobUri] = [`sip:alice@${domain}`, `sip:bob@${domain}`];

let ims: TestIms;
/** The phone that writes messages. */
let alice: ForeignPhone;

beforeAll(async () => {
  ims = await TestIms.start(['alice', 'bob']);
  alice = await ForeignPhone.open(ims, 'udp');
  expect(statusOf(await alice.register('alice'))).toBe('200 OK');
});

afterAll(async () => {
  alice?.[Symbol.dispose]();
  await ims?.[Symbol.asyncDispose]();
});

const outbound = ['Supported: path, outbound'];
/** The Contact of a flow of one instance (RFC 5626 4.2). */
const flowOf = (phone: ForeignPhone, regId: number): string =>
  `${phone.contact.replace('>', ';ob>')};+sip.instance="<urn:uuid:2>";reg-id=${regId}`;

/** Registers Bob. @returns the contacts of the 200, without the seconds that are left */
async function contactsAfter(phone: ForeignPhone, how: ForeignRegistration): Promise<string[]> {
  const ok = await phone.register('bob', how);
  expect(statusOf(ok)).toBe('200 OK');
  const contacts = fieldsOf(ok, 'Contact').flatMap((field) => field.split(/, (?=<)/));
  return contacts.map((contact) => contact.replace(/;expires=\d+/, ''));
}

/** Alice sends Bob a message, which a phone of his takes. @returns the answer */
const written = (): Promise<string> =>
  alice
    .ask({ method: 'MESSAGE', uri: bobUri, from: `<${aliceUri}>;tag=1`, to: `<${bobUri}>` })
    .then(statusOf);
async function reaches(phone: ForeignPhone): Promise<string> {
  const answer = written();
  const message = await phone.next((text) => text.startsWith('MESSAGE '));
  phone.answer(message, '200 OK');
  expect(await answer).toBe('200 OK');
  return message;
}

it('gives Path, Service-Route and the identities with its 200', async () => {
  using bob = await ForeignPhone.open(ims, 'https');
  const ok = await bob.register('bob');
  expect(fieldsOf(ok, 'Path')[0]).toMatch(new RegExp(`^<sip:[^@]+@${ims.pcscfCore};lr;ob>$`));
  expect(fieldsOf(ok, 'Service-Route')).toEqual([`<sip:orig@${ims.coreAddress}:5060;lr>`]);
  expect(fieldsOf(ok, 'P-Associated-URI')).toEqual([`<${bobUri}>, <tel:+9990011002>`]);
  expect(fieldsOf(ok, 'Supported').join(', ').split(', ')).toEqual(
    expect.arrayContaining(['path', 'outbound']),
  );
  // It used no reg-id, so nothing of RFC 5626 is required of it, whether it could or not.
  expect(fieldsOf(ok, 'Require')).toEqual([]);
  const able = await bob.register('bob', { more: outbound });
  expect([statusOf(able), ...fieldsOf(able, 'Require')]).toEqual(['200 OK']);
  for (const name of ['Path', 'Service-Route', 'P-Associated-URI'])
    expect(fieldsOf(able, name)).toEqual(fieldsOf(ok, name));
  expect(fieldsOf(able, 'Authentication-Info')).toHaveLength(1);
  expect(fieldsOf(await bob.register('bob', { contact: flowOf(bob, 1), more: outbound }), 'Require')).toEqual(
    ['outbound'],
  );
  const message = await reaches(bob);
  expect(fieldsOf(message, 'P-Called-Party-ID')).toEqual([`<${bobUri}>`]);
  expect(fieldsOf(message, 'P-Asserted-Identity')).toEqual([`<${aliceUri}>`]);
  expect(fieldsOf(message, 'P-Charging-Vector')).toEqual([]);
  expect(await contactsAfter(bob, { contact: '*', expires: 0 })).toEqual([]);
});

it('keeps the flows of an instance beside each other, and uses the last, then the next (RFC 5626)', async () => {
  using first = await ForeignPhone.open(ims, 'https');
  const one = flowOf(first, 1);
  expect(await contactsAfter(first, { contact: one, more: outbound })).toEqual([one]);
  {
    using second = await ForeignPhone.open(ims, 'tls');
    const two = flowOf(second, 2);
    expect(await contactsAfter(second, { contact: two, more: outbound })).toEqual([two, one]);
    await reaches(second);
    // Another Call-ID does not take the other flow away.
    expect(await contactsAfter(first, { contact: one, more: outbound })).toEqual([one, two]);
    await reaches(first);
    expect(await contactsAfter(second, { contact: two, more: outbound })).toEqual([two, one]);
    await second.hangUp();
  }
  // The second connection is gone: 430, and the message goes over the first.
  await reaches(first);
  expect(await contactsAfter(first, { contact: one, expires: 0, more: outbound })).toHaveLength(1);
  expect(await written()).toBe('480 Temporarily Unavailable');
  await first.register('bob', { contact: '*', expires: 0 });
});

it('moves an instance: its flow has the new Contact, and the old one is gone', async () => {
  using before = await ForeignPhone.open(ims, 'udp');
  using after = await ForeignPhone.open(ims, 'https');
  await contactsAfter(before, { contact: flowOf(before, 1), more: outbound });
  expect(await contactsAfter(after, { contact: flowOf(after, 1), more: outbound })).toEqual([
    flowOf(after, 1),
  ]);
  await reaches(after);
  await after.register('bob', { contact: '*', expires: 0 });
});

it('takes several contacts, and removes each by itself, compared as URIs (RFC 3261 10.3)', async () => {
  using bob = await ForeignPhone.open(ims, 'udp');
  const more = ['Contact: sip:c@192.0.2.1;expires=07'];
  const contact =
    '<sip:a@192.0.2.1>;expires=05;q=0.5, "x, <y>;expires=0" <sip:b@192.0.2.1;transport=udp>;x="a,b;c"';
  const [a, b, c] = ['<sip:a@192.0.2.1>;q=0.5', '<sip:b@192.0.2.1;transport=udp>', '<sip:c@192.0.2.1>'];
  expect((await contactsAfter(bob, { contact, more })).sort()).toEqual([a, b, c]);
  const again = { contact: '<sip:b@192.0.2.1;Transport=UDP>;expires=0' };
  expect((await contactsAfter(bob, again)).sort()).toEqual([a, c]);
  // User parts are compared byte by byte (RFC 3261 19.1.4).
  expect((await contactsAfter(bob, { contact: '<sip:C@192.0.2.1>;Expires=00' })).sort()).toEqual([a, c]);
  const ok = await bob.register('bob', { contact: '<sip:a@192.0.2.1>;expires=09' });
  expect(fieldsOf(ok, 'Contact').join()).toMatch(/<sip:a@192\.0\.2\.1>;expires=[89]\b/);
  expect(await contactsAfter(bob, { contact: '*', expires: 0 })).toEqual([]);
});

it('keeps ten, and lets what was registered longest ago go for another', async () => {
  using bob = await ForeignPhone.open(ims, 'udp');
  for (let number = 0; number < 12; number++)
    await bob.register('bob', { contact: `<sip:b${number}@192.0.2.1>` });
  const left = await contactsAfter(bob, { contact: null });
  expect(left.map(uriIn)).toEqual(
    [11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((number) => `sip:b${number}@192.0.2.1`),
  );
  expect(await contactsAfter(bob, { contact: '*', expires: 0 })).toEqual([]);
});

it.each<[string, ForeignRegistration, string]>([
  ['all contacts, but not to remove them', { contact: '*', expires: 60 }, '400 Expires Is Not 0'],
  ['a contact that would be two lines', { contact: '<sip:a@192.0.2.1;x=\r\n y>' }, '400'],
  ['what is no contact', { contact: '<<>;;,"' }, '400'],
  ['an extension that it does not have', { more: ['Require: gruu, path'] }, '420 Bad Extension'],
])('refuses %s', async (_, how, status) => {
  using bob = await ForeignPhone.open(ims, 'udp');
  const refused = await bob.register('bob', how);
  expect(statusOf(refused)).toContain(status);
  if (status.startsWith('420')) expect(fieldsOf(refused, 'Unsupported')).toEqual(['gruu']);
});
