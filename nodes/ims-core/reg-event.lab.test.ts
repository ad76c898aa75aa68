import { randomUUID } from 'node:crypto';
import { ForeignPhone, fieldsOf, statusOf, uriIn } from '../ue/testing/foreign-phone';
import type { ForeignRequest, ForeignWay } from '../ue/testing/foreign-phone';
import { TestIms } from '../ue/testing/ims';

/** Phones that watch their registration (RFC 3680, RFC 6665, TS 24.229 5.4.2.1) through the lab's own P-CSCF. */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const aliceUri = `sip:alice@${domain}`;

let ims: TestIms;

beforeAll(async () => {
  ims = await TestIms.start(['alice', 'bob']);
});

afterAll(() => ims?.[Symbol.asyncDispose]());

async function withPhone(way: ForeignWay, work: (phone: ForeignPhone) => Promise<void>): Promise<void> {
  using phone = await ForeignPhone.open(ims, way);
  await work(phone);
}

/** A subscription of Alice's phone, as she sees it. */
class Watcher {
  private readonly callId = randomUUID();
  private readonly from = `<${aliceUri}>;tag=watcher`;
  private cseq = 0;
  private to = `<${aliceUri}>`;
  private target = aliceUri;
  private route: string[] = [];

  constructor(private readonly phone: ForeignPhone) {}

  /** Sends SUBSCRIBE: the first, or one in the dialog. */
  async subscribe(more: readonly string[], how: Partial<ForeignRequest> = {}): Promise<string> {
    const { callId, from, to, target: uri, route } = this;
    const all = [...route, ...more];
    const request = { method: 'SUBSCRIBE', uri, from, to, callId, cseq: ++this.cseq, more: all };
    const answer = await this.phone.ask({ ...request, ...how });
    if (statusOf(answer) === '200 OK' && this.route.length === 0) {
      this.to = fieldsOf(answer, 'To')[0]!;
      this.target = uriIn(fieldsOf(answer, 'Contact')[0]!);
      this.route = [`Route: ${fieldsOf(answer, 'Record-Route').reverse().join(', ')}`];
    }
    return answer;
  }

  /** Resolves with the next notification of the subscription, which is answered. */
  async notified(answer = '200 OK'): Promise<string> {
    const notify = await this.unanswered();
    this.phone.answer(notify, answer);
    return notify;
  }

  /** Resolves with the next notification of the subscription. */
  async unanswered(): Promise<string> {
    const notify = await this.phone.next((text) => text.startsWith('NOTIFY ') && text.includes(this.callId));
    expect(fieldsOf(notify, 'From')).toEqual([this.to]);
    expect(fieldsOf(notify, 'To')).toEqual([this.from]);
    expect(fieldsOf(notify, 'Event')).toEqual(['reg']);
    expect(fieldsOf(notify, 'Content-Type')).toEqual(['application/reginfo+xml']);
    return notify;
  }
}

const wish = (phone: ForeignPhone, expires = 600_000): string[] => [
  'Event: reg',
  'Accept: application/reginfo+xml',
  `Contact: ${phone.contact}`,
  `Expires: ${expires}`,
];

/** What a notification says, without ids, which are nobody's business, and without the seconds that are left. */
function stateIn(notify: string): string[] {
  const body = notify.slice(notify.indexOf('\r\n\r\n') + 4);
  const ids = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  return body.replace(/ (?:id|expires)="[^"]*"/g, '').match(/<(?!\?xml|\/)[^>]*>[^<]*/g)!;
}

const head = (version: number): string =>
  `<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="${version}" state="full">`;
/** The contacts for each of the identities of Alice. */
const bothWith = (state: string, ...contacts: string[]): string[] =>
  [aliceUri, 'tel:+9990011001'].flatMap((aor) => [
    `<registration aor="${aor}" state="${state}">`,
    ...contacts,
  ]);
const active = '<contact state="active" event="registered">';
const addressIn = (contact: string): string => `<uri>${uriIn(contact)}`;
const instance = (id: string): string => `+sip.instance="<urn:uuid:${id}>"`;
const instanceElement = (id: string): string =>
  `<unknown-param name="+sip.instance">"&lt;urn:uuid:${id}&gt;"`;

