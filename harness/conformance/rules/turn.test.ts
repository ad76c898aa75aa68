import { StunMessage } from '../../../nodes/ue/stun/message';
import { requestedTransport } from '../../../nodes/ue/stun/attributes';
import { judged, stun } from '../testing/messages';

const address = { ip: '198.19.0.30', port: 49152 };
const key = Buffer.from('key');
const check = () => new StunMessage('BINDING', 'request').set('USERNAME', 'a:b');
const of = (...messages: StunMessage[]) => ({ stun: messages.map((message) => stun(message)) });

it('a Binding request is answered with the address that was seen', () => {
  const success = () => new StunMessage('BINDING', 'success');
  expect(judged('mapped-address', of(success().set('XOR-MAPPED-ADDRESS', address)))).toEqual([1]);
  expect(judged('mapped-address', of(success()))).toEqual([0, 'Binding success without XOR-MAPPED-ADDRESS']);
});

it('a check has what ICE demands', () => {
  const whole = check().set('PRIORITY', 1).set('ICE-CONTROLLING', 1n).sign(key).addFingerprint();
  expect(judged('check-attributes', of(whole, new StunMessage('BINDING', 'request')))).toEqual([1]);
  expect(judged('check-attributes', of(check().set('ICE-CONTROLLED', 1n)))).toEqual([
    0,
    'a check without PRIORITY, MESSAGE-INTEGRITY, FINGERPRINT',
  ]);
  const both = check().set('PRIORITY', 1).set('ICE-CONTROLLED', 1n).set('ICE-CONTROLLING', 1n);
  expect(judged('check-attributes', of(both.sign(key).addFingerprint()))).toEqual([
    0,
    'a check without one role',
  ]);
});

it('only the controlling agent nominates', () => {
  const nominating = () => check().set('USE-CANDIDATE', true);
  expect(judged('nominated-by-controlling', of(nominating().set('ICE-CONTROLLING', 1n), check()))).toEqual([
    1,
  ]);
  expect(judged('nominated-by-controlling', of(nominating().set('ICE-CONTROLLED', 1n)))).toEqual([
    0,
    'USE-CANDIDATE without ICE-CONTROLLING',
  ]);
});

describe('an allocation', () => {
  const allocate = () => new StunMessage('ALLOCATE', 'request');
  const signed = () =>
    allocate().set('USERNAME', 'a').set('REALM', 'r').set('NONCE', Buffer.from('n')).sign(key);

  it('asks for a transport', () => {
    const udp = allocate().set('REQUESTED-TRANSPORT', requestedTransport.udp);
    expect(judged('allocate-transport', of(udp))).toEqual([1]);
    expect(judged('allocate-transport', of(allocate()))).toEqual([0, 'Allocate without REQUESTED-TRANSPORT']);
  });

  it('is challenged with realm and nonce', () => {
    const refusal = () =>
      new StunMessage('ALLOCATE', 'error').set('ERROR-CODE', { code: 401, reason: 'Unauthorized' });
    const whole = refusal().set('REALM', 'r').set('NONCE', Buffer.from('n'));
    expect(judged('allocate-challenged', of(whole))).toEqual([1]);
    expect(judged('allocate-challenged', of(refusal()))).toEqual([0, '401 without REALM, NONCE']);
  });

  it('is made for who is authenticated, and tells what was made', () => {
    const success = (request: StunMessage) => new StunMessage('ALLOCATE', 'success', request.transaction);
    const [good, bad] = [signed(), allocate()];
    expect(judged('allocate-authenticated', of(good, success(good)))).toEqual([1]);
    expect(judged('allocate-authenticated', of(bad, success(bad)))).toEqual([
      0,
      'Allocate without USERNAME, REALM, NONCE, MESSAGE-INTEGRITY',
    ]);
    const told = success(good)
      .set('XOR-RELAYED-ADDRESS', address)
      .set('XOR-MAPPED-ADDRESS', address)
      .set('LIFETIME', 600);
    expect(judged('allocate-answer', of(told))).toEqual([1]);
    expect(judged('allocate-answer', of(success(good)))).toEqual([
      0,
      'Allocate success without XOR-RELAYED-ADDRESS, LIFETIME, XOR-MAPPED-ADDRESS',
    ]);
  });

  it('of TCP is asked for on a connection', () => {
    const tcp = () => allocate().set('REQUESTED-TRANSPORT', requestedTransport.tcp);
    expect(judged('tcp-allocation', { stun: [stun(tcp(), { transport: 'tls' })] })).toEqual([1]);
    expect(judged('tcp-allocation', of(tcp()))).toEqual([0, 'a TCP allocation asked for over UDP']);
    const dontFragment = tcp().add(0x001a, Buffer.alloc(0));
    expect(judged('tcp-allocation', { stun: [stun(dontFragment, { transport: 'tcp' })] })).toEqual([
      0,
      'a TCP allocation with DONT-FRAGMENT',
    ]);
  });
});

it('Connect names the peer, and its answer the connection', () => {
  const request = () => new StunMessage('CONNECT', 'request');
  const success = new StunMessage('CONNECT', 'success').set('CONNECTION-ID', 1);
  expect(judged('connect-peer', of(request().set('XOR-PEER-ADDRESS', address), success))).toEqual([2]);
  expect(judged('connect-peer', of(request(), new StunMessage('CONNECT', 'success')))).toEqual([
    0,
    'Connect without XOR-PEER-ADDRESS',
    'Connect success without CONNECTION-ID',
  ]);
});

it('ConnectionBind comes on a connection of its own', () => {
  const bind = () => new StunMessage('CONNECTION_BIND', 'request');
  const on = (message: StunMessage) => stun(message, { stream: 7, transport: 'tls' });
  const whole = bind().set('CONNECTION-ID', 1);
  expect(judged('bound-on-own-connection', { stun: [on(whole)] })).toEqual([1]);
  expect(judged('bound-on-own-connection', { stun: [on(bind())] })).toEqual([
    0,
    'ConnectionBind without CONNECTION-ID',
  ]);
  const other = on(new StunMessage('ALLOCATE', 'request'));
  expect(judged('bound-on-own-connection', { stun: [other, on(whole)] })).toEqual([
    0,
    'ConnectionBind on a connection of something else',
  ]);
});
