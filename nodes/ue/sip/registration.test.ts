import { AttemptFailure } from '../failure';
import { FakeAttempt } from '../testing/fake-attempt';
import { FakeChannel } from '../testing/fake-channel';
import { fakeRegistrar, reginfoOf, written } from '../testing/fake-registrar';
import type { RegistrarOptions } from '../testing/fake-registrar';
import { rfcTimers } from '../timers';
import { allHeadersOf, keyOf } from './sip-text';
import { instanceOf } from './registration';
import { UserAgent } from './user-agent';

/** A user agent that registers at a network which is right, or wrong in one way. */

const subscriber = { domain: 'b', impi: 'a@b', impu: 'sip:a@b', password: 'x' };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

interface Network extends RegistrarOptions {
  /** Changes the messages with which the network answers; the UE gets them in this order. */
  readonly say?: (messages: string[]) => string[];
}

/** Registers and returns how that ended, with what the UE sent. */
async function register(network: Network, transport: 'udp' | 'tls' = 'tls') {
  const channel = new FakeChannel(transport);
  const attempt = new FakeAttempt();
  const agent = new UserAgent(channel, subscriber, rfcTimers, attempt);
  channel.onSend = (data) => {
    const answers = fakeRegistrar(data.toString(), network) ?? [];
    for (const text of network.say?.(answers) ?? answers) setTimeout(() => channel.receive(text), 1);
  };
  const ended = agent.register().then(
    () => 'registered',
    (error: unknown) => (error instanceof AttemptFailure ? `${error.code} ${error.message}` : String(error)),
  );
  let end = 'it goes on';
  void ended.then((how) => (end = how));
  for (let ms = 0; ms < 40_000 && end === 'it goes on'; ms += 100) await jest.advanceTimersByTimeAsync(100);
  attempt.end();
  expect(jest.getTimerCount()).toBe(0);
  const sent = channel.sent.map(String);
  return { end, sent: (begin: string) => sent.find((text) => text.startsWith(begin)) ?? '' };
}

it('subscribes once registered, by the P-CSCF and the Service-Route, and answers the notification', async () => {
  const { end, sent } = await register({
    fields: ['Service-Route: <sip:orig@s.b;lr>, <sip:two.b;lr>', 'P-Associated-URI: <sip:a@b>, <tel:+1>'],
  });
  expect(end).toBe('registered');
  const subscribe = sent('SUBSCRIBE sip:a@b ');
  const fields = (name: string) => allHeadersOf(subscribe, name);
  // TS 24.229 5.1.2A.1.1: the P-CSCF with its port, then the Service-Route.
  expect(fields('Route')).toEqual([
    '<sip:198.19.0.30:443;transport=tls;lr>',
    '<sip:orig@s.b;lr>',
    '<sip:two.b;lr>',
  ]);
  expect(fields('Event')).toEqual(['reg']);
  expect(fields('Accept')).toEqual(['application/reginfo+xml']);
  expect(fields('Expires')).toEqual(['600000']);
  expect(fields('P-Preferred-Identity')).toEqual(['<sip:a@b>']);
  // RFC 5626 4.3.
  expect(fields('Contact')[0]).toMatch(/;ob>/);
  expect(keyOf(sent('SIP/2.0 200'))?.method).toBe('NOTIFY');
});

it('takes a notification that overtakes the 200 to SUBSCRIBE', async () => {
  const overtaking = await register({ say: (messages) => messages.reverse() }, 'udp');
  expect(overtaking.end).toBe('registered');
  expect(keyOf(overtaking.sent('SIP/2.0 200'))?.method).toBe('NOTIFY');
});

