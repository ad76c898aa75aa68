import fc from 'fast-check';
import { knobsSchema } from './knobs';
import { nftables } from './nftables';
import { compileRules, type FirewallAddresses } from './rules';
import { anyKnobs } from './testing/any-knobs';

// The tests in nodes/firewall show with packets what the text does; the tests here check only what packets do not show.

const addresses: FirewallAddresses = {
  inside: { interface: 'in0', ip: '10.89.7.1', subnet: '10.89.7.0/24' },
  outside: { interface: 'out0', ip: '198.19.1.17' },
  proxy: { ip: '10.89.7.3' },
};

describe('nftables text', () => {
  test('whatever the knobs, each rule logs by its name, and no packet is denied without a name', () => {
    fc.assert(
      fc.property(anyKnobs, (knobs) => {
        const lines = nftables(knobs, addresses).split('\n');
        const logged = lines.flatMap(
          (line) => /counter log prefix "([^"]+)" group 5 queue-threshold 1/.exec(line)?.[1] ?? [],
        );
        const ids = [...new Set(compileRules(knobs, addresses).map(({ id }) => id))];
        expect(logged.sort()).toEqual([...ids].sort());
        // A drop comes after its own log, and a reject in a chain that begins with a log.
        for (const line of lines.filter((each) => / drop$|policy drop/.test(each)))
          expect(line).toContain('log prefix');
        const chainOf = (index: number) => lines.slice(0, index).findLast((line) => line.includes('chain '));
        lines.forEach((line, index) => {
          if (line.includes('reject with')) expect(chainOf(index)).toMatch(/chain deny-/);
        });
      }),
    );
  });

  test('whatever the knobs, a packet outside any connection is not answered', () => {
    const text = nftables(knobsSchema.parse({ udp: 'none', verdict: 'reject' }), addresses);
    expect(text).toContain('counter log prefix "invalid-state" group 5 queue-threshold 1 drop');
  });

  test('replaces what an earlier ruleset set up, the queue of type 9 included, and nothing else', () => {
    expect(nftables(knobsSchema.parse({}), addresses)).toBe(`table ip mangle
delete table ip mangle
table ip nimsfw
delete table ip nimsfw
table ip nimsfw {
  chain forward {
    type filter hook forward priority filter; policy accept;
  }

  chain input {
    type filter hook input priority filter; policy accept;
  }
}
`);
  });
});
