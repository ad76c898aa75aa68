import type { Companion } from '../../../../nodes/box';
import { shellWord } from '../../../../nodes/shell-word';
import { setsOwnRoutes } from '../containers';
import { inImage } from '../image-content';
import { routeCommands } from '../wiring';
import { interfacePlaceholder, type ConfiguredBox } from './configured-box';
import { composeFolders, startFile } from './layout';

/**
 * Returns the files with which a container of Compose runs a node by itself: those of the node and the script
 * that starts it.
 */
export function withStart(
  files: Readonly<Record<string, string>>,
  start: readonly string[],
): Record<string, string> {
  const script = ['umask 077', `cp ${composeFolders.given}/* .`, ...start];
  return { ...files, [startFile]: `${script.join('\n')}\n` };
}

/**
 * Returns the script that starts a node. A node that sets its own addresses and routes starts its service
 * first: a firewall filters before it takes the address that its neighbours send to, so that nothing is ever
 * forwarded unfiltered.
 */
export function startScript(one: ConfiguredBox): string[] {
  const { plan, box, config, folder } = one;
  const { alone = {} } = box;
  if (alone.idles) return ['exec sleep infinity'];
  return [
    ...namingInterfaces(one),
    ...(box.setUp?.(config, folder) ?? []).map(command),
    ...(box.companions?.(config, folder) ?? []).flatMap(runningBeside),
    ...(setsOwnRoutes(box) ? routeCommands(plan) : []),
    ...telling(alone.logFiles ?? []),
    `exec ${command((alone.command ?? box.command).call(alone, config, folder))}`,
  ];
}

const command = (argv: readonly string[]): string => inImage(argv).map(shellWord).join(' ');

/** Puts the names of the node's interfaces into the files with placeholders for them. */
function namingInterfaces({ plan, files }: ConfiguredBox): string[] {
  const asked = plan.attachments
    .map(({ given }, index) => ({ given, variable: `if${index}`, word: interfacePlaceholder(index) }))
    .filter(({ word }) => Object.values(files).some((text) => text.includes(word)));
  if (asked.length === 0) return [];
  const asking = Object.keys(files).filter((name) => asked.some(({ word }) => files[name]!.includes(word)));
  return [
    ...asked.map(({ variable, given }) => `${variable}=$(ip -o -4 addr show to ${given} | awk '{print $2}')`),
    // If no interface has the address, its name would be empty in the files, so the script fails here.
    asked.map(({ variable }) => `[ -n "$${variable}" ]`).join(' && '),
    `sed -i "${asked.map(({ variable, word }) => `s/${word}/$${variable}/g`).join('; ')}" ${asking.map(shellWord).join(' ')}`,
  ];
}

/**
 * Runs a companion in the background, waits until it serves, and ends the container when the companion ends.
 */
const runningBeside = ({ name, argv, ready }: Companion): string[] => [
  `mkfifo ${name}`,
  `{ ${command(argv)} >${name} 2>&1 || true; kill 1; } &`,
  `exec 3<${name}`,
  // A program may write its name before the text.
  `until case $line in *${shellWord(ready.text)}) ;; *) false ;; esac; do read -r line <&3; echo "$line"; done`,
  'cat <&3 &',
];

/** Also sends logs that are written to files to the container's output. */
function telling(files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const names = files.map(shellWord).join(' ');
  return [`mkdir -p $(dirname ${names})`, `touch ${names}`, `tail -q -n +1 -F ${names} 2>/dev/null &`];
}