const own = 'P-Associated-URI: <sip:a@b>';
it.each<[string, readonly string[], string]>([
  ['that names no identity', [], 'it names no public user identity (P-Associated-URI)'],
  [
    'without its identity',
    ['P-Associated-URI: <sip:c@b>, <tel:+1>'],
    'its P-Associated-URI names sip:c@b, tel:+1, and not sip:a@b',
  ],
  [
    'with a Service-Route that is no URI',
    [own, 'Service-Route: nonsense'],
    'its Service-Route is no SIP URI with lr: nonsense',
  ],
  [
    'with a Service-Route that is no SIP URI',
    [own, 'Service-Route: <sip:s.b;lr>, <http://s.b;lr>'],
    'its Service-Route is no SIP URI with lr: <http://s.b;lr>',
  ],
  [
    'with a strict route',
    [own, 'Service-Route: <sip:s.b>'],
    'its Service-Route is no SIP URI with lr: <sip:s.b>',
  ],
])('refuses a 200 %s', async (_, fields, why) => {
  const { end, sent } = await register({ fields });
  expect(end).toBe(`SIP_PROTOCOL the 200 to REGISTER is not for this UE: ${why}`);
  expect(sent('SUBSCRIBE')).toBe('');
});

it('does without what the network does not tell', async () => {
  expect((await register({})).end).toBe('registered');
});

const cannotBeUsed = 'SIP_PROTOCOL a notification of the registration cannot be used: ';
it.each<[string, NonNullable<RegistrarOptions['notify']>, string]>([
  [
    'is about somebody else',
    (lines) => written(lines, reginfoOf('sip:c@b', 'sip:c@1.2.3.4')),
    `${cannotBeUsed}it is about sip:c@b, and not about sip:a@b`,
  ],
  ['is no XML', (lines) => written(lines, 'nonsense'), `${cannotBeUsed}1:8: text data outside of root node.`],
  [
    'has another type',
    (lines, body) =>
      written(
        lines.map((line) => line.replace('reginfo+xml', 'pidf+xml')),
        body,
      ),
    `${cannotBeUsed}its body is application/pidf+xml`,
  ],
  [
    'ends the subscription',
    (lines) =>
      written(
        lines.map((line) => line.replace('active;expires=600000', 'terminated;reason=rejected')),
        reginfoOf('sip:a@b', 'sip:a@1.2.3.4'),
      ),
    'SIP_REFUSED the network ended the subscription to the registration: rejected',
  ],
  [
    'has another event',
    (lines, body) =>
      written(
        lines.map((line) => line.replace('Event: reg', 'Event: presence')),
        body,
      ),
    'SIP_PROTOCOL a NOTIFY lacks Event or Subscription-State, or has another',
  ],
  [
    'has another Contact only',
    (lines) => written(lines, reginfoOf('sip:a@b', 'sip:a@1.2.3.4')),
    'TIMEOUT no notification of the registration within 32 s (Timer N of RFC 6665)',
  ],
  [
    'has its Contact as terminated',
    (lines, body) =>
      written(lines, body.replace('<contact id="c" state="active"', '<contact id="c" state="terminated"')),
    'TIMEOUT no notification of the registration within 32 s (Timer N of RFC 6665)',
  ],
  [
    'belongs to another dialog',
    (lines, body) =>
      written(
        lines.map((line) => line.replace(/^(Call-ID: )/, '$1other')),
        body,
      ),
    'TIMEOUT no notification of the registration within 32 s (Timer N of RFC 6665)',
  ],
])('is not registered when the notification %s', async (_, notify, end) => {
  expect((await register({ notify })).end).toBe(end);
});

it('refuses a notification of another dialog with 481', async () => {
  const { sent } = await register({
    notify: (lines, body) =>
      written(
        lines.map((line) => line.replace(/^(Call-ID: )/, '$1other')),
        body,
      ),
  });
  expect(sent('SIP/2.0 481')).toMatch(/^CSeq: 1 NOTIFY\r$/m);
});

it('says how the subscription was refused', async () => {
  const { end } = await register({
    say: (messages) => (messages.length > 1 ? [messages[0]!.replace('200 OK', '489 Bad Event')] : messages),
  });
  expect(end).toBe('SIP_REFUSED SUBSCRIBE was answered with 489 Bad Event');
});

it('waits for a notification as long as Timer N lasts', async () => {
  const { end } = await register({ say: (messages) => messages.slice(0, 1) });
  expect(end).toBe('TIMEOUT no notification of the registration within 32 s (Timer N of RFC 6665)');
});

it('has one instance id for each subscription, which is a UUID of version 5', () => {
  expect(instanceOf('a@b')).toBe(instanceOf('a@b'));
  expect(instanceOf('a@b')).not.toBe(instanceOf('c@b'));
  expect(instanceOf('a@b')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
