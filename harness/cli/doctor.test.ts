import { builtInBoxes } from '../../nodes';
import { choices } from '../../nodes/choices';
import { programVersions } from '../machine/program-versions';
import { diagnose, findingsToJson, formatFindings, type Finding } from './doctor';
import type { Machine, ProgramRun } from '../machine/machine';

/** The outputs with which the programs of Debian 12 tell their versions. */
const sayings: Readonly<Record<string, string>> = {
  'kamailio -v': 'version: kamailio 5.6.3 (x86_64/linux) \nflags: USE_TCP\n',
  'turnserver --version': '4.6.1\n',
  'squid -v': "Squid Cache: Version 5.7\nconfigure options: '--with-openssl' '--enable-ssl-crtd'\n",
  'nft --version': 'nftables v1.0.6 (Lester Gooch #5)\n',
  'iptables-nft --version': 'iptables v1.8.9 (nf_tables)\n',
  'perl --version':
    '\nThis is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64-linux-gnu-thread-multi\n',
  'tcpdump --version': 'tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\n',
  'openssl version': 'OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)\n',
  'ip -V': 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n',
  'unshare --version': 'unshare from util-linux 2.38.1\n',
  'nsenter --version': 'nsenter from util-linux 2.38.1\n',
  'setpriv --version': 'setpriv from util-linux 2.38.1\n',
  'mn --version': '2.3.0\n',
  'tshark --version': 'TShark (Wireshark) 4.0.17 (Git v4.0.17 packaged as 4.0.17-0+deb12u3).\n',
};

