import { basename } from 'node:path';
import type { Box, Command } from '../box';
import type { Place } from '../choices';
import { outsideBox } from './outside-box';

/**
 * Makes a box of a command: the lab runs it in the node's namespace, or in a container of the image of the place's own
 * box, as it runs that box's program. docs/boxes.md is what the command can rely on.
 *
 * @param folder absolute path of the folder that it is run in
 */
export const commandBox = (place: Place, command: Command, folder: string): Box =>
  outsideBox(place, nameOf(command), { from: 'command', command, folder }, [
    ...['sh', '-c', 'cd -- "$0" && exec "$@"', folder],
    ...argvOf(command),
  ]);

/** Returns the argv of a command; a text is for the shell. */
export const argvOf = (command: Command): string[] =>
  typeof command === 'string' ? ['sh', '-c', command] : [...command];

/** The name of a command is that of its program. */
function nameOf(command: Command): string {
  const [program = ''] = typeof command === 'string' ? command.trim().split(/\s+/) : command;
  return basename(program);
}
