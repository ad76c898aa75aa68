import fc from 'fast-check';
import { builtInCatalogue } from './catalogue';
import { knobsSchema, type Knobs } from './knobs';
import {
  compileRules,
  describeRules,
  firewallAddresses,
  questionsPass,
  ruleIds,
  type FirewallAddresses,
} from './rules';
import { anyKnobs } from './testing/any-knobs';

const addresses: FirewallAddresses = {
  inside: { interface: 'in0', ip: '10.89.7.1', subnet: '10.89.7.0/24' },
  outside: { interface: 'out0', ip: '198.19.1.17' },
  proxy: { ip: '10.89.7.3' },
};

function knobsOf(id: string): Knobs {
  const found = builtInCatalogue.find((firewall) => firewall.id === id);
  if (!found) throw new Error(`no firewall ${id}`);
  return found.knobs;
}

function ids(id: string, chain: 'forward' | 'input'): string[] {
  return compileRules(knobsOf(id), addresses)
    .filter((rule) => rule.chain === chain)
    .map((rule) => rule.id);
}

describe('rules', () => {
  test('type 0 has none', () => {
    expect(ids('0', 'forward')).toEqual([]);
    expect(ids('0', 'input')).toEqual([]);
  });

  test('type 9: what sees every packet first, then what sees the one that opens a connection', () => {
    expect(ids('9', 'forward')).toEqual([
      'invalid-state',
      'not-http-on-80',
      'not-tls-on-443',
      'readable-sip',
      'readable-stun',
      'readable-rtp',
      'readable-msrp',
      'not-followed',
      'unsolicited-inbound',
      'direct-not-allowed',
      'protocol-not-allowed',
      'udp-not-allowed',
      'tcp-port-not-allowed',
      'everything-else',
    ]);
    expect(ids('9', 'input')).toEqual(['invalid-state', 'unsolicited-inbound']);
  });

  test('closed denies everything, to itself too', () => {
    expect(ids('closed', 'forward')).toEqual(['everything']);
    expect(ids('closed', 'input')).toEqual(['everything']);
  });

  test('what opens a connection, and what must come first in it, decides only of what goes out and its answers', () => {
    const own = ids('9', 'forward').filter((id) =>
      [...compileRules(knobsSchema.parse({ ...knobsOf('9'), idle: 5 }), addresses)].some(
        (rule) => rule.id === id && rule.decisive === 'own',
      ),
    );
    expect(own).toEqual([
      'not-tls-on-443',
      'unsolicited-inbound',
      'direct-not-allowed',
      'protocol-not-allowed',
      'udp-not-allowed',
      'tcp-port-not-allowed',
    ]);
  });

  test('a stray latecomer and what may come again decide nothing', () => {
    fc.assert(
      fc.property(anyKnobs, (knobs) => {
        for (const rule of compileRules(knobs, addresses))
          expect(rule.decisive === 'none').toBe(['invalid-state', 'not-followed'].includes(rule.id));
      }),
    );
  });

  test('whatever the knobs, a name stands once in a chain, and all that denies something denies what is left over', () => {
    fc.assert(
      fc.property(anyKnobs, (knobs) => {
        const rules = compileRules(knobs, addresses);
        const names = rules.map(({ id, chain }) => `${chain} ${id}`);
        expect(new Set(names).size).toBe(names.length);
        for (const { id } of rules) expect(ruleIds).toContain(id);
        const last = rules.filter(({ chain }) => chain === 'forward').at(-1)?.id;
        if (rules.length > 0) expect(['everything-else', 'everything']).toContain(last);
      }),
    );
  });

  test.each([
    [{ udp: { except: [5060] } }, 'sip-ports', 'UDP to the SIP port 5060'],
    [
      { udp: { except: [5060, 5061] }, tcp: { except: [5061] } },
      'sip-ports',
      'UDP to the SIP ports 5060 and 5061; TCP to the SIP port 5061',
    ],
    [{ udp: { except: [3478, 5060] } }, 'udp-port-denied', 'UDP to ports 3478 and 5060'],
    [{ tcp: { except: [22] } }, 'tcp-port-denied', 'TCP to port 22'],
    [{ udp: 'none' }, 'udp-not-allowed', 'any UDP'],
    [{ tcp: 'none' }, 'tcp-port-not-allowed', 'any TCP'],
    [{ tcp: { only: [80, 443] } }, 'tcp-port-not-allowed', 'TCP to other ports than 80 and 443'],
    [{ protocols: ['tcp'] }, 'protocol-not-allowed', 'every IP protocol except TCP'],
    [
      { protocols: ['tcp', 'udp', 'esp'] },
      'protocol-not-allowed',
      'every IP protocol except TCP, UDP and ESP',
    ],
  ])('%j is called %s: %s', (knobs, id, statement) => {
    const rules = describeRules(knobsSchema.parse(knobs)).filter((rule) => rule.id === id);
    expect(rules.map((rule) => rule.statement)).toEqual([statement]);
  });

  test('a web proxy without an address is an error, not a firewall that nothing passes', () => {
    const knobs = knobsSchema.parse({ proxy: 'mandatory' });
    expect(() => compileRules(knobs, { ...addresses, proxy: undefined })).toThrow(
      new RangeError('the knobs ask for a web proxy, but the addresses name none'),
    );
  });

  test.each(['', 'eth0"', 'eth*', 'a b', '1234567890123456', 'eth0\n'])('%j names no interface', (name) => {
    expect(
      firewallAddresses.safeParse({ ...addresses, outside: { interface: name, ip: '198.19.1.17' } }).success,
    ).toBe(false);
  });
});

describe('questions to the DNS', () => {
  const resolver = { ip: '198.19.0.53' };
  const knobs = (more: Partial<Knobs>): Knobs => knobsSchema.parse(more);
  const closing = (more: Partial<Knobs>): string[] =>
    compileRules(knobs(more), addresses)
      .filter(({ id }) => id === 'dns-not-allowed')
      .map(({ statement }) => statement);

  test('are denied to everybody but the web proxy, if only it may ask', () => {
    expect(closing({ dns: 'proxy', proxy: 'mandatory' })).toEqual([
      'questions to a DNS server (port 53), except from the web proxy',
    ]);
    expect(closing({ dns: 'proxy' })).toEqual(['questions to a DNS server (port 53)']);
    expect(closing({ udp: 'none' })).toEqual([]);
  });

  test('pass in a lab with a DNS server where ports are closed, for those who may ask', () => {
    const passes = (more: Partial<Knobs>) => questionsPass(knobs(more), { ...addresses, resolver });
    expect(passes({ udp: 'none' })).toEqual({ to: '198.19.0.53', port: 53 });
    expect(passes({ dns: 'proxy', proxy: 'mandatory' })).toEqual({
      to: '198.19.0.53',
      port: 53,
      from: '10.89.7.3',
    });
    expect(passes({ dns: 'proxy' })).toBeUndefined();
    expect(questionsPass(knobs({ udp: 'none' }), addresses)).toBeUndefined();
  });
});
