import { basename } from 'node:path';
import type { Box, Command } from '../../box';
import { programFile } from '../../installation';
import { argvOf } from '../../outside/command-box';
import { outsideBox } from '../../outside/outside-box';

/**
 * Makes a phone of a command that makes one attempt each time it is run: environment in, exit status out (`driver.ts`
 * is what the command can rely on).
 *
 * @param folder absolute path of the folder that the command is run in
 */
export function plainPhone(command: Command, folder: string): Box {
  const [program = ''] = typeof command === 'string' ? command.trim().split(/\s+/) : command;
  const driver = [process.execPath, programFile('phone'), 'plain', 'ue.json', folder];
  return outsideBox('ue', basename(program), { from: 'command', command, folder }, [
    ...driver,
    ...argvOf(command),
  ]);
}
