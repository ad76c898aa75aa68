import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../judge/result';
import { cli, resultIn, startCli, temporaryFolder, finished } from '../testing/cli';
import { addedTo, ownNamespaces, remainsIn } from '../testing/places';
import { family, leftOf, until } from '../testing/processes';

/** Kill check: nothing of a run is left on the machine, however the run ends. */

const place = ownNamespaces();

const folder = temporaryFolder();
/** The captures for people, one of each network of the run. */
const ofEachNetwork = ['0.pcapng', 'closed.pcapng'];
/** The folder for temporary files of the run; no other program uses it. */
const temporary = temporaryFolder();

/**
 * Starts a run, waits until it has printed a cell, and returns the processes that belong to it.
 */
async function midRun(
  out: string,
): Promise<{ run: ReturnType<typeof startCli>; pids: number[]; text: () => string }> {
  // On the RFC's timers a closed network keeps the run busy for minutes.
  const run = startCli(['run', 'register', '--firewall', '0,closed', '--patience', 'rfc', '--out', out], {
    place,
    env: { TMPDIR: temporary },
  });
  // Standard error is included, because a run that ends early tells the reason there.
  let text = '';
  for (const output of [run.stdout!, run.stderr!])
    output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(() => printedCells(text).length > 0 || run.exitCode !== null, 'a first cell', 100_000);
  expect(printedCells(text)).not.toEqual([]);
  const members = family(run.pid!);
  const outside = members[0]!.netns;
  expect(members.filter(({ netns }) => netns !== outside).length).toBeGreaterThan(10);
  return { run, pids: members.map(({ pid }) => pid), text: () => text };
}

/** Returns the cells that a run has printed, each with the step that passed first. */
const printedCells = (text: string): string[] =>
  [...text.matchAll(/^ +\d+\.\d s +\d+\/\d+ {2}(\S+) {2}(step \d)$/gm)].map(
    ([, cell, step]) => `${cell} ${step}`,
  );

/** Expects a result that is marked as interrupted, without unfinished cells, and with every cell that was printed. */
function expectPartial({ run, cells }: RunResult, text: string): void {
  expect(run.interrupted).toBe(true);
  expect(cells.filter(({ firewall }) => firewall === 'closed').map(({ outcome }) => outcome)).toEqual([
    'skipped',
    'skipped',
  ]);
  const judged = cells.map(({ id, traversedAt }) => `${id} step ${traversedAt}`);
  const told = printedCells(text);
  expect(told).not.toEqual([]);
  expect(judged).toEqual(expect.arrayContaining(told));
}

it('SIGKILL in mid-run leaves no process, namespace, interface, mount or temporary folder', async () => {
  const before = remainsIn(place);
  const { run, pids } = await midRun(join(folder, 'killed'));
  run.kill('SIGKILL');
  await until(() => leftOf(pids).length === 0, `the processes ${leftOf(pids).join(' ')} to end`);
  // A namespace lives as long as a process, a mount or a descriptor holds it, and there are no more processes
  // or mounts.
  expect(addedTo(place, before)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

it('of a run that was killed its journal makes the report: every cell that was told is in it', async () => {
  const out = join(folder, 'killed-and-told');
  const { run, text } = await midRun(out);
  const end = finished(run);
  run.kill('SIGKILL');
  await end;
  expect(readdirSync(out)).not.toContain('result.json');

  // The exit code is 2 because the cells of the closed network were not finished.
  const { exitCode, stdout, stderr } = await cli(['report', out]);
  expect(exitCode).toBe(2);
  // The kill may have cut off a write, which adds one line.
  expect(stderr.replace(/^nimsfw: the last line .* \[LAST_LINE_TORN\]\n$/, '')).toBe('');
  expect(stdout.startsWith(text())).toBe(true);
  expect(stdout).toContain('\nInterrupted: this is a partial result;');
  const result = resultIn(out);
  expectPartial(result, text());
  expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('<testsuites name="nimsfw-lab"');
  expect(readdirSync(join(out, 'captures'))).toEqual(expect.arrayContaining(ofEachNetwork));
  expect(readFileSync(join(out, 'table.md'), 'utf8')).toContain('**Interrupted: ');

  // The result can be merged with those of other jobs that measured the rest.
  const merged = join(folder, 'merged');
  expect((await cli(['merge', out, '--out', merged])).exitCode).toBe(2);
  expect(resultIn(merged).cells).toEqual(result.cells);
});

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s writes the partial result, marks it and leaves nothing',
  async (signal) => {
    const out = join(folder, signal);
    const { run, pids, text } = await midRun(out);
    const end = finished(run);
    run.kill(signal);
    const { exitCode, stderr } = await end;
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      `nimsfw: stopped early: the partial result is in ${out} and marked; run again for the whole [INTERRUPTED]\n`,
    );
    await until(() => leftOf(pids).length === 0, `the processes ${leftOf(pids).join(' ')} to end`);
    expectPartial(resultIn(out), text());
    expect(readdirSync(join(out, 'captures'))).toEqual(expect.arrayContaining(ofEachNetwork));
  },
);