interface Difference extends Partial<Machine> {
  /** Programs that are not installed. */
  readonly without?: readonly string[];
  /** Answers that differ from those of Debian 12, by the beginning of the command. */
  readonly answering?: Readonly<Record<string, ProgramRun>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** Makes a Debian 12 that can do everything, with these differences. */
function machine({ without = [], answering = {}, files = {}, ...rest }: Difference = {}): Machine & {
  commands: string[];
} {
  const commands: string[] = [];
  return {
    commands,
    isRoot: true,
    userName: 'ada',
    uid: 1000,
    nodeVersion: '20.19.0',
    environment: {},
    async run(argv, input) {
      const command = argv.join(' ');
      commands.push(input === undefined ? command : `${command} <<< ${input}`);
      if (without.includes(argv[0]!)) return { exitCode: 127, output: '' };
      const key = Object.keys(answering).find((prefix) => command.startsWith(prefix));
      return key ? answering[key]! : { exitCode: 0, output: sayings[command] ?? '' };
    },
    has: (program) => !without.includes(program),
    read: (path) => files[path],
    list: (path) =>
      ({
        '/usr/lib': ['x86_64-linux-gnu'],
        '/usr/lib/x86_64-linux-gnu/kamailio/modules': [
          'tls.so',
          'outbound.so',
          'websocket.so',
          'app_perl.so',
          'ims_auth.so',
          'presence.so',
          'tm.so',
        ],
        '/usr/lib/squid': ['basic_ncsa_auth', 'security_file_certgen'],
        '/usr/lib/erlang/lib': ['p1_stun-1.2.7'],
        '/usr/lib/erlang/lib/p1_stun-1.2.7/ebin': ['stun.app'],
      })[path] ?? [],
    answers: async () => true,
    dockerRemains: async () => [],
    ...rest,
  };
}

/** Returns the findings that are not ok. */
async function wrong(difference: Difference): Promise<Finding[]> {
  return (await diagnose(machine(difference), builtInBoxes, {})).filter((finding) => !finding.ok);
}

test('a machine that has everything', async () => {
  const findings = await diagnose(machine(), builtInBoxes, {});
  expect(formatFindings(findings)).toBe(`ok       node              Node 20.19.0
ok       kamailio          5.6.3
ok       turnserver        4.6.1
ok       openssl           3.0.17
ok       nft               1.0.6
ok       iptables-nft      1.8.9
ok       perl              5.36.0
ok       tcpdump           4.99.3
ok       squid             5.7
ok       ip                6.1.0
ok       unshare           2.38.1
ok       nsenter           2.38.1
ok       setpriv           2.38.1
ok       mn                2.3.0
ok       tshark            4.0.17
ok       kamailio-modules  tls and outbound and websocket and app_perl and ims_auth and presence
ok       ssl-bump          squid can re-sign TLS, for the intercepting proxy
ok       surroundings      limits and ids suffice for a lab of all built-in firewalls
ok       namespaces        network, mount and PID namespaces can be made
ok       links             bridges, veth pairs and named network namespaces can be made
ok       capture           tcpdump captures
ok       netem             links can have a delay
ok       esp               ESP: user space (this kernel has none)
ok       firewall-rules    nftables matches payload (@ih) and logs to nflog, and tcpdump reads it
ok       inspection        packets can be queued to the inspector of a firewall that reads payload (type 9)
ok       forgetting        a firewall can be made to forget its bindings, for the scenario keepalive
ok       other-users       programs can change to users of their own, as squid does
ok       docker            the engine answers at /var/run/docker.sock
ok       docker-remains    nothing of killed runs

This machine can run the lab.
`);
  expect(JSON.parse(findingsToJson(findings))).toEqual(findings);
});

test('what is missing is told with what mends it, and what is optional does not count', async () => {
  const findings = await diagnose(machine({ without: ['tcpdump', 'mn'] }), builtInBoxes, {});
  const text = formatFindings(findings);
  expect(text).toContain(`
MISSING  tcpdump           the program tcpdump is not installed
                           to mend it: apt-get install --no-install-recommends tcpdump
`);
  expect(text).toContain(`
absent   mn                the program mn is not installed
                           to mend it: apt-get install --no-install-recommends mininet
`);
  expect(text.endsWith('\nThis machine cannot run the lab yet: 1 of the above is missing.\n')).toBe(true);
});

test('a box that can be chosen is told of, and is no obstacle', async () => {
  const { squid, tinyproxy } = choices.proxy;
  const chosen = { proxy: { squid: squid!, tinyproxy: tinyproxy! } };
  const told = async (at: Machine): Promise<Finding[]> =>
    (await diagnose(at, builtInBoxes, chosen)).filter(({ id }) => id.startsWith('proxy-'));
  const answering = { tinyproxy: { exitCode: 0, output: 'tinyproxy 1.11.1\n' } };
  expect(await told(machine({ answering }))).toEqual([
    { id: 'proxy-tinyproxy', ok: true, level: 'optional', text: '1.11.1, for --proxy tinyproxy' },
  ]);
  expect(await told(machine({ without: ['tinyproxy'] }))).toEqual([
    {
      ...{ id: 'proxy-tinyproxy', ok: false, level: 'optional' },
      text: 'tinyproxy is not installed; only --proxy tinyproxy needs it',
      remedy: 'nimsfw setup --with tinyproxy',
    },
  ]);
});

test.each([
  ['kamailio', 'kamailio'],
  ['turnserver', 'coturn'],
  ['nft', 'nftables'],
  ['openssl', 'openssl'],
  ['ip', 'iproute2'],
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['setpriv', 'util-linux'],
])('%s comes with the package %s', async (name, debianPackage) => {
  expect(await wrong({ without: [name] })).toContainEqual({
    id: name,
    ok: false,
    level: 'required',
    text: `the program ${name} is not installed`,
    remedy: `apt-get install --no-install-recommends ${debianPackage}`,
  });
});

test.each(['18.20.4', '20.18.9', '16.0.0'])('Node %s is too old', async (nodeVersion) => {
  expect(await wrong({ nodeVersion })).toEqual([
    {
      id: 'node',
      ok: false,
      level: 'required',
      text: `Node ${nodeVersion}`,
      remedy: 'install Node 20.19 or newer',
    },
  ]);
});

test.each(['20.19.0', '22.0.0', '24.1.0'])('Node %s is new enough', async (nodeVersion) => {
  expect(await wrong({ nodeVersion })).toEqual([]);
});

test("Debian's other squid cannot re-sign TLS", async () => {
  const list = (folder: string): string[] =>
    folder.endsWith('/squid')
      ? ['basic_ncsa_auth']
      : ['tls.so', 'outbound.so', 'websocket.so', 'app_perl.so', 'ims_auth.so', 'presence.so'];
  expect(await wrong({ list })).toEqual([
    {
      id: 'ssl-bump',
      ok: false,
      level: 'required',
      text: 'a squid that re-signs TLS is not installed',
      remedy: 'apt-get install --no-install-recommends squid-openssl',
    },
  ]);
});

test('modules of Kamailio are packages of their own', async () => {
  const list = (folder: string): string[] => (folder.endsWith('/squid') ? ['security_file_certgen'] : []);
  expect(await wrong({ list })).toEqual([
    {
      id: 'kamailio-modules',
      ok: false,
      level: 'required',
      text: "Kamailio's module tls and Kamailio's module outbound and Kamailio's module websocket and Kamailio's module app_perl and Kamailio's module ims_auth and Kamailio's module presence are not installed",
      remedy:
        'apt-get install --no-install-recommends kamailio-tls-modules kamailio-outbound-modules kamailio-websocket-modules kamailio-perl-modules kamailio-ims-modules kamailio-presence-modules',
    },
  ]);
});

const range = { '/etc/subuid': 'bob:1:2\nada:100000:65536\n', '/etc/subgid': 'ada:100000:65536\n' };

test('an ordinary user has more to show: newuidmap, user namespaces', async () => {
  const ada = machine({ isRoot: false, files: range });
  const findings = await diagnose(ada);
  expect(findings.filter((finding) => !finding.ok)).toEqual([]);
  expect(findings.map((finding) => finding.id)).toContain('newuidmap');
  const unshare =
    'unshare --user --map-root-user --map-auto --net --mount --pid --fork --kill-child mount -t proc proc /proc';
  expect(ada.commands).toContain(unshare);
});

test('root makes no user namespace', async () => {
  const root = machine();
  await diagnose(root);
  expect(root.commands).toContain('unshare --net --mount --pid --fork --kill-child mount -t proc proc /proc');
});

const refused = { exitCode: 1, output: 'unshare: unshare failed: Operation not permitted\n' };
const noRange = 'unshare: no line matching user "ada" in /etc/subuid: Success';

test.each<[string, Difference, string, string]>([
  [
    'a switch of Debian',
    { files: { ...range, '/proc/sys/kernel/unprivileged_userns_clone': '0\n' } },
    'this system does not let ordinary users make user namespaces',
    'run as root: sysctl -w kernel.unprivileged_userns_clone=1',
  ],
  [
    'a range that is missing, where another user has the first',
    {
      files: { '/etc/subuid': 'bob:100000:65536\n' },
      answering: { 'unshare --user': { exitCode: 1, output: `${noRange}\n` } },
    },
    `user ada has no range of subordinate ids (${noRange})`,
    'run as root: usermod --add-subuids 165536-231071 --add-subgids 165536-231071 ada',
  ],
  [
    'no_new_privs',
    { files: { ...range, '/proc/self/status': 'NoNewPrivs:\t1\n' } },
    'this process may gain no privileges (no_new_privs), which newuidmap needs to map ids (unshare: unshare failed: Operation not permitted)',
    'start it as root, or without setpriv --no-new-privs, NoNewPrivileges= or whatever else set it',
  ],
  [
    'what nothing explains',
    { files: range },
    'making namespaces as an ordinary user failed: unshare: unshare failed: Operation not permitted',
    'run as root instead, or allow user namespaces',
  ],
  [
    'root without the right',
    { isRoot: true },
    'root may not make namespaces here: unshare: unshare failed: Operation not permitted',
    'in a container, give it CAP_SYS_ADMIN',
  ],
])(
  'namespaces that cannot be made, for %s: nothing else is tried in them',
  async (_, difference, text, remedy) => {
    const answering = { 'unshare --user': refused, 'unshare --net': refused, ...difference.answering };
    expect(await wrong({ isRoot: false, ...difference, answering })).toEqual([
      { id: 'namespaces', ok: false, level: 'required', text, remedy },
    ]);
  },
);

test('a program that cannot become another user is found by trying', async () => {
  const output = 'setpriv: setresuid failed: Invalid argument\n';
  const answering = {
    'unshare --net --mount --pid --fork --kill-child sh -ec setpriv --reuid=13': { exitCode: 1, output },
  };
  expect(await wrong({ answering })).toEqual([
    {
      id: 'other-users',
      ok: false,
      level: 'required',
      text: `programs cannot change to users of their own, as squid does: ${output.trim()}`,
      remedy: 'as root, in a namespace with ids for them; as another user, with a range of subordinate ids',
    },
  ]);
});

test('a limit that is too low is told', async () => {
  const files = {
    '/proc/self/limits': 'Max open files            64                   64                   files     \n',
  };
  expect(await wrong({ files })).toEqual([
    {
      id: 'surroundings',
      ok: false,
      level: 'required',
      text: 'only 64 open files are allowed here (ulimit -n), and a lab of 12 firewalls may take 580',
      remedy: 'start it where ulimit -Hn shows more (limits.conf(5), LimitXXX= of a service)',
    },
  ]);
});

test('rules with payload matches and nflog are really loaded, in a namespace, and the log is read', async () => {
  const one = machine();
  await diagnose(one);
  expect(one.commands.find((command) => command.includes('nft -f -'))).toMatch(
    /^unshare --net .* sh -ec [^]*table inet doctor \{[^]* @ih,0,8 0x17 [^]* group 5 queue-threshold 1 [^]*tcpdump -Z root -i nflog:5 /,
  );
  const answering = {
    'unshare --net --mount --pid --fork --kill-child sh -ec ip link set lo up\nnft': {
      exitCode: 1,
      output: '/dev/stdin:4:5-9: Error: Could not process rule: No such file or directory\n\n',
    },
  };
  const [finding] = await wrong({ answering });
  expect(finding?.text).toBe(
    'nftables with payload matches (@ih) and nflog, or tcpdump on it, does not work: /dev/stdin:4:5-9: Error: Could not process rule: No such file or directory',
  );
});

test('the queue to the inspector is really bound, by the inspector', async () => {
  const one = machine();
  await diagnose(one);
  expect(one.commands.find((command) => command.includes('iptables-nft-restore <<'))).toMatch(
    /^unshare --net .* sh -ec iptables-nft-restore <<RULES\n\*mangle\n.* NFQUEUE .*\nCOMMIT\nRULES\n.*'perl' '-e' .*programs\/inspector\.js'.*listening on port 443/,
  );
  const output = 'inspector: the kernel refuses queue 0 (errno 2); without it nothing passes on port 443\n';
  const answering = {
    'unshare --net --mount --pid --fork --kill-child sh -ec iptables-nft-restore': { exitCode: 1, output },
  };
  expect(await wrong({ answering })).toEqual([
    {
      id: 'inspection',
      ok: false,
      level: 'required',
      text: `no packets can be queued to the inspector of a firewall that reads payload (type 9): ${output.trim()}`,
      remedy:
        'as root: modprobe -a nfnetlink_queue xt_NFQUEUE xt_conntrack xt_connmark, where the kernel has them; the other firewalls run without',
    },
  ]);
});

test('netem and Docker are optional', async () => {
  const answering = {
    'unshare --net --mount --pid --fork --kill-child sh -ec tc': { exitCode: 2, output: 'Error\n' },
  };
  const findings = await diagnose(machine({ answering, answers: async () => false }));
  expect(findings.filter((finding) => !finding.ok).map((finding) => [finding.id, finding.level])).toEqual([
    ['netem', 'optional'],
    ['docker', 'optional'],
  ]);
  expect(formatFindings(findings)).toContain('\nThis machine can run the lab.\n');
});

test('what killed runs have left in Docker is told with the remedy, and is in no run’s way', async () => {
  const left = { run: 'r1', process: 4711, since: 0, containers: ['a', 'b'], networks: ['n'] };
  const findings = await diagnose(
    machine({ dockerRemains: async () => [left, { ...left, run: 'r2', networks: [] }] }),
    builtInBoxes,
    {},
  );
  const text = formatFindings(findings);
  expect(text.split('\n').slice(-8)).toEqual([
    'ok       docker            the engine answers at /var/run/docker.sock',
    'left     docker-remains    2 containers and 1 network of run r1 in Docker, since 1970-01-01T00:00:00Z, whose process 4711 was killed',
    '                           to mend it: nimsfw down --all',
    'left     docker-remains    2 containers of run r2 in Docker, since 1970-01-01T00:00:00Z, whose process 4711 was killed',
    '                           to mend it: nimsfw down --all',
    '',
    'This machine can run the lab.',
    '',
  ]);
});

test('of an engine that does not say what it has, doctor says what it did', async () => {
  const findings = await diagnose(machine({ dockerRemains: async () => undefined }));
  expect(findings.filter(({ id }) => id.startsWith('docker')).map(({ id, ok }) => ({ id, ok }))).toEqual([
    { id: 'docker', ok: true },
  ]);
});

test('the engine is looked for where DOCKER_HOST says', async () => {
  const asked: string[] = [];
  const answers = async (socket: string) => asked.push(socket) > 0;
  await diagnose(machine({ environment: { DOCKER_HOST: 'unix:///run/user/7/docker.sock' }, answers }));
  expect(asked).toEqual(['/run/user/7/docker.sock']);
});

test('versions for the result; what is missing is left out', async () => {
  expect(await programVersions(machine({ without: ['squid'] }))).toEqual({
    node: '20.19.0',
    kamailio: '5.6.3',
    coturn: '4.6.1',
    nftables: '1.0.6',
    iptables: '1.8.9',
    tcpdump: '4.99.3',
    openssl: '3.0.17',
  });
});
