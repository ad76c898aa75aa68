import { nflogGroup } from '../../../../firewalls/nftables';
import { deniedLogCommand, ulogdConf, ulogdFile } from '../../../../nodes/firewall/denied-log';
import type { Companion } from '../../../../nodes/firewall/firewall';
import { proxyLogFile } from '../../../../nodes/proxy/proxy';
import { folderOf } from '../containers';
import { inImage } from '../image-content';
import { quoted } from '../shell';
import { routeCommands, type NodePlan } from '../wiring';
import { composeFolders, startFile } from './layout';

/** Stand in a ruleset for the firewall's interfaces, whose names are only known where it runs. */
export const interfacePlaceholders = { inside: '@inside', outside: '@outside' } as const;

/** The files with which a container of Compose runs a node by itself: what the node reads, and how it starts. */
export function withStart(
  files: Readonly<Record<string, string>>,
  start: readonly string[],
): Record<string, string> {
  const script = ['umask 077', `cp ${composeFolders.given}/* .`, ...start];
  return { ...files, [startFile]: `${script.join('\n')}\n` };
}

/** Runs a program in the foreground. */
export const running = (argv: readonly string[]): string[] => [`exec ${command(argv)}`];

const command = (argv: readonly string[]): string => inImage(argv).map(shellWord).join(' ');

/** For a node that a person uses by hand. */
export const idling: readonly string[] = ['exec sleep infinity'];

/** As {@link running}, with squid's own log, which it writes to a file only, on the container's output. */
export function runningProxy(argv: readonly string[]): string[] {
  return [
    'mkdir log',
    `: > ${proxyLogFile}`,
    `tail -q -n +1 -F ${proxyLogFile} log/cache.log 2>/dev/null &`,
    ...running(argv),
  ];
}

/**
 * How a firewall starts: it filters before it takes the address that its neighbours send to, so that nothing is ever
 * forwarded unfiltered. Then it tells what it denies. With its inspector, where it has one, it ends.
 *
 * @param setup commands of the node, see `firewallSetup`
 */
export function runningFirewall(
  plan: NodePlan,
  at: { readonly inside: string; readonly outside: string },
  setup: readonly (readonly string[])[],
  inspector: Companion | undefined,
): string[] {
  const given = (address: string): string =>
    plan.attachments.find(({ ip }) => ip === address)?.given ?? address;
  const device = (address: string): string => `$(ip -o -4 addr show to ${given(address)} | awk '{print $2}')`;
  return [
    `inside=${device(at.inside)}`,
    `outside=${device(at.outside)}`,
    // An address that is nowhere would leave its place in the rules empty.
    '[ -n "$inside" ] && [ -n "$outside" ]',
    `sed -i "s/${interfacePlaceholders.inside}/$inside/g; s/${interfacePlaceholders.outside}/$outside/g" *.nft`,
    ...setup.map(command),
    ...(inspector ? runningInspector(inspector) : []),
    ...routeCommands(plan),
    ...running(deniedLogCommand(folderOf(plan.spec.id))),
  ];
}

/** Runs it in the background, waits until it serves, and ends the container when it ends. */
const runningInspector = ({ argv, ready }: Companion): string[] => [
  'mkfifo inspector',
  `{ ${command(argv)} >inspector 2>&1 || true; kill 1; } &`,
  'exec 3<inspector',
  `until [ "$line" = ${shellWord(ready)} ]; do read -r line <&3; echo "$line"; done`,
  'cat <&3 &',
];

/** What {@link runningFirewall} needs beside the node's own files. */
export const deniedLogFiles = (): Record<string, string> => ({ [ulogdFile]: ulogdConf(nflogGroup) });

/** A word as sh reads it back. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word);
}
