import { join } from 'node:path';
import { firewallSchema } from '../../firewalls/catalogue';
import { dnsmasq } from '../../nodes/dns/dns';
import { homeDomain } from '../../nodes/home-network';
import { temporaryFolder } from '../testing/cli';
import { commandBox } from '../../nodes/outside/command-box';
import { measure } from './measure';
import { openLab } from './open-lab';

/** A lab with a DNS server: names are known to who may ask it, and to nobody else. */

const catalogue = [
  // UDP is closed, and names are resolved all the same, as in a network with a resolver of its own.
  ['no-udp', { napt: true, unsolicitedInbound: 'deny', udp: 'none' }],
  ['proxy', { proxy: 'mandatory', dns: 'proxy' }],
  ['nobody', { dns: 'proxy' }],
].map(([id, knobs]) => firewallSchema.parse({ id, title: id, summary: id, knobs }));

const out = temporaryFolder();

test('who may not ask goes nowhere directly, and the rule that denied the question says why', async () => {
  const { cells } = await measure({
    ...{ boxes: [dnsmasq], catalogue, scenarios: ['register'], suites: ['aes'] },
    out: join(out, 'run'),
  }).result;
  const told = cells.flatMap(({ firewall, attempts }) =>
    attempts.map(({ via, step, verdict, reason }) => [`${firewall} ${step} ${via}`, `${verdict}: ${reason}`]),
  );
  const denied = (who: string, except = ''): string =>
    `blocked: fw-${who} denied UDP, 57 bytes: questions to a DNS server (port 53)${except} [dns-not-allowed]`;
  const passed = 'passed: got through';
  const noUdp = 'blocked: fw-no-udp denied SIP REGISTER: any UDP [udp-not-allowed]';
  const [nobody, proxy] = [denied('nobody'), denied('proxy', ', except from the web proxy')];
  expect(Object.fromEntries(told)).toEqual({
    'no-udp 1 udp:5060': noUdp,
    'no-udp 2 udp:5060': noUdp,
    'no-udp 2 tls:5061': passed,
    'no-udp 3 tls:443': passed,
    'proxy 1 udp:5060': proxy,
    'proxy 2 udp:5060': proxy,
    'proxy 2 tls:5061': proxy,
    'proxy 3 tls:443': proxy,
    'proxy 3 connect:443': passed,
    'nobody 1 udp:5060': nobody,
    'nobody 2 udp:5060': nobody,
    'nobody 2 tls:5061': nobody,
    'nobody 3 tls:443': nobody,
  });
  expect(cells.map(({ outcome }) => outcome)).toEqual(['expected', 'expected', 'expected']);
});

test('the server has the records by which a phone finds the home network, and nodes have no other way to know it', async () => {
  await using lab = await openLab({ boxes: [dnsmasq], firewalls: ['0'] });
  const script = `const { promises: dns } = require('node:dns');
    const of = (...services) => Promise.all(services.map((one) => dns.resolveSrv(one + '.${homeDomain}')));
    (async () => console.log(JSON.stringify({
      hosts: require('node:fs').readFileSync('/etc/hosts', 'utf8').includes('${homeDomain}'),
      naptr: (await dns.resolveNaptr('${homeDomain}')).sort((a, b) => a.order - b.order),
      srv: (await of('_sips._tcp', '_sip._udp', '_turn._udp', '_turn._tcp', '_turns._tcp', '_stun._udp')).flat(),
      a: await dns.resolve4('pcscf.${homeDomain}'),
      system: (await dns.lookup('turn.${homeDomain}')).address,
      domain: await dns.resolve4('${homeDomain}'),
      other: await dns.resolve4('nobody.${homeDomain}').catch((error) => error.code),
    })))()`;
  const { stdout } = await lab.exec('ue-0', [process.execPath, '-e', script]);
  const pointer = { flags: 's', preference: 50, regexp: '' };
  const service = { priority: 0, weight: 0 };
  const [pcscf, turn] = [`pcscf.${homeDomain}`, `turn.${homeDomain}`];
  expect(JSON.parse(stdout)).toEqual({
    hosts: false,
    // RFC 3263 4.1: TLS first, then UDP. Their ports are those of RFC 3261 19.1.2, and of RFC 8656 and 8489 for TURN.
    naptr: [
      { ...pointer, order: 10, service: 'SIPS+D2T', replacement: `_sips._tcp.${homeDomain}` },
      { ...pointer, order: 20, service: 'SIP+D2U', replacement: `_sip._udp.${homeDomain}` },
    ],
    srv: [
      { ...service, name: pcscf, port: 5061 },
      { ...service, name: pcscf, port: 5060 },
      { ...service, name: turn, port: 3478 },
      { ...service, name: turn, port: 3478 },
      { ...service, name: turn, port: 5349 },
      { ...service, name: turn, port: 3478 },
    ],
    a: ['198.19.0.10'],
    system: '198.19.0.30',
    domain: ['198.19.0.10'],
    other: 'ENOTFOUND',
  });
});

test('a DNS server of somebody else’s is asked once it has said that it is ready', async () => {
  const script = `const { address, addresses } = require(process.env.NIMSFW_CONFIG);
    require('node:child_process').spawn('dnsmasq', [
      '--keep-in-foreground', '--conf-file=/dev/null', '--bind-interfaces', '--no-resolv', '--no-hosts',
      '--user=root', '--group=root', '--pid-file=', '--listen-address=' + address,
      ...addresses.map((one) => '--host-record=' + one.name + ',' + one.address),
    ], { stdio: 'ignore' }).on('spawn', () => console.log('nimsfw: ready'));`;
  const { cells, run } = await measure({
    ...{ boxes: [commandBox('dns', [process.execPath, '-e', script], '/')], firewalls: ['0'] },
    ...{ scenarios: ['register'], suites: ['aes'], steps: [3], out: join(out, 'foreign') },
  }).result;
  expect(run.outages).toBeUndefined();
  expect(cells.flatMap(({ attempts }) => attempts.map(({ verdict }) => verdict))).toEqual(['passed']);
});
