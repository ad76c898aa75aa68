import { answers } from './answers';
import { BridgeError } from './errors';
import type { Shaping, ShapingFeatures } from './shaping';
import { spawner, spawnerArgv, spawnerFile } from './spawner';
import type { WiredHost, WiredInterface, WiredLink, Wiring } from './wiring';

/**
 * The script that the network's init process runs, as text in two parts: the second can depend on what the first
 * found out about the kernel. All of it happens in namespaces of its own; the host's file system is not written to.
 */

const failureFile = '/run/.mininet-ts-bridge-failed';

/** One command with its standard input; `label` names it when it fails. */
interface Step {
  readonly label: string;
  readonly command: string;
  readonly input: readonly string[];
}

/** A script, and the input of each of its steps so that a failing line can be shown. */
export interface Script {
  readonly text: string;
  readonly inputs: ReadonlyMap<string, readonly string[]>;
}

const endOfInput = 'END_OF_INPUT';

function stepText({ label, command, input }: Step): string {
  // Not quoted, so that `$ipv6` in it is replaced; checked names have nothing else that a shell would see.
  return `step '${label}' ${command} <<${endOfInput}\n${input.join('\n')}\n${endOfInput}`;
}

/**
 * First part: private mounts, the hosts file, the helper functions; then, when links are shaped, the probing.
 * @param nameserver address of the DNS server in the resolver's file; undefined leaves that file as it is
 * @param tmpfs folders to hide under an empty file system of their own
 */
export function preludeScript(
  names: Readonly<Record<string, string>>,
  tmpfs: readonly string[],
  nameserver: string | undefined,
  probesFeatures: boolean,
): string {
  const hostsFile = ['127.0.0.1 localhost', ...Object.entries(names).map(([name, ip]) => `${ip} ${name}`)];
  return [
    // Other users of the network read the files made here, whatever the caller's umask.
    'umask 022',
    // The old /proc still shows this process by the number that the outside knows it by.
    'read -r outside rest </proc/self/stat',
    `echo "${answers.init}$outside"`,
    `die() { echo "${answers.failed}$1"; exit 1; }`,
    "mount -t proc -o nosuid,nodev,noexec proc /proc || die 'mounting /proc'",
    'exec 9</run',
    "mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run || die 'mounting /run'",
    'mkdir /run/netns /run/user && mkdir -m 1777 /run/lock',
    'if [ -d /proc/self/fd/9/user ]; then',
    "  mount --rbind /proc/self/fd/9/user /run/user || die 'keeping /run/user'",
    'fi',
    'exec 9<&-',
    `cat >/run/hosts <<'${endOfInput}'`,
    ...hostsFile,
    endOfInput,
    'if [ -e /etc/hosts ]; then',
    "  mount --bind /run/hosts /etc/hosts || die 'mounting /etc/hosts'",
    'fi',
    ...(nameserver === undefined ? [] : resolverLines(nameserver)),
    ...tmpfs.map((folder) => `mount -t tmpfs -o mode=1777 tmpfs '${folder}' || die 'mounting ${folder}'`),
    // A switch neither filters what it forwards nor speaks on its own.
    'for setting in /proc/sys/net/bridge/bridge-nf-call-*; do',
    '  [ -w "$setting" ] && echo 0 >"$setting"',
    'done',
    "ipv6='#'",
    'if [ -w /proc/sys/net/ipv6/conf/default/addr_gen_mode ]; then',
    '  echo 1 >/proc/sys/net/ipv6/conf/default/addr_gen_mode',
    '  ipv6=',
    'fi',
    // Runs a command on this function's standard input and keeps what it said if it fails.
    'step() {',
    '  label=$1',
    '  shift',
    '  said=$("$@" 2>&1) && return',
    `  printf '${answers.failed}%s\\n%s\\n' "$label" "$said" >>${failureFile}`,
    '  return 1',
    '}',
    `check() { if [ -s ${failureFile} ]; then cat ${failureFile}; exit 1; fi; }`,
    ...(probesFeatures ? probeLines : []),
    '',
  ].join('\n');
}

