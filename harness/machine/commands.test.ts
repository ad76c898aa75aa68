import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInBoxes } from '../../nodes';
import type { Command } from '../../nodes/box';
import { commandBox } from '../../nodes/outside/command-box';
import { plainPhone } from '../../nodes/phones/plain/plain';
import { temporaryFolder } from '../testing/cli';
import { requireCommands } from './commands';

const folder = temporaryFolder();
beforeAll(() => {
  writeFileSync(join(folder, 'runs.sh'), '');
  chmodSync(join(folder, 'runs.sh'), 0o755);
  writeFileSync(join(folder, 'text.txt'), '', { mode: 0o644 });
});

const check = (command: Command) => (): void =>
  requireCommands(builtInBoxes.with(commandBox('turn', command, folder)));

test.each<[Command]>([
  ['./runs.sh --verbose'],
  [['./runs.sh']],
  ['/bin/sh -c true'],
  // Whether these are there is seen where they run.
  ['turnserver -n'],
  ['"./with blanks"'],
  ['./$NAME'],
])('%j can be run', (command) => {
  expect(check(command)).not.toThrow();
});

test.each<[Command, string]>([
  ['./nowhere.sh -v', 'is not there: FOLDER/nowhere.sh; correct its path'],
  [['/nowhere/turn'], 'is not there: /nowhere/turn; correct its path'],
])('%j is not there', (command, words) => {
  const message = `the command at turn ${words.replace('FOLDER', folder)}`;
  expect(check(command)).toThrow(expect.objectContaining({ code: 'COMMAND_MISSING', message }) as Error);
});

test('what is not executable cannot be run', () => {
  const message = `the command at ue cannot be run: ${join(folder, 'text.txt')} is not executable; chmod +x makes it so`;
  expect(() => requireCommands(builtInBoxes.with(plainPhone('./text.txt', folder)))).toThrow(
    expect.objectContaining({ code: 'COMMAND_MISSING', message }) as Error,
  );
});