describe('a subscription to one’s own registration', () => {
  it.each(['udp', 'https'] as const)('has a notification of it at once, and at its end: %s', async (way) => {
    await withPhone(way, async (phone) => {
      const contact = `${phone.contact};${instance('1')}`;
      expect(statusOf(await phone.register('alice', { contact }))).toBe('200 OK');
      const watcher = new Watcher(phone);
      const answer = await watcher.subscribe(wish(phone));
      expect(statusOf(answer)).toBe('200 OK');
      expect(fieldsOf(answer, 'Expires')).toEqual(['600000']);
      // Both addresses of the P-CSCF, by which it is between UE and core.
      expect(fieldsOf(answer, 'Record-Route')).toHaveLength(2);
      const first = await watcher.notified();
      expect(first).toMatch(new RegExp(`^NOTIFY ${uriIn(phone.contact)} `));
      expect(fieldsOf(first, 'Subscription-State')[0]).toMatch(/^active;expires=(600000|599999)$/);
      expect(stateIn(first)).toEqual([
        head(0),
        ...bothWith('active', active, addressIn(contact), instanceElement('1')),
      ]);
      expect(statusOf(await phone.register('alice', { contact, expires: 0 }))).toBe('200 OK');
      const last = await watcher.notified();
      expect(fieldsOf(last, 'Subscription-State')).toEqual(['terminated;reason=noresource']);
      const over = '<contact state="terminated" event="unregistered">';
      expect(stateIn(last)).toEqual([
        head(1),
        ...bothWith('terminated', over, addressIn(contact), instanceElement('1')),
      ]);
      expect(statusOf(await phone.register('alice'))).toBe('200 OK');
      expect(statusOf(await watcher.subscribe(wish(phone)))).toBe('481 Subscription Does Not Exist');
      await phone.register('alice', { expires: 0 });
    });
  });

  it('tells when the registration expires, and does not tell of a mere refresh', async () => {
    await withPhone('udp', async (phone) => {
      await phone.register('alice');
      const watcher = new Watcher(phone);
      await watcher.subscribe(wish(phone));
      await watcher.notified();
      expect(statusOf(await phone.register('alice', { expires: 1 }))).toBe('200 OK');
      const next = await watcher.notified();
      expect(fieldsOf(next, 'Subscription-State')).toEqual(['terminated;reason=noresource']);
      const expired = '<contact state="terminated" event="expired">';
      expect(stateIn(next)).toEqual([head(1), ...bothWith('terminated', expired, addressIn(phone.contact))]);
    });
  });

  it('can be asked again, ended and left to expire', async () => {
    await withPhone('udp', async (phone) => {
      await phone.register('alice');
      const watcher = new Watcher(phone);
      await watcher.subscribe(wish(phone));
      await watcher.notified();
      const again = await watcher.subscribe(wish(phone, 60));
      expect(fieldsOf(again, 'Expires')).toEqual(['60']);
      expect(fieldsOf(await watcher.notified(), 'Subscription-State')[0]).toMatch(/^active;expires=(60|59)$/);
      expect(statusOf(await watcher.subscribe(wish(phone, 0)))).toBe('200 OK');
      const ended = 'terminated;reason=timeout';
      expect(fieldsOf(await watcher.notified(), 'Subscription-State')).toEqual([ended]);
      expect(statusOf(await watcher.subscribe(wish(phone)))).toBe('481 Subscription Does Not Exist');
      const forgetful = new Watcher(phone);
      await forgetful.subscribe(wish(phone, 1));
      await forgetful.notified();
      expect(fieldsOf(await forgetful.notified(), 'Subscription-State')).toEqual([ended]);
      await phone.register('alice', { expires: 0 });
    });
  });

  it('has one notification at a time: what changes before its answer is told after it', async () => {
    await withPhone('udp', async (phone) => {
      using second = await ForeignPhone.open(ims, 'udp');
      using third = await ForeignPhone.open(ims, 'udp');
      await phone.register('alice');
      const watcher = new Watcher(phone);
      await watcher.subscribe(wish(phone));
      const late = await watcher.unanswered();
      await second.register('alice');
      await third.register('alice');
      phone.answer(late, '200 OK');
      // Each change told by itself would make the next notification one with two contacts.
      const all = [third, second, phone].flatMap(({ contact }) => [active, addressIn(contact)]);
      expect(stateIn(await watcher.notified())).toEqual([head(1), ...bothWith('active', ...all)]);
      await phone.register('alice', { contact: '*', expires: 0 });
    });
  });

  it('is over when a notification is not taken (RFC 6665 4.2.2)', async () => {
    await withPhone('udp', async (phone) => {
      await phone.register('alice');
      const watcher = new Watcher(phone);
      await watcher.subscribe(wish(phone));
      await watcher.notified('481 Call/Transaction Does Not Exist');
      const until = performance.now() + 10_000;
      while (statusOf(await watcher.subscribe(wish(phone))) !== '481 Subscription Does Not Exist') {
        if (performance.now() > until) throw new Error('the subscription still exists after 10 s');
      }
      await phone.register('alice', { expires: 0 });
    });
  });

  it('has the contact of the UE whatever bytes that has', async () => {
    await withPhone('https', async (phone) => {
      const { ip, port } = phone.local;
      const contact = `<sip:a&b%3Cc%25'@${ip}:${port};transport=tls;x=&amp;]]>;+sip.instance="<&\x7f\x01é%>"`;
      expect(statusOf(await phone.register('alice', { contact }))).toBe('200 OK');
      const watcher = new Watcher(phone);
      await watcher.subscribe(wish(phone));
      const uri = `<uri>sip:a&amp;b&#37;3Cc&#37;25'@${ip}:${port};transport=tls;x=&amp;amp;]]`;
      const id = '<unknown-param name="+sip.instance">"&lt;&amp;????&#37;&gt;"';
      expect(stateIn(await watcher.notified())).toEqual([head(0), ...bothWith('active', active, uri, id)]);
      await phone.register('alice', { contact: '*', expires: 0 });
    });
  });
});

