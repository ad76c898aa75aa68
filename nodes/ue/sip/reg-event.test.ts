import { FakeAttempt } from '../testing/fake-attempt';
import { FakeChannel } from '../testing/fake-channel';
import { fakeRegistrar } from '../testing/fake-registrar';
import { rfcTimers } from '../timers';
import { UserAgent } from './user-agent';

const subscriber = { domain: 'b', impi: 'a@b', impu: 'sip:a@b', password: 'x' };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/**
 * Registers, and then de-registers at a network that sends a last notification or none.
 * @param last returns it, made of the one before; the UE gets it after the 200
 */
async function leave(last: (notify: string) => string | undefined) {
  const channel = new FakeChannel('tls');
  const attempt = new FakeAttempt();
  const agent = new UserAgent(channel, subscriber, rfcTimers, attempt);
  const happened: string[] = [];
  let notify = '';
  jest.spyOn(channel, 'close').mockImplementation(() => {
    happened.push('closed');
    return Promise.resolve();
  });
  channel.onSend = (data) => {
    const text = data.toString();
    happened.push(text.split('\r\n', 1)[0]!.replace(/^(SIP\/2\.0 \d+|\w+).*/, '$1'));
    const answers = [...(fakeRegistrar(text) ?? [])];
    notify = answers[1] ?? notify;
    // The network ends the registration when it has asked for the password and got it.
    const isOver = text.includes('\r\nExpires: 0\r\n') && text.includes('\r\nAuthorization: ');
    const ended = isOver ? last(notify) : undefined;
    for (const answer of [...answers, ...(ended === undefined ? [] : [ended])])
      setTimeout(() => channel.receive(answer), 1);
  };
  const registered = agent.register();
  await jest.advanceTimersByTimeAsync(10);
  await registered;
  happened.length = 0;
  const left = agent.deregister();
  await jest.advanceTimersByTimeAsync(rfcTimers.goodbye);
  await left;
  attempt.end();
  expect(jest.getTimerCount()).toBe(0);
  return { happened, notes: attempt.notes };
}

const again = (notify: string): string =>
  notify.replace('1 NOTIFY', '2 NOTIFY').replace('bKnotify', 'bKlast').replace('active', 'terminated');

it.each([
  [
    'has ended with the subscription',
    (notify: string) => again(notify).replace('terminated;expires=600000', 'terminated;reason=noresource'),
  ],
  [
    'goes on without this Contact',
    (notify: string) =>
      again(notify)
        .replace('terminated;expires', 'active;expires')
        .replace('state="active" event="registered"', 'state="terminated" event="unregistered"'),
  ],
])('answers the notification that the registration %s, and only then closes the flow', async (_, last) => {
  const { happened, notes } = await leave((notify) => withLength(last(notify)));
  expect(happened).toEqual(['REGISTER', 'REGISTER', 'SIP/2.0 200', 'closed']);
  expect(notes).toEqual([]);
});

it('waits for it no longer than half of a goodbye', async () => {
  const { happened, notes } = await leave(() => undefined);
  expect(happened).toEqual(['REGISTER', 'REGISTER', 'closed']);
  expect(notes).toEqual(['no notification that the registration has ended within 2500 ms']);
});

/** Gives a message the length that its body has. */
function withLength(message: string): string {
  const body = message.slice(message.indexOf('\r\n\r\n') + 4);
  return message.replace(/Content-Length: \d+/, `Content-Length: ${Buffer.byteLength(body)}`);
}
