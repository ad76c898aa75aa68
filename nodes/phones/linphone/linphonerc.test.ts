import { registrationRungs } from '../../../ladder';
import { wayToPcscf } from '../../ue/server-ways';
import type { UeConfig } from '../../ue/protocol';
import { linphonerc } from './linphonerc';

const config: UeConfig = {
  address: '10.89.8.2',
  firstPort: 32768,
  pcscf: { name: 'pcscf.home', address: '198.19.0.10', ports: { udp: 5060, tls: 5061, https: 443 } },
  turn: {
    name: 'turn.home',
    address: '198.19.0.30',
    ports: { udp: 3478, tcp: 3478, tls: 5349, http: 80, https: 443 },
    username: 'nimsfw',
    password: 'relay-secret',
  },
  proxy: { address: '10.89.8.3', port: 3128 },
  subscriber: { domain: 'home', impi: 'ue-8@home', impu: 'sip:ue-8@home', password: 'sip-secret' },
  peer: { ip: '198.19.0.40', port: 7000 },
  peerIdentity: 'sip:peer@home',
  trustAnchor: '',
};

/** Returns the lines of the configuration for a rung. */
function linesFor(step: number, via: string): string[] {
  const rung = registrationRungs.find((one) => one.step === step && one.via === via)!;
  const way = wayToPcscf(rung, config);
  const settings = { config, subscriber: config.subscriber, rung, way, sipPort: 33768, rtpPort: 33770 };
  return linphonerc({ ...settings, trustFile: '/run/ue-8/trust.pem' }).split('\n');
}

it.each([
  [2, 'udp:5060', 'sip:pcscf.home:5060;transport=udp', 'turn.home:3478', 'turn_enable_udp=1'],
  [2, 'tls:5061', 'sip:pcscf.home:5061;transport=tls', 'turn.home:5349', 'turn_enable_tls=1'],
  [3, 'tls:443', 'sip:pcscf.home:443;transport=tls', 'turn.home:443', 'turn_enable_tls=1'],
  [3, 'connect:443', 'sip:pcscf.home:443;transport=tls', 'turn.home:443', 'turn_enable_tls=1'],
])('step %i by %s: the P-CSCF by name, and TURN as its counterpart', (step, via, pcscf, stun, enabled) => {
  const lines = linesFor(step, via);
  expect(lines).toEqual(expect.arrayContaining([`reg_route=<${pcscf};lr>`, `stun_server=${stun}`, enabled]));
});

it('only by CONNECT it is told of the web proxy', () => {
  const proxy = ['http_proxy_host=10.89.8.3', 'http_proxy_port=3128'];
  expect(linesFor(3, 'connect:443')).toEqual(expect.arrayContaining(proxy));
  expect(linesFor(3, 'tls:443').filter((line) => line.startsWith('http_proxy'))).toEqual([]);
});

it('trusts the authority of the lab alone, and checks name and chain', () => {
  expect(linesFor(3, 'tls:443')).toEqual(
    expect.arrayContaining(['root_ca=/run/ue-8/trust.pem', 'verify_server_certs=1', 'verify_server_cn=1']),
  );
});

it('in step 1 there is no NAT traversal, neither for the signalling nor for media', () => {
  const traversal = ['supported=replaces, outbound', 'enable_nat_helper=1', 'nat_policy_ref=media'];
  expect(linesFor(2, 'udp:5060')).toEqual(expect.arrayContaining(traversal));
  const lines = linesFor(1, 'udp:5060');
  expect(lines.filter((line) => traversal.includes(line))).toEqual([]);
  expect(lines).toEqual(expect.arrayContaining(['supported=replaces', 'enable_nat_helper=0']));
});
