import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '../../nodes/installation';
import { finished, nimsfw, start, temporaryFolder, type Finished } from '../testing/cli';

/** Runs every example of docs/library.md in a folder with nimsfw-lab in its node_modules, as a user has it. */

const folder = temporaryFolder();
const page = readFileSync(join(installation, 'docs/library.md'), 'utf8');

/** An example, and the output that the page gives for it. */
interface Example {
  readonly language: string;
  readonly text: string;
  readonly prints: string | undefined;
}

const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));
const examples = blocks.flatMap(({ language, text }, index): Example[] => {
  const next = blocks[index + 1];
  return language === 'text'
    ? []
    : [{ language, text, prints: next?.language === 'text' ? next.text : undefined }];
});
const nameOf = ({ language, text }: Example): string =>
  language === 'sh' ? text.trim() : /^\/\/ (\S+)$/m.exec(text)![1]!;

async function inFolder(argv: readonly string[]): Promise<Finished> {
  return finished(start(['env', '-C', folder, ...argv]));
}

/** Runs an example as a user would. */
async function play(example: Example): Promise<Finished> {
  const name = nameOf(example);
  if (example.language === 'sh') {
    const [npx, program, ...args] = name.split(' ');
    expect([npx, program]).toEqual(['npx', 'nimsfw']);
    return inFolder([process.execPath, nimsfw, ...args]);
  }
  writeFileSync(join(folder, name), example.text);
  const jest = join(installation, 'node_modules/jest/bin/jest.js');
  return inFolder([
    process.execPath,
    ...(name.endsWith('.test.js') ? [jest, '--rootDir', folder] : []),
    name,
  ]);
}

beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(installation, join(folder, 'node_modules/nimsfw-lab'));
  writeFileSync(join(folder, 'package.json'), '{}');
});

it.each(examples.map((example) => [nameOf(example), example] as const))('%s', async (name, example) => {
  const { exitCode, stdout, stderr } = await play(example);
  // jest reports on standard error.
  const isTest = name.endsWith('.test.js');
  expect({ exitCode, stderr: isTest ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  if (isTest) expect(stderr).toContain('Tests:       2 passed, 2 total');
  else expect(stdout).toBe(example.prints ?? '');
});

const stopped = `
import { measure } from 'nimsfw-lab';

const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection', 'warning'];
const state = () => JSON.stringify([
  events.map((name) => process.listenerCount(name)),
  [process.exitCode, process.cwd(), process.umask(), process.env],
  Object.getOwnPropertyNames(globalThis).sort(),
]);
const before = state();
const stop = new AbortController();
const run = measure({ firewalls: ['0', 'closed'], scenarios: ['register'], patience: 'rfc', out: 'stopped', signal: stop.signal });
const seen = new Set();
for await (const { type } of run) {
  seen.add(state());
  if (type === 'attempt') stop.abort();
}
const { run: { interrupted }, cells } = await run.result;
console.log([...seen].every((one) => one === before), state() === before, interrupted, cells.at(-1).outcome);
`;

it('a measurement changes nothing of the process, and ends when its signal says so', async () => {
  writeFileSync(join(folder, 'stopped.mjs'), stopped);
  const { stdout, stderr } = await inFolder([process.execPath, 'stopped.mjs']);
  expect({ stdout, stderr }).toEqual({ stdout: 'true true true skipped\n', stderr: '' });
});
