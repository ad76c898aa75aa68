import { knobsSchema } from '../../firewalls/knobs';
import { FirewallLab } from './lab/firewall-lab';
import { at, type Outcome, type Probe, type TlsTalk } from './lab/probe';
import { waysOfWriting, type WayName } from './lab/ways-of-writing';

const ways = Object.keys(waysOfWriting) as WayName[];

const probeOf = (tls: TlsTalk): Probe => ({
  name: `${tls.speaks}, ${tls.suite}: ${tls.way}`,
  from: 'ue',
  protocol: 'tcp',
  to: { ip: at.tls, port: 443 },
  send: [],
  tls,
});

const inEveryWay = (suite: TlsTalk['suite']): Probe[] =>
  (['client', 'server'] as const).flatMap((speaks) => ways.map((way) => probeOf({ suite, way, speaks })));

const results = (seen: ReadonlyMap<string, Outcome>): Record<string, string> =>
  Object.fromEntries(
    [...seen].map(([name, outcome]) => [name, outcome.kind === 'denied' ? outcome.rule : outcome.kind]),
  );

const all = (probes: readonly Probe[], result: string): Record<string, string> =>
  Object.fromEntries(probes.map(({ name }) => [name, result]));

describe('SIP inside TLS on port 443, in whatever way it is written', () => {
  let lab: FirewallLab;
  beforeAll(async () => {
    lab = await FirewallLab.start();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  const reading = knobsSchema.parse({ payload: 'readable' });

  test('with a suite that encrypts leaves the queue with the ServerHello, for good', async () => {
    // This test must be the first, because packets that are refused in the others are sent
    // again, and queued, for minutes.
    const one = probeOf({ suite: 'aes', way: 'one byte a segment', speaks: 'client' });
    expect(results(await lab.measure(reading, [one]))).toEqual(all([one], 'passes'));
    const rules = await lab.onFirewall(['iptables-nft', '-t', 'mangle', '-nvxL', 'FORWARD']);
    const queued = Number(/^ *(\d+) .*NFQUEUE/m.exec(rules)?.[1]);
    // The queue gets three packets of TCP, the hellos and their acknowledgements, some perhaps twice. The REGISTER
    // alone would be more than a hundred.
    expect(queued).toBeGreaterThan(3);
    expect(queued).toBeLessThan(30);
  });

  test('with a NULL suite does not pass where the payload is read, in either direction', async () => {
    const probes = inEveryWay('null');
    const seen = await lab.measure(reading, probes);
    expect(results(seen)).toEqual(all(probes, 'readable-sip'));
    for (const [name, outcome] of seen) {
      if (outcome.kind !== 'denied') continue;
      // It is the speaker's own packet that is refused.
      const source = [...outcome.packet.subarray(12, 16)].join('.');
      expect(source).toBe(name.startsWith('client') ? at.ue : at.tls);
    }
  });

  test.each(['aes', 'tls13'] as const)('with %s passes', async (suite) => {
    const probes = inEveryWay(suite);
    expect(results(await lab.measure(reading, probes))).toEqual(all(probes, 'passes'));
  });

  test('passes with a NULL suite where nobody reads it, also after rules that did', async () => {
    const probes = inEveryWay('null');
    expect(results(await lab.measure(knobsSchema.parse({}), probes))).toEqual(all(probes, 'passes'));
    expect(await lab.onFirewall(['nft', 'list', 'tables'])).not.toContain('mangle');
  });

  test('a NULL suite can be refused in the handshake by nftables alone, and no other suite is', async () => {
    const probes = (['null', 'aes', 'tls13'] as const).map((suite) =>
      probeOf({ suite, way: 'at once', speaks: 'client' }),
    );
    const seen = await lab.measure(knobsSchema.parse({ nullSuites: 'deny' }), probes);
    expect(Object.values(results(seen))).toEqual(['null-suite', 'passes', 'passes']);
  });
});
