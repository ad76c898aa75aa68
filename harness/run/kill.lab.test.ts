import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { resultIn, startCli, temporaryFolder, finished } from '../testing/cli';
import { ownNamespaces, remainsIn } from '../testing/places';
import { family, leftOf, until } from '../testing/processes';

/** Kill check: whatever ends a run, nothing of it is left on the machine. */

const place = ownNamespaces();

const folder = temporaryFolder();
/** Where the run may make temporary files; nobody else does there. */
const temporary = temporaryFolder();

/** Starts a run, waits until attempts are made in its namespaces, and says what belongs to it. */
async function midRun(
  out: string,
): Promise<{ run: ReturnType<typeof startCli>; pids: number[]; text: () => string }> {
  // On the RFC's timers a closed network keeps the run busy for minutes.
  const run = startCli(['run', 'register', '--firewall', '0,closed', '--patience', 'rfc', '--out', out], {
    place,
    env: { TMPDIR: temporary },
  });
  // With what it says on standard error: a run that ends instead tells why.
  let text = '';
  for (const output of [run.stdout!, run.stderr!])
    output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(() => text.includes('passed') || run.exitCode !== null, 'a first verdict', 100_000);
  expect(text).toContain('passed');
  const members = family(run.pid!);
  const outside = members[0]!.netns;
  expect(members.filter(({ netns }) => netns !== outside).length).toBeGreaterThan(10);
  return { run, pids: members.map(({ pid }) => pid), text: () => text };
}

it('SIGKILL in mid-run leaves no process, namespace, interface, mount or temporary folder', async () => {
  const before = remainsIn(place);
  const { run, pids } = await midRun(join(folder, 'killed'));
  run.kill('SIGKILL');
  await until(() => leftOf(pids).length === 0, `the processes ${leftOf(pids).join(' ')} to end`);
  // A namespace lives as long as a process, a mount or a descriptor holds it: the first two are gone.
  expect(remainsIn(place)).toEqual(before);
  expect(readdirSync(temporary)).toEqual([]);
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
    const result = resultIn(out);
    expect(result.run.interrupted).toBe(true);
    // The closed network's cells were never finished.
    expect(
      result.cells.filter(({ firewall }) => firewall === 'closed').map(({ outcome }) => outcome),
    ).toEqual(['skipped', 'skipped']);
    // Every attempt that was told is there.
    const judged = result.cells.flatMap((cell) =>
      cell.attempts.map(({ verdict }) => `${cell.id} ${verdict}`),
    );
    const told = [...text().matchAll(/^ +\d+\.\d s +(\S+) {2}step \d \S+ {2}(\w+)/gm)];
    expect(told.length).toBeGreaterThan(0);
    expect(judged).toEqual(expect.arrayContaining(told.map(([, cell, verdict]) => `${cell} ${verdict}`)));
  },
);
