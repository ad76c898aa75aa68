import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { finished, nimsfw, start, temporaryFolder } from '../testing/cli';

const folder = temporaryFolder();

test('before the set-up, the command says what to run instead', async () => {
  mkdirSync(join(folder, 'bin'));
  cpSync(nimsfw, join(folder, 'bin/nimsfw.js'));
  expect(await finished(start([process.execPath, join(folder, 'bin/nimsfw.js'), 'run']))).toEqual({
    exitCode: 3,
    stdout: '',
    stderr:
      'nimsfw: it is not set up here, or not since the sources changed; run: node bin/setup.mjs [NOT_SET_UP]\n',
  });
});

test('the help of run shows defaults as they are written on the command line', async () => {
  const { stdout } = await finished(start([process.execPath, nimsfw, 'run', '--help']));
  const text = stdout.replace(/\s+/g, ' ');
  for (const written of ['0:8,8:1', 'netns', 'line']) expect(text).toContain(`default: ${written})`);
  expect(text).toContain('aes,null by default');
});
