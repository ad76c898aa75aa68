import { bridgeError } from './expect-error';
import { Topo } from './topo';
import { wire } from './wiring';

describe('wire', () => {
  test("names interfaces as Mininet does: a host's from eth0, a switch's from eth1", () => {
    const topo = new Topo()
      .host('h1')
      .switch('s1')
      .switch('s2')
      .link('h1', 's1')
      .link('h1', 's2')
      .link('s1', 's2');
    const names = wire(topo).links.map(({ ends }) => ends.map(({ name }) => name));
    expect(names).toEqual([
      ['h1-eth0', 's1-eth1'],
      ['h1-eth1', 's2-eth1'],
      ['s1-eth2', 's2-eth2'],
    ]);
  });

  test("gives a host's own address to its first link only", () => {
    const topo = new Topo()
      .host('h1', { ip: '10.0.0.1/24' })
      .switch('s1')
      .switch('s2')
      .link('h1', 's1')
      .link({ node: 'h1', ip: '10.1.0.1/16' }, 's2');
    const [host] = wire(topo).hosts;
    expect(host?.interfaces.map(({ address }) => [address?.ip, address?.prefix])).toEqual([
      ['10.0.0.1', 24],
      ['10.1.0.1', 16],
    ]);
  });

  test('allows one address in two segments, as two home networks have it', () => {
    const topo = new Topo()
      .host('a', { ip: '192.168.1.1/24' })
      .host('b', { ip: '192.168.1.1/24' })
      .switch('s1')
      .switch('s2')
      .link('a', 's1')
      .link('b', 's2');
    expect(wire(topo).hosts).toHaveLength(2);
  });

  const lan = (...ips: string[]): Topo =>
    ips.reduce(
      (topo, ip, index) => topo.host(`h${index}`, { ip }).link(`h${index}`, 's1'),
      new Topo().switch('s1'),
    );

  test.each<[string, () => Topo, string, string]>([
    [
      'an address twice on one switch',
      () => lan('10.0.0.1/24', '10.0.0.1/24'),
      'DUPLICATE_ADDRESS',
      '10.0.0.1 is given to h0-eth0 of h0 and to h1-eth0 of h1, which would clash; change one',
    ],
    [
      'an address twice across two joined switches',
      () => lan('10.0.0.1/24').switch('s2').link('s1', 's2').host('x', { ip: '10.0.0.1/24' }).link('x', 's2'),
      'DUPLICATE_ADDRESS',
      '10.0.0.1 is given to h0-eth0 of h0 and to x-eth0 of x, which would clash; change one',
    ],
    [
      'an address twice in one host',
      () => lan('10.0.0.1/24').switch('s2').link({ node: 'h0', ip: '10.0.0.1/24' }, 's2'),
      'DUPLICATE_ADDRESS',
      '10.0.0.1 is given to h0-eth0 of h0 and to h0-eth1 of h0, which would clash; change one',
    ],
    [
      'an address without prefix length',
      () => lan('10.0.0.1'),
      'ADDRESS_NOT_USABLE',
      'interface of h0: "10.0.0.1" is not an IPv4 address with a prefix length; write it like 10.0.0.1/24',
    ],
    [
      'an octet above 255',
      () => lan('10.0.0.256/24'),
      'ADDRESS_NOT_USABLE',
      'interface of h0: "10.0.0.256/24" is not an IPv4 address with a prefix length; write it like 10.0.0.1/24',
    ],
    [
      "the subnet's own address",
      () => lan('10.0.0.0/24'),
      'ADDRESS_NOT_USABLE',
      'interface of h0: "10.0.0.0/24" is the subnet\'s own address; choose one between them',
    ],
    [
      'the broadcast address',
      () => lan('10.0.3.255/22'),
      'ADDRESS_NOT_USABLE',
      'interface of h0: "10.0.3.255/22" is the subnet\'s broadcast address; choose one between them',
    ],
    [
      'an address that no link carries',
      () => new Topo().host('h0', { ip: '10.0.0.1/24' }),
      'ADDRESS_NOT_USABLE',
      'host h0: its address 10.0.0.1/24 is used nowhere, for it has no link',
    ],
    [
      'an address on a switch port',
      () => lan('10.0.0.1/24').host('x').link('x', { node: 's1', ip: '10.0.0.9/24' }),
      'ADDRESS_NOT_USABLE',
      'interface of s1: a switch port has no address; give 10.0.0.9/24 to a host',
    ],
    [
      // longer-name-eth0 has 16 characters, IFNAMSIZ - 1 is 15
      'an interface name made too long by the host name',
      () => new Topo().host('longer-name').switch('s1').link('longer-name', 's1'),
      'NAME_NOT_USABLE',
      'interface of longer-name: "longer-name-eth0" has 16 characters and Linux allows an interface 15; ' +
        'choose a shorter node name or set interfaceName',
    ],
    [
      'the name of the loopback interface',
      () => new Topo().host('h').switch('s1').link({ node: 'h', interfaceName: 'lo' }, 's1'),
      'NAME_NOT_USABLE',
      'interface of h: "lo" cannot name an interface; use letters, digits, "-", "_" and ".", and not lo, all, default',
    ],
    [
      'two ports of one name, though of different switches',
      () =>
        lan('10.0.0.1/24')
          .switch('s2')
          .host('x')
          .host('y')
          .link('x', { node: 's1', interfaceName: 'port' })
          .link('y', { node: 's2', interfaceName: 'port' }),
      'DUPLICATE_NAME',
      'interface name "port" is used twice among the switches and their ports, which share one namespace; ' +
        'set another interfaceName',
    ],
    [
      'a loop of switches',
      () => new Topo().switch('a').switch('b').switch('c').link('a', 'b').link('b', 'c').link('c', 'a'),
      'SWITCH_LOOP',
      'link c - a closes a loop of switches, and they speak no spanning tree; remove one link of it',
    ],
    [
      'a route over a neighbour that is none',
      () =>
        new Topo()
          .host('h', { ip: '10.0.0.1/24', routes: [{ to: 'default', via: '10.0.1.1' }] })
          .switch('s')
          .link('h', 's'),
      'ROUTE_NOT_USABLE',
      'host h: route to default via 10.0.1.1: no interface of the host is in a subnet with 10.0.1.1',
    ],
    [
      'a route to a subnet with host bits',
      () =>
        new Topo()
          .host('h', { ip: '10.0.0.1/24', routes: [{ to: '10.9.0.1/16', via: '10.0.0.2' }] })
          .switch('s')
          .link('h', 's'),
      'ROUTE_NOT_USABLE',
      'host h: route to 10.9.0.1/16 via 10.0.0.2: "10.9.0.1/16" is no subnet; write it like 10.1.0.0/16, or default',
    ],
  ])('refuses %s', async (_what, build, code, message) => {
    expect(await bridgeError(() => wire(build()))).toEqual({ code, message });
  });

  test('takes both addresses of a /31, which has neither its own nor a broadcast address (RFC 3021)', () => {
    expect(wire(lan('10.0.0.0/31', '10.0.0.1/31')).hosts).toHaveLength(2);
  });
});
