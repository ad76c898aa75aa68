import { knobsSchema } from '../../firewalls/knobs';
import { firewallConfig, firewallNode, type FirewallConfig } from './firewall';

const config: FirewallConfig = {
  knobs: knobsSchema.parse({ proxy: 'mandatory' }),
  addresses: {
    inside: { interface: 'in0', ip: '10.89.7.1', subnet: '10.89.7.0/24' },
    outside: { interface: 'out0', ip: '198.19.1.17' },
    proxy: { ip: '10.89.7.3' },
  },
};

test('the set-up loads the file that the node writes', () => {
  const [name, text] = Object.entries(firewallNode.files(config, '/run/fw-8'))[0] ?? [];
  expect(firewallNode.setUp?.(config, '/run/fw-8')).toEqual([['nft', '-f', `/run/fw-8/${name}`]]);
  expect(text).toContain('ip saddr != 10.89.7.3 goto deny-direct-not-allowed');
});

test('a proxy that is asked for has to be named', () => {
  const addresses = { ...config.addresses, proxy: undefined };
  expect(firewallConfig.safeParse({ ...config, addresses }).error?.issues).toMatchObject([
    { path: ['addresses', 'proxy'], message: 'must name the web proxy that the knobs ask for' },
  ]);
});