/** Where /etc/resolv.conf is a link into /run, which is empty here, the file is made at the end of the link. */
const resolverLines = (nameserver: string): string[] => [
  `echo 'nameserver ${nameserver}' >/run/resolv.conf`,
  'target=$(readlink -m /etc/resolv.conf)',
  'case $target in',
  '  /run/resolv.conf) ;;',
  '  /run/*) mkdir -p "${target%/*}" && cp /run/resolv.conf "$target" || die \'making /etc/resolv.conf\' ;;',
  "  *) mount --bind /run/resolv.conf /etc/resolv.conf || die 'mounting /etc/resolv.conf' ;;",
  'esac',
];

const probeLines = [
  'probe() {',
  '  name=$1',
  '  shift',
  '  if "$@" >/dev/null 2>&1; then found="$found $name"; fi',
  '}',
  'probe_queue() { tc qdisc add dev lo root "$@" && tc qdisc del dev lo root; }',
  'probe_hook() {',
  '  nft "add table netdev probe; add chain netdev probe c { type filter hook $1 device lo priority 0; };' +
    ' add rule netdev probe c numgen random mod 10 < 1 drop" && nft delete table netdev probe',
  '}',
  'found=',
  'probe netem probe_queue netem limit 1000',
  'probe tbf probe_queue tbf rate 1mbit burst 3200 latency 50ms',
  'probe ingress probe_hook ingress',
  'probe egress probe_hook egress',
  `echo "${answers.features}$found"`,
];

/** Reads the line that the probing ends with. */
export function parseFeatures(line: string): ShapingFeatures {
  const found = new Set(line.split(' ').slice(1));
  return {
    netem: found.has('netem'),
    tbf: found.has('tbf'),
    ingress: found.has('ingress'),
    egress: found.has('egress'),
  };
}

/**
 * Second part: builds everything, waits until the switch ports forward, and becomes the program that starts commands
 * (see `spawner.ts`), which says that it is ready and stays until its standard input ends.
 * @param workers how many shells configure hosts side by side
 */
export function buildScript(wiring: Wiring, shaping: Shaping, workers: number): Script {
  const inputs = new Map<string, readonly string[]>();
  const text = (step: Step): string => {
    inputs.set(step.label, step.input);
    return stepText(step);
  };
  const wires = text({ label: 'making the links', command: 'ip -batch -', input: wiringLines(wiring) });
  const ports = shapingSteps(undefined, shaping).map(text);
  const configure = wiring.hosts.map((host) =>
    [hostStep(host), ...shapingSteps(host.name, shaping)].map(text).join('\n'),
  );
  const groups = Array.from({ length: Math.max(1, workers) }, (_, worker) =>
    configure.filter((_, index) => index % Math.max(1, workers) === worker),
  ).filter((group) => group.length > 0);

  const lines = [
    wires,
    'check',
    ...ports,
    // New namespaces copy the first one's settings, so that a machine that routes would make every host a router.
    'read -r inherited </proc/sys/net/ipv4/ip_forward',
    'configure() {',
    '  if [ "$inherited" = "$2" ]; then',
    '    ip -n "$1" -batch -',
    '  else',
    '    nsenter --net="/run/netns/$1" sh -c "echo $2 >/proc/sys/net/ipv4/ip_forward && exec ip -batch -"',
    '  fi',
    '}',
    ...groups.map((group) => `{\n${group.join('\n')}\n} &`),
    'wait',
    'check',
    ...(wiring.switches.length > 0 ? waitForPorts : []),
    ...knownBeginning,
    `cat >${spawnerFile} <<'${endOfInput}'`,
    spawner,
    endOfInput,
    `exec ${spawnerArgv().join(' ')}`,
    '',
  ];
  return { text: lines.join('\n'), inputs };
}

/**
 * A command does not inherit its limits from the caller: it leaves no core files, and has 4096 open files where so many are
 * allowed (some daemons make a table of as many as they may have, which can be a thousand million).
 */
const knownBeginning = ['ulimit -c 0', 'ulimit -n 4096 2>/dev/null'];

/** A port carries frames only once the bridge has noticed its carrier, which takes the kernel a moment. */
const waitForPorts = [
  'tries=0',
  "while bridge -o link show | grep -qv ' state forwarding '; do",
  '  tries=$((tries + 1))',
  `  if [ $tries -gt 1000 ]; then echo '${answers.failed}waiting for the switch ports'; bridge link show; exit 1; fi`,
  'done',
];

