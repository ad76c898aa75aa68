import type { Firewall } from '../../firewalls/catalogue';
import { inspects } from '../../firewalls/rules';
import { LabError } from '../lab/lab-error';
import { thisMachine, type Machine } from './machine';
import { versionQuestions } from './program-versions';

/** A program that the lab runs, the Debian package that has it, and how it says its version. */
export interface ProgramCheck {
  readonly name: string;
  readonly debianPackage: string;
  /** `required`: no run without it. */
  readonly level: 'required' | 'optional';
  readonly argv: readonly string[];
  readonly pattern: RegExp;
}

/** The command that installs a Debian package. */
export const install = (debianPackage: string): string =>
  `apt-get install --no-install-recommends ${debianPackage}`;

/** Every program that a lab on this machine can need. */
export function programChecks({ isRoot }: Pick<Machine, 'isRoot'>): ProgramCheck[] {
  const utilLinux = (name: string): ProgramCheck => ({
    name,
    debianPackage: 'util-linux',
    level: 'required',
    argv: [name, '--version'],
    pattern: /util-linux (\d[\w.-]*)/,
  });
  const asked = (
    name: string,
    debianPackage: string,
    question: keyof typeof versionQuestions,
  ): ProgramCheck => ({
    name,
    debianPackage,
    level: 'required',
    ...versionQuestions[question],
  });
  return [
    asked('kamailio', 'kamailio', 'kamailio'),
    asked('turnserver', 'coturn', 'coturn'),
    asked('squid', 'squid-openssl', 'squid'),
    asked('nft', 'nftables', 'nftables'),
    asked('iptables-nft', 'iptables', 'iptables'),
    {
      name: 'perl',
      debianPackage: 'perl-base',
      level: 'required',
      argv: ['perl', '--version'],
      pattern: /\(v(\d[\w.]*)\)/,
    },
    asked('tcpdump', 'tcpdump', 'tcpdump'),
    asked('openssl', 'openssl', 'openssl'),
    {
      name: 'ip',
      debianPackage: 'iproute2',
      level: 'required',
      argv: ['ip', '-V'],
      pattern: /iproute2-(\d[\w.-]*)/,
    },
    utilLinux('unshare'),
    utilLinux('nsenter'),
    utilLinux('setpriv'),
    // Root makes no user namespace.
    ...(isRoot
      ? []
      : [
          {
            name: 'newuidmap',
            debianPackage: 'uidmap',
            level: 'required' as const,
            argv: ['newuidmap', '--version'],
            pattern: /(\d+\.\d[\w.-]*)/,
          },
        ]),
    {
      name: 'mn',
      debianPackage: 'mininet',
      level: 'optional',
      argv: ['mn', '--version'],
      pattern: /(\d[\w.-]*)/,
    },
  ];
}

const moduleFolders = [
  '/usr/lib64/kamailio/modules',
  '/usr/lib/kamailio/modules',
  '/usr/local/lib64/kamailio/modules',
];

/** Those of Kamailio's modules that have packages of their own and are not installed. */
export function missingKamailioModules(machine: Pick<Machine, 'list'>): string[] {
  const found = [
    ...moduleFolders,
    ...machine.list('/usr/lib').map((name) => `/usr/lib/${name}/kamailio/modules`),
  ].flatMap((folder) => machine.list(folder));
  return ['tls', 'outbound'].filter((name) => !found.includes(`${name}.so`));
}

/**
 * Looks whether the programs are there that a lab with these firewalls runs, before anything is started. Looks at files
 * only, so it takes no time; `nimsfw doctor` tries more.
 *
 * @throws LabError `MISSING_PROGRAM`, naming all of them and the Debian packages that have them
 */
export function requirePrograms(firewalls: readonly Firewall[], machine: Machine = thisMachine()): void {
  const hasProxy = firewalls.some(({ knobs }) => knobs.proxy !== 'none');
  const needless = new Set([
    ...(hasProxy ? [] : ['squid']),
    ...(firewalls.some(({ knobs }) => inspects(knobs)) ? [] : ['iptables-nft']),
  ]);
  const missing = programChecks(machine)
    .filter(({ name, level }) => level === 'required' && !needless.has(name))
    .filter(({ name }) => !machine.has(name))
    .map(({ name, debianPackage }) => ({ what: `the program ${name}`, debianPackage }));
  for (const name of missingKamailioModules(machine))
    missing.push({ what: `Kamailio's module ${name}`, debianPackage: `kamailio-${name}-modules` });
  // Debian's other squid has all but this.
  if (
    firewalls.some(({ knobs }) => knobs.proxy === 'intercepting') &&
    !machine.list('/usr/lib/squid').includes('security_file_certgen')
  )
    missing.push({ what: 'a squid that re-signs TLS', debianPackage: 'squid-openssl' });
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))].join(' ');
  const what = missing.map((one) => one.what).join(', ');
  throw new LabError(
    'MISSING_PROGRAM',
    `${what} ${missing.length > 1 ? 'are' : 'is'} not installed; as root: ${install(packages)}`,
  );
}
