import { builtInCatalogue } from './catalogue';
import { iptables } from './iptables';
import { nftables } from './nftables';
import { ruleText } from './rule-text';
import { compileRules, ruleIds } from './rules';

const addresses = {
  inside: { interface: 'eth0', ip: '10.89.6.1', subnet: '10.89.6.0/24' },
  outside: { interface: 'eth1', ip: '198.19.1.6' },
  proxy: { ip: '10.89.6.3' },
};
const knobs = builtInCatalogue.find(({ id }) => id === '6')!.knobs;

it('has the chain that denies and the lines that lead to it, in their chains', () => {
  expect(ruleText(nftables(knobs, addresses), 'udp-not-allowed')).toBe(
    `chain deny-udp-not-allowed {
  counter log prefix "udp-not-allowed" group 5 queue-threshold 1 drop
}
chain forward {
  meta l4proto 17 goto deny-udp-not-allowed
}`,
  );
});

it('reads the text of iptables too', () => {
  expect(ruleText(iptables(knobs, addresses), 'udp-not-allowed')).toBe(
    `:deny-udp-not-allowed - [0:0]
-A FORWARD -p udp -g deny-udp-not-allowed
-A deny-udp-not-allowed -j NFLOG --nflog-group 5 --nflog-prefix udp-not-allowed --nflog-threshold 1
-A deny-udp-not-allowed -j DROP`,
  );
});

it.each([
  ['nftables', nftables],
  ['iptables', iptables],
])('finds every rule of every type in the text of %s, and no other', (_, write) => {
  for (const { id, knobs: ofType } of builtInCatalogue) {
    const text = write(ofType, addresses);
    const own = new Set<string>(compileRules(ofType, addresses).map((rule) => rule.id));
    for (const rule of ruleIds) {
      expect([id, rule, ruleText(text, rule) !== undefined]).toEqual([id, rule, own.has(rule)]);
      // A rule is not taken for another whose name begins or ends as its own does.
      const others = [...(ruleText(text, rule) ?? '').matchAll(/deny-([\w-]+)/g)].map(([, name]) => name);
      expect(new Set(others)).toEqual(new Set(own.has(rule) ? [rule] : []));
    }
  }
});

it('has nothing of a rule that is not there, or whose name is a pattern', () => {
  expect(ruleText(nftables(knobs, addresses), 'sip')).toBeUndefined();
  expect(ruleText(nftables(knobs, addresses), '.*')).toBeUndefined();
  expect(ruleText('', 'udp-not-allowed')).toBeUndefined();
});