function wiringLines(wiring: Wiring): string[] {
  return [
    ...wiring.hosts.map(({ name }) => `netns add ${name}`),
    ...wiring.switches.flatMap((name) => [
      `link add name ${name} type bridge mcast_snooping 0`,
      `link set dev ${name} up`,
    ]),
    ...wiring.links.flatMap(linkLines),
  ];
}

function linkLines(link: WiredLink): string[] {
  // The first device named is made in this namespace; `master` and `up` go with it in the same message.
  const [near, far] = link.ends[0].kind === 'switch' ? link.ends : [link.ends[1], link.ends[0]];
  const place = (end: WiredInterface): string =>
    end.kind === 'host' ? `netns ${end.node}` : `master ${end.node} up`;
  const lines =
    far.kind === 'switch'
      ? [
          `link add name ${near.name} ${place(near)} type veth peer name ${far.name}`,
          `link set dev ${far.name} ${place(far)}`,
        ]
      : [`link add name ${near.name} ${place(near)} type veth peer name ${far.name} ${place(far)}`];
  return lines;
}

/**
 * Has the kernel pass one TCP segment at a time. A veth would otherwise pass up to 64 KiB as one packet, which no wire
 * carries: one loss would take all of it, and a capture would need room for as much in every slot of its buffer. It is said
 * at every host, where packets begin, for a chain for outgoing packets comes before the kernel cuts them up.
 */
function oneSegmentAtATime({ name }: WiredInterface): string {
  return `link set dev ${name} gso_max_segs 1`;
}

/** In front of a batch line: makes it a comment on a kernel without IPv6. */
const onlyWithIpv6 = '${ipv6}';

function hostStep(host: WiredHost): Step {
  const input = [
    'link set dev lo up',
    ...host.interfaces.flatMap((end) => [
      // IPv4 only: an interface that never gets an IPv6 address sends nothing by itself.
      `${onlyWithIpv6}link set dev ${end.name} addrgenmode none`,
      oneSegmentAtATime(end),
      ...(end.address
        ? [`address add ${end.address.ip}/${end.address.prefix} broadcast + dev ${end.name}`]
        : []),
      `link set dev ${end.name} up`,
    ]),
    ...host.routes.map(({ to, via }) => `route add ${to} via ${via}`),
  ];
  return {
    label: `making host ${host.name}`,
    command: `configure '${host.name}' ${host.forwards ? 1 : 0}`,
    input,
  };
}

function shapingSteps(where: string | undefined, shaping: Shaping): Step[] {
  const owner = where ?? 'the switches';
  const tc = shaping.tc.get(where) ?? [];
  const nft = shaping.nft.get(where) ?? [];
  return [
    ...(tc.length > 0
      ? [
          {
            label: `making the queues of ${owner}`,
            command: `tc ${where ? `-n '${where}' ` : ''}-batch -`,
            input: tc,
          },
        ]
      : []),
    ...(nft.length > 0
      ? [
          {
            label: `making the losses of ${owner}`,
            command: `${where ? `nsenter --net='/run/netns/${where}' ` : ''}nft -f -`,
            input: ['table netdev mininet_ts_bridge {', ...nft, '}'],
          },
        ]
      : []),
  ];
}

/**
 * Says what went wrong from the answer of a failed step, with the line of its batch where the program named one.
 * @param answer the lines after `failed`, first the label
 */
export function explainFailure(answer: readonly string[], script: Script | undefined): BridgeError {
  const [label = '', ...said] = answer;
  const place = said.map((line) => /^Command failed .*:(\d+)$/.exec(line)).find((match) => match !== null);
  const batchLine = place && script?.inputs.get(label)?.[Number(place[1]) - 1];
  const words = said
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('Command failed ') && !line.startsWith('dmesg(1) '))
    .join(' | ');
  const command = batchLine ? ` at "${batchLine.replace(onlyWithIpv6, '')}"` : '';
  return new BridgeError('NETWORK_START_FAILED', `${label} failed${command}: ${words}`);
}
