import { thisMachine, type Machine } from './machine';
import { install, missingKamailioModules, programChecks, type ProgramCheck } from './program-checks';

export { programVersions } from './program-versions';

/** One thing that this machine can or cannot do. */
export interface Finding {
  readonly id: string;
  readonly ok: boolean;
  /** `required`: no run without it. */
  readonly level: 'required' | 'optional';
  readonly text: string;
  /** What mends it; only where it is not ok. */
  readonly remedy?: string;
}

/** Looks at everything that a run needs, and tries what can be tried, in namespaces of its own. */
export async function diagnose(machine: Machine = thisMachine()): Promise<Finding[]> {
  const [programFindings, tried] = await Promise.all([
    Promise.all(programChecks(machine).map((check) => program(machine, check))),
    Promise.all([
      squidInterception(machine),
      namespaces(machine),
      firewallRules(machine),
      netem(machine),
      docker(machine),
    ]),
  ]);
  const looked = [kamailioModules(machine), ...(machine.isRoot ? [] : [subordinateIds(machine)])];
  return [node(machine), ...programFindings, ...looked, ...tried];
}

/** For a reader: one line for each finding, and the remedy below what is not ok. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((finding) => finding.id.length), 0);
  const lines = findings.flatMap(({ id, ok, level, text, remedy }) => {
    const mark = ok ? 'ok     ' : level === 'required' ? 'MISSING' : 'absent ';
    const line = `${mark}  ${id.padEnd(width)}  ${text}`;
    return remedy ? [line, `${' '.repeat(width + 11)}to mend it: ${remedy}`] : [line];
  });
  const missing = findings.filter((finding) => !finding.ok && finding.level === 'required').length;
  const verdict =
    missing === 0
      ? 'This machine can run the lab.'
      : `This machine cannot run the lab yet: ${missing} of the above ${missing === 1 ? 'is' : 'are'} missing.`;
  return `${[...lines, '', verdict].join('\n')}\n`;
}

/** For programs: the findings as they are. */
export const findingsToJson = (findings: readonly Finding[]): string =>
  `${JSON.stringify(findings, null, 2)}\n`;

function node({ nodeVersion }: Machine): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  const text = `Node ${nodeVersion}`;
  return ok
    ? { id: 'node', ok, level: 'required', text }
    : { id: 'node', ok, level: 'required', text, remedy: 'install Node 20.19 or newer' };
}

async function program(machine: Machine, check: ProgramCheck): Promise<Finding> {
  const { name: id, level } = check;
  if (!machine.has(id)) {
    return {
      id,
      ok: false,
      level,
      text: `the program ${id} is not installed`,
      remedy: install(check.debianPackage),
    };
  }
  const version = check.pattern.exec((await machine.run(check.argv)).output)?.[1];
  return { id, ok: true, level, text: version ?? 'installed; it does not say its version' };
}

function kamailioModules(machine: Machine): Finding {
  const missing = missingKamailioModules(machine);
  const finding = { id: 'kamailio-modules', level: 'required' } as const;
  if (missing.length === 0) return { ...finding, ok: true, text: 'tls and outbound' };
  return {
    ...finding,
    ok: false,
    text: `Kamailio lacks the module${missing.length > 1 ? 's' : ''} ${missing.join(' and ')}`,
    remedy: install(missing.map((name) => `kamailio-${name}-modules`).join(' ')),
  };
}

async function squidInterception(machine: Machine): Promise<Finding> {
  const finding = { id: 'ssl-bump', level: 'required' } as const;
  // Debian's `squid` is built with GnuTLS and has no ssl_bump.
  if ((await machine.run(['squid', '-v'])).output.includes('--with-openssl')) {
    return { ...finding, ok: true, text: 'squid can re-sign TLS, for the intercepting proxy' };
  }
  const text = 'there is no squid that can re-sign TLS, for the intercepting proxy';
  return { ...finding, ok: false, text, remedy: install('squid-openssl') };
}

