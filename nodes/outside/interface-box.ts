import { z } from 'zod';
import type { Box, Readiness } from '../box';
import { choices, type Place } from '../choices';
import { readyLine } from './outside-box';

/** The places that a machine on a bench can take: those whose boxes need no driver and no secret of the run. */
export const benchPlaces: readonly Place[] = ['firewall', 'proxy'];

const config = z.object({
  /** The node's interface on each of its networks, and the interface of this machine that is joined with it. */
  ports: z.array(z.object({ lab: z.string(), machine: z.string(), address: z.ipv4() })),
});
type Config = z.infer<typeof config>;

/** A script that joins interface "$2" of this machine with "$1" of the node by a bridge; the node keeps no address. */
const join = `ip link add "br-$1" type bridge forward_delay 0 mcast_snooping 0
ip address flush dev "$1"
for port in "$1" "$2"; do ip link set dev "$port" master "br-$1" up; done
ip link set dev "br-$1" up`;

/** A script that waits until there is a carrier on each of these interfaces, tells so, and stays. */
const waitForCarrier = `for port; do
  until ip -o link show dev "$port" | grep -q LOWER_UP; do sleep 0.1; done
done
echo '${readyLine}'
exec sleep infinity`;

const told: Readiness = { by: 'line', stream: 'stdout', text: readyLine };

/**
 * Makes a box of a machine that is wired to network interfaces of this one. The lab takes these interfaces into the
 * node's namespace and joins each with one of the node's networks, so that the machine stands there with the node's
 * addresses (docs/boxes.md). It configures the machine in no way, and is told nothing by it. The kernel gives a physical
 * interface back when the lab ends, however it ends.
 *
 * @param interfaces one for each network of the place: the access network first, then what is beyond
 */
export function interfaceBox(place: Place, interfaces: readonly string[]): Box<Config> {
  const [first] = Object.values(choices[place]);
  if (!first || !benchPlaces.includes(place))
    throw new Error(
      `no machine can stand at ${place}: a phone needs its driver, a server of the core its secrets`,
    );
  const { kind, place: at, neededFor, ports, image } = first;
  return {
    ...{ kind, name: interfaces.join('+'), place: at, ports, config, image },
    outside: { from: 'interface', interfaces },
    ...(neededFor ? { neededFor } : {}),
    configure: (_lab, facts) => ({
      ports: facts.node.interfaces.map(({ ip }, index) => ({
        lab: facts.interfaceOf(ip),
        machine: interfaces[index]!,
        address: ip,
      })),
    }),
    files: () => ({}),
    setUp: (made) => made.ports.map(({ lab, machine }) => ['sh', '-ec', join, 'join', lab, machine]),
    command: (made) => ['sh', '-ec', waitForCarrier, 'bench', ...made.ports.map(({ machine }) => machine)],
    // Nobody can ask a firewall. Another machine is ready when a phone gets an answer from it.
    ready: (made) =>
      place === 'firewall'
        ? told
        : { by: 'probe', kind: 'tcp', at: { ip: made.ports[0]!.address, port: Object.values(ports)[0]! } },
    answers: () => undefined,
    logs: ['stdout', 'stderr'],
    ...(place === 'firewall' ? { denials: 'observed' as const } : {}),
    programs: [],
  };
}
