import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { finished, resultIn, start, temporaryFolder } from '../testing/cli';

const folder = temporaryFolder();

/**
 * Makes the command's labs in namespaces refuse to be taken down, as Docker's engine refuses for a network that
 * is in use.
 */
const refusing = `
const { netns } = require(${JSON.stringify(resolve(__dirname, '../lab/netns.js'))});
const { start } = netns;
netns.start = async (...args) => {
  const lab = await start(...args);
  lab[Symbol.asyncDispose] = () => Promise.reject(new Error('network core has active endpoints'));
  return lab;
};
`;

it('what cannot be taken down costs nothing of the result: it is a warning with the remedy, and the command ends', async () => {
  const [preload, out] = [join(folder, 'refusing.js'), join(folder, 'out')];
  writeFileSync(preload, refusing);
  // The command runs from its modules and not from the bundled program, because one of the modules is replaced.
  const main = resolve(__dirname, '../cli/main.js');
  const { exitCode, stdout, stderr } = await finished(
    start([
      ...[process.execPath, '--require', preload, main],
      ...['run', 'register', '--firewall', '0', '--suite', 'aes', '--step', '1', '--out', out],
    ]),
  );
  expect(stderr).toBe(
    'nimsfw: the lab could not be taken down (Error: network core has active endpoints); nimsfw down --all removes what is left [NOT_TAKEN_DOWN]\n',
  );
  // The exit code is that of the verdict.
  expect(exitCode).toBe(0);
  expect(resultIn(out).cells.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['0/register/aes', 'expected'],
  ]);
  expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toMatch(/<\/testsuites>\s*$/);
  expect(readFileSync(join(out, 'table.md'), 'utf8')).toContain('register');
  expect(stdout).toContain(`Files: ${out}\n`);
});