function subordinateIds(machine: Machine): Finding {
  const finding = { id: 'subordinate-ids', level: 'required' } as const;
  const has = (file: string): boolean =>
    (machine.read(file) ?? '').split('\n').some((line) => line.startsWith(`${machine.userName}:`));
  if (has('/etc/subuid') && has('/etc/subgid')) {
    return { ...finding, ok: true, text: `user ${machine.userName} has a range` };
  }
  return {
    ...finding,
    ok: false,
    text: `user ${machine.userName} has no range of subordinate ids in /etc/subuid and /etc/subgid`,
    remedy: `as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${machine.userName}`,
  };
}

/** The namespaces of a lab, as the bridge makes them. */
const inNamespaces = ({ isRoot }: Machine, argv: readonly string[]): string[] => [
  'unshare',
  ...(isRoot ? [] : ['--user', '--map-root-user', '--map-auto']),
  ...['--net', '--mount', '--pid', '--fork', '--kill-child'],
  ...argv,
];

async function namespaces(machine: Machine): Promise<Finding> {
  const { exitCode, output } = await machine.run(
    inNamespaces(machine, ['mount', '-t', 'proc', 'proc', '/proc']),
  );
  const finding = { id: 'namespaces', level: 'required' } as const;
  const kinds = machine.isRoot ? 'network, mount and PID' : 'user, network, mount and PID';
  if (exitCode === 0) return { ...finding, ok: true, text: `${kinds} namespaces can be made` };
  return {
    ...finding,
    ok: false,
    text: `${kinds} namespaces cannot be made: ${lastLine(output)}`,
    remedy: machine.isRoot ? 'in a container, give it CAP_SYS_ADMIN' : userNamespaceRemedy(machine),
  };
}

function userNamespaceRemedy(machine: Machine): string {
  const settings = [
    ['kernel.unprivileged_userns_clone', '0', '1'],
    ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
    ['user.max_user_namespaces', '0', '10000'],
  ] as const;
  const off = settings.find(
    ([name, value]) => machine.read(`/proc/sys/${name.replaceAll('.', '/')}`)?.trim() === value,
  );
  if (off) return `as root: sysctl -w ${off[0]}=${off[2]}`;
  return machine.has('newuidmap') ? 'run as root instead' : install('uidmap');
}

/** What every deny rule and the inspection of type 9 need: payload matches, and a log that tcpdump can read. */
const sampleRules = `table inet doctor {
  chain denied {
    type filter hook forward priority 0; policy accept;
    tcp dport 443 @ih,0,8 0x17 counter log prefix "doctor" group 5 queue-threshold 1 drop
  }
}
`;

async function firewallRules(machine: Machine): Promise<Finding> {
  const { exitCode, output } = await machine.run(inNamespaces(machine, ['nft', '-f', '-']), sampleRules);
  const finding = { id: 'firewall-rules', level: 'required' } as const;
  if (exitCode === 0)
    return { ...finding, ok: true, text: 'nftables matches payload (@ih) and logs to nflog' };
  return {
    ...finding,
    ok: false,
    text: `nftables does not take rules with payload matches (@ih) and nflog: ${lastLine(output)}`,
    remedy:
      'mend what is missing above; it takes Linux 5.16, nftables 1.0.1 and the module nfnetlink_log (modprobe it as root)',
  };
}

async function netem(machine: Machine): Promise<Finding> {
  const { exitCode } = await machine.run(
    inNamespaces(machine, ['tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms']),
  );
  const finding = { id: 'netem', level: 'optional' } as const;
  if (exitCode === 0) return { ...finding, ok: true, text: 'links can have a delay' };
  return {
    ...finding,
    ok: false,
    text: 'this kernel has no netem: links can lose packets, but not delay them',
    remedy: 'as root: modprobe sch_netem, where the kernel has it',
  };
}

async function docker(machine: Machine): Promise<Finding> {
  const host = machine.environment['DOCKER_HOST'];
  const socket = host?.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock';
  const finding = { id: 'docker', level: 'optional' } as const;
  if (await machine.answers(socket)) return { ...finding, ok: true, text: `the engine answers at ${socket}` };
  return {
    ...finding,
    ok: false,
    text: `no Docker Engine answers at ${socket}; only the docker backend needs one`,
    remedy: `${install('docker.io')}; your user must be in the group docker`,
  };
}

/** What a program said last, in one line. */
function lastLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? 'it said nothing';
}
