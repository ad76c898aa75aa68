import { judged, ping, sip } from '../testing/messages';

const contact = 'Contact: <sip:ue@10.89.0.2>;+sip.instance="<urn:uuid:1>";reg-id=1;expires=600';
const register = (more = `${contact}\n  Supported: path, outbound`, via = ';rport;keep') =>
  sip(
    'ue to pcscf',
    `
  REGISTER sip:example.org SIP/2.0
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK1${via}
  CSeq: 1 REGISTER
  ${more}
`,
  );
const ok = (more: string, via = ';rport=1;received=10.89.0.2;keep=30') =>
  sip(
    'pcscf to ue',
    `
  SIP/2.0 200 OK
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK1${via}
  CSeq: 1 REGISTER
  ${more}
`,
  );
const required = 'Require: outbound';

it('what is registered with reg-id has an instance', () => {
  expect(judged('outbound-instance', [register()])).toEqual([1]);
  expect(judged('outbound-instance', [register('Contact: <sip:a>;reg-id=1;+sip.instance="1"')])).toEqual([
    0,
    'REGISTER with +sip.instance 1',
  ]);
  expect(judged('outbound-instance', [register('Contact: <sip:a>')])).toEqual([0]);
});

it('outbound is supported, and required of who asked for it only', () => {
  expect(judged('outbound-supported', [register()])).toEqual([1]);
  expect(judged('outbound-supported', [register(contact)])).toEqual([
    0,
    'REGISTER without outbound in Supported',
  ]);
  expect(judged('outbound-required', [register(), ok(required)])).toEqual([1]);
  expect(judged('outbound-required', [register(), ok('Require: path')])).toEqual([
    0,
    '200 without outbound in Require',
  ]);
  const ended = register(contact.replace('600', '0'));
  expect(judged('outbound-required', [ended, ok('Require: path')])).toEqual([0]);
  const plain = register('Contact: <sip:a>');
  expect(judged('outbound-not-unasked', [plain, ok('Require: path')])).toEqual([1]);
  expect(judged('outbound-not-unasked', [plain, ok(required)])).toEqual([0, '200 with outbound in Require']);
});

it('Path has a flow token', () => {
  const onwards = (path: string) =>
    ({ ...register(`${contact}\n  ${path}`), from: 'pcscf', to: 'core' }) as const;
  expect(judged('path-with-flow-token', [onwards('Path: <sip:token@198.18.0.10;lr;ob>')])).toEqual([1]);
  expect(judged('path-with-flow-token', [onwards('Path: <sip:198.18.0.10;lr;ob>')])).toEqual([
    0,
    'REGISTER with Path sip:198.18.0.10;lr;ob',
  ]);
  expect(judged('path-with-flow-token', [onwards('X: y')])).toEqual([0, 'REGISTER with Path none']);
});

it('a request comes over a connection on which the UE has registered', () => {
  const over = (stream: number) => ({ stream, transport: 'tls' }) as const;
  const call = sip('pcscf to ue', 'INVITE sip:ue@10.89.0.2 SIP/2.0\nCSeq: 1 INVITE', over(1));
  const registered = (stream: number) => [
    { ...register(), ...over(stream) },
    { ...ok(required), ...over(stream) },
  ];
  const at = { at: Date.now() + 1e12 };
  expect(judged('request-over-flow', [...registered(1), { ...call, ...at }])).toEqual([1]);
  expect(judged('request-over-flow', [...registered(2), { ...call, ...at }])).toEqual([
    0,
    'INVITE over a connection without registration',
  ]);
});

it('a keep-alive that arrives is answered in time', () => {
  expect(judged('pong', { ping: [ping({ pongAfter: 10_000 }), ping({ hasArrived: false })] })).toEqual([1]);
  expect(judged('pong', { ping: [ping({ pongAfter: 10_001 })] })).toEqual([
    0,
    'the answer came after 10001 ms',
  ]);
  expect(judged('pong', { ping: [ping({ by: 'crlf' })] })).toEqual([0, 'no answer to CRLF']);
});

it('keep is told to who asks for it', () => {
  expect(judged('keep-answered', [register(), ok(required)])).toEqual([1]);
  expect(judged('keep-answered', [register(), ok(required, ';rport=1;keep')])).toEqual([
    0,
    '200 without a value of keep',
  ]);
  expect(judged('keep-not-unasked', [register(), ok(required)])).toEqual([1]);
  expect(judged('keep-not-unasked', [register(contact, ''), ok(required)])).toEqual([
    0,
    'SIP/2.0 200 OK with keep, which was not asked for',
  ]);
});

it('a keep-alive comes in the time that was recommended', () => {
  const [request, answer] = [register(), ok(required)];
  const after = (ms: number) => ping({ at: request.at + ms });
  const told = (...pings: ReturnType<typeof ping>[]) =>
    judged('kept-alive-in-time', { message: [request, answer], ping: pings });
  expect(told(after(30_000), after(60_000))).toEqual([2]);
  expect(told(after(30_500))).toEqual([0, 'silent for 30500 ms where 30 s were recommended']);
  expect(told(after(10_000), after(41_000))).toEqual([1, 'silent for 31000 ms where 30 s were recommended']);
});
