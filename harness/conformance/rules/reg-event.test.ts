import { judged, sip } from '../testing/messages';

const fields = (method: string, more: string, tag = '') => `
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK${method}
  From: <sip:ue@example.org>;tag=1
  To: <sip:ue@example.org>${tag}
  Call-ID: ${method === 'REGISTER' ? 1 : 2}
  CSeq: 1 ${method}
  ${more}
`;
const contact = (expires: number) => `Contact: <sip:ue@10.89.0.2:32768>;expires=${expires}`;
const register = (expires = 600_000) =>
  sip('ue to pcscf', `\n  REGISTER sip:example.org SIP/2.0${fields('REGISTER', contact(expires))}`);
const registered = (status = 200) =>
  sip('pcscf to ue', `\n  SIP/2.0 ${status} Words${fields('REGISTER', 'X: y', ';tag=2')}`);
const subscribe = (more = 'Expires: 600000', uri = 'sip:ue@example.org') =>
  sip('ue to pcscf', `\n  SUBSCRIBE ${uri} SIP/2.0${fields('SUBSCRIBE', `Event: reg\n  ${more}`)}`);
const accepted = (more = 'Expires: 600000') =>
  sip('pcscf to ue', `\n  SIP/2.0 200 OK${fields('SUBSCRIBE', more, ';tag=2')}`);
const state = 'Event: reg\n  Subscription-State: active;expires=600000';
const notify = (more = state) =>
  sip('pcscf to ue', `\n  NOTIFY sip:ue@10.89.0.2:32768 SIP/2.0${fields('NOTIFY', more)}`);
const answered = (status: number) =>
  sip('ue to pcscf', `\n  SIP/2.0 ${status} Words${fields('NOTIFY', 'X: y')}`);

it('a registration is followed by a subscription', () => {
  expect(judged('registration-subscribed', [register(), registered(), subscribe()])).toEqual([1]);
  expect(judged('registration-subscribed', [register(), registered(401), register(0), registered()])).toEqual(
    [0],
  );
  expect(judged('registration-subscribed', [subscribe(), register(), registered()])).toEqual([
    0,
    '200 to REGISTER of sip:ue@example.org, and no SUBSCRIBE after it',
  ]);
});

it('a subscription is to the own registration, and for as long', () => {
  expect(judged('subscribe-own-identity', [subscribe()])).toEqual([1]);
  expect(judged('subscribe-own-identity', [subscribe('Expires: 600000', 'sip:example.org')])).toEqual([
    0,
    'SUBSCRIBE with sip:example.org, sip:ue@example.org, sip:ue@example.org',
  ]);
  expect(judged('subscribe-expiry', [subscribe(), subscribe('Expires: 0')])).toEqual([1]);
  expect(judged('subscribe-expiry', [subscribe('X: y')])).toEqual([0, 'SUBSCRIBE with Expires none']);
});

it('the network tells for how long', () => {
  expect(judged('subscription-granted', [subscribe(), accepted('Expires: 3600')])).toEqual([1]);
  expect(judged('subscription-granted', [subscribe(), accepted('X: y')])).toEqual([
    0,
    '200 with Expires none to 600000',
  ]);
  expect(judged('subscription-granted', [subscribe('Expires: 60'), accepted()])).toEqual([
    0,
    '200 with Expires 600000 to 60',
  ]);
});

it('a NOTIFY says of what it is, and is accepted', () => {
  expect(judged('notify-fields', [notify()])).toEqual([1]);
  expect(judged('notify-fields', [notify('Event: reg')])).toEqual([0, 'NOTIFY without Subscription-State']);
  const typed = (type: string) => notify(`${state}\n  Content-Type: ${type}\n\n  <reginfo/>`);
  expect(judged('notify-reginfo', [typed('application/reginfo+xml'), notify()])).toEqual([1]);
  expect(judged('notify-reginfo', [typed('text/plain')])).toEqual([0, 'NOTIFY with text/plain']);
  expect(judged('notify-accepted', [subscribe(), notify(), answered(200)])).toEqual([1]);
  expect(judged('notify-accepted', [subscribe(), notify(), answered(481)])).toEqual([0, '481 to NOTIFY']);
});
