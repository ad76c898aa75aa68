import { bridgeError } from './expect-error';
import { Topo } from './topo';

describe('Topo', () => {
  const base = (): Topo => new Topo().host('h1').switch('s1');

  test.each<[string, () => Topo, string, string]>([
    [
      'a name that a shell would read otherwise',
      () => new Topo().host('h 1'),
      'NAME_NOT_USABLE',
      'node "h 1": a name is 1 to 63 letters, digits, "-", "_" and ".", beginning with a letter or digit',
    ],
    [
      'a name that ip would read as an option',
      () => new Topo().host('-h'),
      'NAME_NOT_USABLE',
      'node "-h": a name is 1 to 63 letters, digits, "-", "_" and ".", beginning with a letter or digit',
    ],
    [
      'a name used twice',
      () => base().switch('h1'),
      'DUPLICATE_NAME',
      'node "h1" exists already; every host and switch needs its own name',
    ],
    [
      // 16 characters: one more than IFNAMSIZ - 1.
      'a switch name too long for its bridge',
      () => new Topo().switch('switch-of-campus'),
      'NAME_NOT_USABLE',
      'switch "switch-of-campus": "switch-of-campus" has 16 characters and Linux allows an interface 15; ' +
        'choose a shorter node name or set interfaceName',
    ],
    [
      'a link to a node that is not there',
      () => base().link('h1', 's2'),
      'UNKNOWN_NODE',
      'link h1 - s2: there is no host or switch "s2"; add it before its links',
    ],
    [
      'a link from a node to itself',
      () => base().link('s1', 's1'),
      'LINK_NOT_USABLE',
      'link s1 - s1: both ends are the same node; wire two different ones',
    ],
    [
      'more than all packets lost',
      () => base().link('h1', 's1', { loss: 101 }),
      'LINK_NOT_USABLE',
      'link h1 - s1: loss is 101; it must be a number of percent, 0 to 100',
    ],
    [
      'no bandwidth',
      () => base().link('h1', 's1', { bw: 0 }),
      'LINK_NOT_USABLE',
      'link h1 - s1: bw is 0; it must be a number of Mbit/s, 0.001 to 100000',
    ],
    [
      'a delay that is no number',
      () => base().link('h1', 's1', { delay: NaN }),
      'LINK_NOT_USABLE',
      'link h1 - s1: delay is NaN; it must be a number of milliseconds, 0 to 3600000',
    ],
  ])('refuses %s', async (_what, build, code, message) => {
    expect(await bridgeError(build)).toEqual({ code, message });
  });

  test('is plain data', () => {
    const topo = base().link({ node: 'h1', ip: '10.0.0.1/24' }, 's1', { loss: 1 });
    expect(topo.hosts).toEqual([{ name: 'h1' }]);
    expect(topo.switches).toEqual([{ name: 's1' }]);
    expect(topo.links).toEqual([{ ends: [{ node: 'h1', ip: '10.0.0.1/24' }, { node: 's1' }], loss: 1 }]);
  });
});
