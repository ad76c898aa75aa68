import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import type { Boxes } from '../../nodes/box';
import { LabError } from '../lab/lab-error';

/**
 * Checks before the lab is started that the programs of commands are there, as far as these are named by a path beside the
 * lab file. A shell ends with 127 where there is none, by which a plain phone would say that it can do nothing.
 * @throws LabError `COMMAND_MISSING`
 */
export function requireCommands(boxes: Boxes): void {
  for (const { kind, outside } of boxes) {
    if (outside?.from !== 'command') continue;
    const { command, folder } = outside;
    const [program = ''] = typeof command === 'string' ? command.trim().split(/\s+/) : command;
    // Other characters are for the shell, and what has no path is looked for where the command runs.
    if (!/^\.{0,2}\/[\w./+-]*$/.test(program)) continue;
    const path = resolve(folder, program);
    try {
      accessSync(path, constants.X_OK);
    } catch (error) {
      const isThere = (error as NodeJS.ErrnoException).code !== 'ENOENT';
      throw new LabError(
        'COMMAND_MISSING',
        isThere
          ? `the command at ${kind} cannot be run: ${path} is not executable; chmod +x makes it so`
          : `the command at ${kind} is not there: ${path}; correct its path`,
      );
    }
  }
}
