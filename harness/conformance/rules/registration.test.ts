import type { SipMessage } from '../sighting';
import { judged, sip } from '../testing/messages';

const instance = '+sip.instance="<urn:uuid:1>"';
const service = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"';
const info = 'P-Access-Network-Info: IEEE-802.3';

interface Parts {
  readonly via?: string;
  readonly contact?: string;
  readonly more?: string;
}

const register = ({
  via = ';rport;keep',
  contact = `${instance};${service};expires=600000`,
  more = info,
}: Parts = {}) => `
  REGISTER sip:example.org SIP/2.0
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK1${via}
  To: <sip:ue@example.org>
  CSeq: 1 REGISTER
  Contact: <sip:ue@10.89.0.2:32768>;${contact}
  Supported: path, outbound
  ${more}
`;
const sent = (parts?: Parts, more?: Partial<SipMessage>) => sip('ue to pcscf', register(parts), more);
const registered = (serviceRoute: string) =>
  sip(
    'pcscf to ue',
    `
  SIP/2.0 200 OK
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK1;rport=32768
  To: <sip:ue@example.org>;tag=1
  CSeq: 1 REGISTER
  Service-Route: ${serviceRoute}
`,
  );
const invite = (more: string, to = '') =>
  sip(
    'ue to pcscf',
    `
  INVITE sip:peer@example.org SIP/2.0
  From: <sip:ue@example.org>;tag=2
  To: <sip:peer@example.org>${to}
  CSeq: 1 INVITE
  ${more}
`,
  );

it('a REGISTER of a UE has rport and keep, whatever the P-CSCF sends on', () => {
  expect(judged('register-rport-keep', [sent()])).toEqual([1]);
  expect(judged('register-rport-keep', [sent({ via: ';rport' })])).toEqual([0, 'REGISTER without keep']);
  expect(judged('register-rport-keep', [sip('pcscf to core', register({ via: '' }))])).toEqual([0]);
  const inEsp = sip('ue to pcscf', register({ via: '' }), { isInEsp: true });
  expect(judged('register-rport-keep', [inEsp])).toEqual([0]);
});

it('a UE asks for 600000 s, unless it de-registers', () => {
  expect(judged('register-expiry', [sent(), sent({ contact: 'expires=0' })])).toEqual([1]);
  expect(judged('register-expiry', [sent({ contact: instance, more: 'Expires: 600000' })])).toEqual([1]);
  expect(judged('register-expiry', [sent({ contact: 'expires=3600' })])).toEqual([0, 'REGISTER for 3600 s']);
  expect(judged('register-expiry', [sent({ contact: instance })])).toEqual([0, 'REGISTER for no s']);
});

it('a REGISTER has path in Supported', () => {
  expect(judged('register-supports-path', [sent()])).toEqual([1]);
  const lacking = sip('ue to pcscf', register().replace('path, ', ''));
  expect(judged('register-supports-path', [lacking])).toEqual([0, 'REGISTER without path in Supported']);
});

it('a Contact names the service', () => {
  expect(judged('register-service', [sent()])).toEqual([1]);
  expect(judged('register-service', [sent({ contact: instance })])).toEqual([
    0,
    'REGISTER with +g.3gpp.icsi-ref none',
  ]);
});

it('a UE tells of its access network, but not in ACK and CANCEL, nor in a REGISTER in the clear', () => {
  const bare = { more: 'X: y' };
  expect(judged('register-network-info', [sent({}, { transport: 'tls' }), sent(bare)])).toEqual([1]);
  expect(judged('register-network-info', [sent(bare, { transport: 'tls' })])).toEqual([
    0,
    'REGISTER without P-Access-Network-Info',
  ]);
  const ack = sip('ue to pcscf', '\n  ACK sip:peer@example.org SIP/2.0\n  CSeq: 1 ACK\n');
  expect(judged('request-network-info', [invite(info), ack])).toEqual([1]);
  expect(judged('request-network-info', [invite('X: y')])).toEqual([
    0,
    'INVITE without P-Access-Network-Info',
  ]);
});

it('the instance id stays when the UE moves', () => {
  const elsewhere = { capture: 'captures/8-ue-side.pcap' };
  expect(judged('instance-stays', [sent(), sent({}, elsewhere)])).toEqual([2]);
  expect(
    judged('instance-stays', [sent(), sent({ contact: '+sip.instance="<urn:uuid:2>"' }, elsewhere)]),
  ).toEqual([1, 'REGISTER with +sip.instance <urn:uuid:2>, and <urn:uuid:1> before']);
});

it('an initial request goes by the P-CSCF and the Service-Route', () => {
  const told = [sent(), registered('<sip:orig@core;lr>, <sip:two;lr>')];
  const pcscf = 'Route: <sip:198.19.0.10:5060;lr>';
  const whole = `${pcscf}, <sip:orig@core;lr>\n  Route: <sip:two;lr>`;
  expect(judged('preloaded-route', [...told, invite(whole), invite('X: y', ';tag=3')])).toEqual([1]);
  expect(judged('preloaded-route', [...told, invite(pcscf)])).toEqual([
    0,
    'INVITE with Route none and not sip:orig@core;lr, sip:two;lr',
  ]);
  expect(judged('preloaded-route', [...told, invite('X: y')])).toEqual([0, 'INVITE with Route none first']);
  expect(judged('preloaded-route', [...told, invite(whole.replace(':5060', ''))])).toEqual([
    0,
    'INVITE with Route sip:198.19.0.10;lr first',
  ]);
});
