import fc from 'fast-check';
import { iptables } from './iptables';
import { knobsSchema } from './knobs';
import { carriesData, payloadHas, payloadHasBehind } from './packet-filter';
import { httpRequests, readablePatterns } from './payload-patterns';
import { describeRules, type FirewallAddresses } from './rules';
import { anyKnobs } from './testing/any-knobs';

const addresses: FirewallAddresses = {
  inside: { interface: 'eth0', ip: '10.89.8.1', subnet: '10.89.8.0/24' },
  outside: { interface: 'eth1', ip: '198.19.1.18' },
  proxy: { ip: '10.89.8.3' },
};

test('an NAPT that lets web ports out', () => {
  const knobs = knobsSchema.parse({ napt: true, unsolicitedInbound: 'deny', tcp: { only: [80, 443] } });
  expect(iptables(knobs, addresses)).toBe(`*mangle
:FORWARD ACCEPT [0:0]
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:deny-invalid-state - [0:0]
:deny-unsolicited-inbound - [0:0]
:deny-tcp-port-not-allowed - [0:0]
:deny-everything-else - [0:0]
:unless-1 - [0:0]
-A INPUT -m conntrack --ctstate INVALID -g deny-invalid-state
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -i eth1 -g deny-unsolicited-inbound
-A FORWARD -m conntrack --ctstate INVALID -g deny-invalid-state
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -i eth1 -g deny-unsolicited-inbound
-A FORWARD -p tcp -j unless-1
-A FORWARD -i eth0 -o eth1 -j ACCEPT
-A FORWARD -g deny-everything-else
-A OUTPUT -d 127.0.0.1 -p udp -m udp --dport 9 -j NFLOG --nflog-group 5 --nflog-prefix marker --nflog-threshold 1
-A deny-invalid-state -j NFLOG --nflog-group 5 --nflog-prefix invalid-state --nflog-threshold 1
-A deny-invalid-state -j DROP
-A deny-unsolicited-inbound -j NFLOG --nflog-group 5 --nflog-prefix unsolicited-inbound --nflog-threshold 1
-A deny-unsolicited-inbound -j DROP
-A deny-tcp-port-not-allowed -j NFLOG --nflog-group 5 --nflog-prefix tcp-port-not-allowed --nflog-threshold 1
-A deny-tcp-port-not-allowed -j DROP
-A deny-everything-else -j NFLOG --nflog-group 5 --nflog-prefix everything-else --nflog-threshold 1
-A deny-everything-else -j DROP
-A unless-1 -p tcp -m multiport --dports 80,443 -j RETURN
-A unless-1 -g deny-tcp-port-not-allowed
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 10.89.8.0/24 -o eth1 -p tcp -j MASQUERADE --to-ports 50000-59999
-A POSTROUTING -s 10.89.8.0/24 -o eth1 -p udp -j MASQUERADE --to-ports 50000-59999
-A POSTROUTING -s 10.89.8.0/24 -o eth1 -j MASQUERADE
COMMIT
`);
});

test('whatever the knobs are, each rule has a chain that is led to and logs its name', () => {
  fc.assert(
    fc.property(anyKnobs, (knobs) => {
      const text = iptables(knobs, addresses);
      for (const { id } of describeRules(knobs, addresses.proxy?.ip)) {
        expect(text).toContain(`-g deny-${id}\n`);
        expect(text).toContain(`-A deny-${id} -j NFLOG --nflog-group 5 --nflog-prefix ${id} `);
      }
      const chains = [...text.matchAll(/^:(\S+)/gm)].map(([, chain]) => chain);
      for (const [, chain] of text.matchAll(/-[gj] ([a-z]\S*)/g)) expect(chains).toContain(chain);
      // Longer names the kernel does not take.
      expect(chains.every((chain) => chain!.length <= 28)).toBe(true);
    }),
  );
});

test.each<readonly [string, string]>([
  ['data', carriesData],
  ...httpRequests.map((pattern) => [`HTTP ${pattern[0]!.hex}`, payloadHas(pattern)] as const),
  ...Object.entries(readablePatterns).flatMap(([what, patterns]) =>
    patterns.map((pattern) => [`${what} ${pattern[1]!.hex}`, payloadHas(pattern)] as const),
  ),
  ['a value behind a field', payloadHasBehind([{ at: 0, hex: '16' }], 43, [1, 2, 3])],
])('the program for %s is one that iptables takes', (_, program) => {
  const [count, ...instructions] = program.split(',');
  expect(instructions).toHaveLength(Number(count));
  expect(instructions.length).toBeLessThanOrEqual(64);
  const words = instructions.map((one) => one.split(' ').map(Number));
  // No jump leads beyond the end, and the last instruction returns.
  words.forEach(([, jt = 0, jf = 0], index) =>
    expect(index + 1 + Math.max(jt, jf)).toBeLessThan(words.length + (index === words.length - 1 ? 1 : 0)),
  );
  expect(words.at(-1)?.[0]).toBe(0x06);
});
