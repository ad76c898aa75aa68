import { bridgeError } from './expect-error';
import { exportMininet } from './export-mininet';
import { Topo } from './topo';

/** The statements of the script's `build`, which is where the topology is. */
function statements(topo: Topo): string[] {
  const lines = exportMininet(topo).split('\n');
  const first = lines.indexOf('    def build(self):') + 1;
  return lines.slice(first, lines.indexOf('', first)).map((line) => line.trim());
}

describe('exportMininet', () => {
  test('says the topology in the words of its Python API', () => {
    const topo = new Topo()
      .host('h1', { ip: '10.0.0.1/24', routes: [{ to: 'default', via: '10.0.0.254' }] })
      .host('r', { forwards: true })
      .switch('lan')
      .link('h1', 'lan', { bw: 10, delay: 2.5, loss: 1 })
      .link({ node: 'r', ip: '10.0.0.254/24', interfaceName: 'inside' }, 'lan', { loss: 0 });
    expect(statements(topo)).toEqual([
      "self.addHost('h1', cls=RoutedHost, ip=None, routes=[('default', '10.0.0.254')])",
      "self.addHost('r', cls=RoutedHost, ip=None, forwards=True)",
      "self.addSwitch('lan', cls=Bridge, dpid='1')",
      "self.addLink('h1', 'lan', intfName1='h1-eth0', params1={'ip': '10.0.0.1/24'}, intfName2='lan-eth1', " +
        "cls=TCLink, bw=10, delay='2.5ms', loss=1)",
      "self.addLink('r', 'lan', intfName1='inside', params1={'ip': '10.0.0.254/24'}, intfName2='lan-eth2')",
    ]);
  });

  test('is Python for an empty topology too', () => {
    expect(statements(new Topo())).toEqual(['pass']);
  });

  test('refuses what startNetwork refuses', async () => {
    const loop = new Topo().switch('a').switch('b').link('a', 'b').link('a', 'b');
    expect((await bridgeError(() => exportMininet(loop))).code).toBe('SWITCH_LOOP');
  });
});
