import { EarlyNotifications } from './early-notifications';

/** A WebSocket of JsSIP with these notifications between, and what JsSIP gets of it. */
function opened() {
  const got: unknown[] = [];
  const socket = { ondata: (data: unknown): unknown => got.push(data) };
  const early = new EarlyNotifications();
  early.between(socket);
  return { got, socket, early };
}

class FakeSubscription {
  id: string | null = null;
  private accept: () => void = () => undefined;

  on(_event: 'accepted', listener: () => void): void {
    this.accept = listener;
  }

  answered(): void {
    this.id = 'dialog';
    this.accept();
  }
}

const notify = 'NOTIFY sip:ue@home SIP/2.0\r\n\r\n';
const ok = 'SIP/2.0 200 OK\r\n\r\n';

it('a NOTIFY that comes before the 200 to SUBSCRIBE is held back until JsSIP has dealt with that', async () => {
  const { got, socket, early } = opened();
  const subscription = new FakeSubscription();
  early.await(subscription);
  socket.ondata(notify);
  socket.ondata(ok);
  expect(got).toEqual([ok]);
  subscription.answered();
  expect(got).toEqual([ok]);
  await Promise.resolve();
  expect(got).toEqual([ok, notify]);
  socket.ondata(notify);
  expect(got).toEqual([ok, notify, notify]);
});

it('while nothing is subscribed to, and of other requests, nothing is held back; bytes become text', () => {
  const { got, socket, early } = opened();
  socket.ondata(notify);
  early.await(new FakeSubscription());
  const message = 'MESSAGE sip:ue@home SIP/2.0\r\n\r\nGrüße';
  socket.ondata(new TextEncoder().encode(message).buffer);
  expect(got).toEqual([notify, message]);
});
