import type { Topo } from './topo';
import { wire, type WiredHost, type WiredInterface, type WiredLink } from './wiring';

/**
 * The same topology as a Python script for real Mininet 2.3 (Debian package `mininet`): the same hosts, switches,
 * links, interface names, addresses, routes, forwarding, `bw`, `delay` and `loss`. Run it with `sudo python3 FILE` for
 * Mininet's prompt; with `--test` it pings between all hosts and exits with 1 when a packet was lost, `--test A:B...`
 * pings those pairs only; `--time` prints `start S stop S` in seconds. `mn --custom FILE --topo exported` works too.
 *
 * Its switches are Linux bridges made with `ip`: neither a controller nor Open vSwitch nor brctl is needed.
 *
 * @throws BridgeError for a mistake in the topology, as `startNetwork` does
 */
export function exportMininet(topo: Topo): string {
  const wiring = wire(topo);
  const statements = [
    ...wiring.hosts.map(hostStatement),
    ...wiring.switches.map(
      (name, index) => `self.addSwitch('${name}', cls=Bridge, dpid='${(index + 1).toString(16)}')`,
    ),
    ...wiring.links.map(linkStatement),
  ];
  const body = statements.length > 0 ? statements : ['pass'];
  return [head, ...body.map((statement) => `        ${statement}`), tail].join('\n');
}

function hostStatement({ name, forwards, routes }: WiredHost): string {
  // ip=None: Mininet would make an address up; the links have the real ones.
  const extras = [
    ...(forwards ? ['forwards=True'] : []),
    ...(routes.length > 0
      ? [`routes=[${routes.map(({ to, via }) => `('${to}', '${via}')`).join(', ')}]`]
      : []),
  ];
  return `self.addHost('${[`${name}'`, 'cls=RoutedHost', 'ip=None', ...extras].join(', ')})`;
}

function linkStatement({ ends: [a, b], bw, delay, loss }: WiredLink): string {
  const shaping = [
    ...(bw === undefined ? [] : [`bw=${bw}`]),
    ...(delay === undefined || delay === 0 ? [] : [`delay='${delay}ms'`]),
    ...(loss === undefined || loss === 0 ? [] : [`loss=${loss}`]),
  ];
  const parameters = (end: WiredInterface, number: 1 | 2): string[] => [
    `intfName${number}='${end.name}'`,
    ...(end.address ? [`params${number}={'ip': '${end.address.ip}/${end.address.prefix}'}`] : []),
  ];
  const all = [
    `'${a.node}'`,
    `'${b.node}'`,
    ...parameters(a, 1),
    ...parameters(b, 2),
    ...(shaping.length > 0 ? ['cls=TCLink', ...shaping] : []),
  ];
  return `self.addLink(${all.join(', ')})`;
}

const head = `#!/usr/bin/python3
"""A topology exported by mininet-ts-bridge, for Mininet 2.3. Run as root: python3 THIS [--test [A:B ...]] [--time]"""

import argparse
import sys
import time

from mininet.cli import CLI
from mininet.link import TCLink
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.node import Host, Switch
from mininet.topo import Topo


def must(node, command):
    """Runs a command that prints nothing unless it fails."""
    output = node.cmd(command).strip()
    if output:
        raise RuntimeError('%s: "%s" failed: %s' % (node.name, command, output))


class RoutedHost(Host):
    """A host with routes of its own, that forwards packets or does not."""

    def config(self, forwards=False, routes=(), **params):
        result = super().config(**params)
        must(self, 'echo %d >/proc/sys/net/ipv4/ip_forward' % forwards)
        for to, via in routes:
            must(self, 'ip route add %s via %s' % (to, via))
        return result


class Bridge(Switch):
    """A Linux bridge: learns by itself, needs no controller."""

    def start(self, _controllers):
        must(self, 'ip link add name %s type bridge mcast_snooping 0' % self.name)
        for intf in self.intfList():
            if intf.name != 'lo':
                must(self, 'ip link set dev %s master %s up' % (intf.name, self.name))
        must(self, 'ip link set dev %s up' % self.name)

    def stop(self, deleteIntfs=True):
        self.cmd('ip link del dev %s' % self.name)
        super().stop(deleteIntfs)

    def connected(self):
        return True


class Exported(Topo):
    def build(self):`;

const tail = `

topos = {'exported': Exported}


def lost(net, pairs):
    """Pings, between all hosts when no pairs are named, and returns the percentage of lost packets."""
    if not pairs:
        return net.pingAll(timeout='1')
    failed = 0
    for source, target in (pair.split(':') for pair in pairs):
        address = net.get(target).IP()
        output, _, status = net.get(source).pexec('ping', '-n', '-c', '1', '-W', '1', address)
        if status:
            failed += 1
            print('%s does not reach %s (%s): %s' % (source, target, address, output), file=sys.stderr)
    return 100.0 * failed / len(pairs)


def main():
    parser = argparse.ArgumentParser(description='Runs the exported topology in Mininet.')
    parser.add_argument('--test', nargs='*', metavar='A:B', help='ping (all hosts, or from A to B) and exit')
    parser.add_argument('--time', action='store_true', help='print how many seconds start and stop took, and exit')
    options = parser.parse_args()

    setLogLevel('warning')
    started_at = time.monotonic()
    net = Mininet(topo=Exported(), controller=None)
    loss = 0
    try:
        net.start()
        started = time.monotonic() - started_at
        if options.test is not None:
            loss = lost(net, options.test)
        elif not options.time:
            CLI(net)
    finally:
        stopped_at = time.monotonic()
        net.stop()
    if options.time:
        print('start %.3f stop %.3f' % (started, time.monotonic() - stopped_at))
    if options.test is not None:
        print('%g%% lost' % loss)
    return 1 if loss > 0 else 0


if __name__ == '__main__':
    sys.exit(main())
`;