describe('a subscription', () => {
  const other = `sip:bob@${domain}`;

  it.each<[string, (phone: ForeignPhone) => string[], Partial<ForeignRequest>, RegExp]>([
    [
      'another event',
      () => ['Event: presence'],
      {},
      /^SIP.2.0 489 Bad Event\r\n[^]*\r\nAllow-Events: reg\r\n/,
    ],
    ['no event', () => [], {}, /^SIP.2.0 489 Bad Event\r\n[^]*\r\nAllow-Events: reg\r\n/],
    ['what is no reginfo', () => ['Event: reg', 'Accept: text/plain'], {}, / 406 Not Acceptable\r\n/],
    [
      'a Contact that would be two lines',
      () => ['Event: reg', 'Contact: <sip:a@b\r\n c: d>'],
      {},
      / 400 No Contact\r\n/,
    ],
    ['no Contact', () => ['Event: reg'], {}, / 400 No Contact\r\n/],
    ['an Expires that is no number', () => ['Event: reg', 'Expires: -1'], {}, / 400 Invalid Expires\r\n/],
    ['somebody else', (phone) => wish(phone), { uri: other }, / 403 Not The Watcher's Own Identity\r\n/],
    ['nobody', (phone) => wish(phone), { uri: `sip:x@${domain}` }, / 404 Not Found\r\n/],
  ])('is refused for %s', async (_, more, how, answer) => {
    await withPhone('udp', async (phone) => {
      await phone.register('alice');
      expect(await new Watcher(phone).subscribe(more(phone), how)).toMatch(answer);
      await phone.register('alice', { expires: 0 });
    });
  });
});

describe('a phone whose Contact nothing leads to, as behind NAT without outbound', () => {
  // TEST-NET-1, RFC 5737: no way leads there from a loopback address.
  const contact = '<sip:phone@192.0.2.7:4711;transport=udp>';

  it('is not notified: the P-CSCF says so at once (RFC 3261 16.9), and the subscription is over', async () => {
    await withPhone('udp', async (phone) => {
      expect(statusOf(await phone.register('alice', { contact }))).toBe('200 OK');
      const from = `<${aliceUri}>;tag=1`;
      const message = await phone.ask({ method: 'MESSAGE', uri: aliceUri, from, to: `<${aliceUri}>` });
      expect(statusOf(message)).toBe('500 No Route To The Contact');
      const watcher = new Watcher(phone);
      const more = ['Event: reg', `Contact: ${contact}`];
      expect(statusOf(await watcher.subscribe(more))).toBe('200 OK');
      const until = performance.now() + 10_000;
      while (statusOf(await watcher.subscribe(more)) !== '481 Subscription Does Not Exist') {
        if (performance.now() > until) throw new Error('the subscription still exists after 10 s');
      }
      await phone.register('alice', { contact, expires: 0 });
    });
  });
});
