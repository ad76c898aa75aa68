import { refusalOf } from 'mininet-ts-bridge';
import type { Boxes } from '../../nodes/box';
import { ipsecTrial } from '../../nodes/ipsec/trials';
import type { Trial } from '../../nodes/program';
import type { Finding } from './finding';
import type { Machine } from '../machine/machine';
import { install } from '../machine/program-checks';

/** The trials for every lab, whatever boxes stand in it. */
const labTrials: readonly Trial[] = [
  {
    id: 'links',
    level: 'required',
    script: `mount -t tmpfs tmpfs /run
mkdir /run/netns
ip netns add doctor
ip link add name switch type bridge
ip link add name h netns doctor type veth peer name p master switch
ip -n doctor link set dev h up gso_max_segs 1
mount -t proc proc /proc
echo 1 >/proc/sys/net/ipv4/ip_forward`,
    works: 'bridges, veth pairs and named network namespaces can be made',
    fails: 'bridges, veth pairs or named network namespaces cannot be made',
    remedy: 'as root: modprobe -a bridge veth, where the kernel has them',
  },
  {
    id: 'capture',
    level: 'required',
    script: `ip link set lo up
timeout 8 tcpdump -Z root -i lo -c 1 -w - >/dev/null &
reader=$!
while kill -0 $reader 2>/dev/null; do bash -c 'echo >/dev/udp/127.0.0.1/9' 2>/dev/null || :; done
wait $reader`,
    works: 'tcpdump captures',
    fails: 'tcpdump captures nothing',
    remedy: 'as root: modprobe af_packet, where the kernel has it; in a container, give it CAP_NET_RAW',
  },
  {
    id: 'netem',
    level: 'optional',
    script: 'tc qdisc add dev lo root netem delay 1ms',
    works: 'links can have a delay',
    fails: 'this kernel has no netem: links can lose packets, but not delay them',
    remedy: 'as root: modprobe sch_netem, where the kernel has it',
  },
];

/**
 * Makes a lab's namespaces and tries in them what a lab does. If the namespaces fail, it tries nothing else.
 */
export async function tryOut(machine: Machine, boxes: Boxes): Promise<Finding[]> {
  const namespaces = await tryNamespaces(machine);
  if (!namespaces.ok) return [namespaces];
  const trials = [...labTrials, ipsecTrial, ...[...boxes].flatMap((box) => box.trials ?? [])];
  return [namespaces, ...(await Promise.all(trials.map((trial) => tryOne(machine, trial))))];
}

/** Returns the command line that runs a command in namespaces like a lab's. */
const inNamespaces = ({ isRoot }: Machine, argv: readonly string[]): string[] => [
  'unshare',
  ...(isRoot ? [] : ['--user', '--map-root-user', '--map-auto']),
  ...['--net', '--mount', '--pid', '--fork', '--kill-child'],
  ...argv,
];

async function tryNamespaces(machine: Machine): Promise<Finding> {
  const { exitCode, output } = await machine.run(
    inNamespaces(machine, ['mount', '-t', 'proc', 'proc', '/proc']),
  );
  const finding = { id: 'namespaces', level: 'required' } as const;
  const kinds = machine.isRoot ? 'network, mount and PID' : 'user, network, mount and PID';
  if (exitCode === 0) return { ...finding, ok: true, text: `${kinds} namespaces can be made` };
  // Without newuidmap, no program could find out more.
  if (!machine.isRoot && !machine.has('newuidmap'))
    return {
      ...finding,
      ok: false,
      text: `${kinds} namespaces cannot be made: ${lastLine(output)}`,
      remedy: install('uidmap'),
    };
  const user = { name: machine.userName, uid: machine.uid };
  const { what, remedy } = refusalOf(lastLine(output), !machine.isRoot, (path) => machine.read(path), user);
  return { ...finding, ok: false, text: what, remedy };
}

async function tryOne(
  machine: Machine,
  { id, level, script, works, fails, remedy }: Trial,
): Promise<Finding> {
  const { exitCode, output } = await machine.run(inNamespaces(machine, ['sh', '-ec', script]));
  if (exitCode === 0)
    return { id, level, ok: true, text: typeof works === 'string' ? works : works(lastLine(output)) };
  return { id, level, ok: false, text: `${fails}: ${lastLine(output)}`, remedy };
}

/** Returns the last line of a program's output that is not empty. */
function lastLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? 'it said nothing';
}
