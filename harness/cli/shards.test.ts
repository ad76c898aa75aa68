import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalName } from '../journal/events';
import { eventsOf } from '../journal/testing/events';
import type { RunResult } from '../judge/result';
import { writeResultFiles } from '../report/files';
import { attempt, cell, run } from '../report/result-fixture';
import { cli, resultIn, startCli, finished, temporaryFolder, type Finished } from '../testing/cli';

/** Tests what becomes of shards without a lab: those that have nothing to measure, and the wait for the others. */

const folder = temporaryFolder();
let count = 0;
/** The folder of each test. */
let own: string;
beforeEach(() => mkdirSync((own = join(folder, String(count++)))));
const at = (name: string): string => join(own, name);

/** Returns what a shard measured that has this firewall of a catalogue of two. */
function shardOf(firewall: '0' | '3'): RunResult {
  const result = run([cell(`${firewall}/register/aes`, [attempt('1 udp:5060', 'passed')], 1)], [], {
    id: `run-${firewall}`,
  });
  const { plan, firewalls } = result.run;
  const catalogue = { ...plan.catalogue, firewalls: ['0', '3'] };
  return {
    ...result,
    run: {
      ...result.run,
      plan: { ...plan, catalogue },
      firewalls: firewalls.filter(({ id }) => id === firewall),
    },
  };
}

const journalOf = (result: RunResult): string =>
  eventsOf(result)
    .slice(0, -1)
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');

describe('a shard that has nothing to measure', () => {
  const measure = (out: string, ...more: string[]): Promise<Finished> =>
    cli(['run', '--firewall', '2,3', '--shard', '3/4', '--out', out, ...more]);
  const refused: Finished = {
    exitCode: 3,
    stdout: '',
    stderr:
      'nimsfw: shard 3/4 has nothing to measure: the firewalls can be dealt out to 2 shards at most; start no more of them [SHARD_EMPTY]\n',
  };

  it('is refused in a line, and leaves word of it', async () => {
    expect(await measure(at('empty'))).toEqual(refused);
    expect(readdirSync(at('empty'))).toEqual(['shard-empty']);
  });

  it('is refused once for all variants of a lab', async () => {
    writeFileSync(at('nimsfw.yaml'), 'ue: [reference, { name: mine, command: "true" }]\n');
    expect(await measure(at('empty'), '--lab', at('nimsfw.yaml'))).toEqual(refused);
  });

  it('writes nothing into a folder that another run has', async () => {
    mkdirSync(at('taken'));
    writeFileSync(at('taken/result.json'), '{}');
    const { exitCode, stderr } = await measure(at('taken'));
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/\[OUT_NOT_EMPTY\]\n$/);
    expect(readdirSync(at('taken'))).toEqual(['result.json']);
  });

  it('is not missed in a merge', async () => {
    await measure(at('empty'));
    await writeResultFiles(shardOf('0'), { out: at('0'), folder: undefined });
    await writeResultFiles(shardOf('3'), { out: at('3'), folder: undefined });
    const folders = [at('0'), at('3'), at('empty')];
    for (const [name, ...wait] of [['now'], ['later', '--wait', '60']])
      expect(await cli(['merge', ...folders, ...wait, '--out', at(name!)])).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
    expect(await cli(['merge', at('empty'), '--out', at('none')])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `nimsfw: there is nothing to merge: ${at('empty')} had nothing to measure; name the folders of the other shards [SHARD_EMPTY]\n`,
    });
    expect(existsSync(at('none'))).toBe(false);
  });
});

it.each(['0/4', '5/4', 'a/b', '1', '1/0', '1/257', '-1/4', '1/4/5', ''])(
  'there is no shard %j',
  async (text) => {
    const { exitCode, stderr } = await cli(['run', '--shard', text, '--out', at('out')]);
    expect([exitCode, stderr]).toEqual([
      3,
      `nimsfw: option '--shard <k/n>' argument '${text}' is invalid. it must name one of at most 256 parts, from 1, for example 1/4; nimsfw --help shows the usage [USAGE]\n`,
    ]);
    expect(existsSync(at('out'))).toBe(false);
  },
);

describe('merge --wait', () => {
  it('waits for runs that have not begun, and for one that goes on', async () => {
    await writeResultFiles(shardOf('0'), { out: at('0'), folder: undefined });
    const merging = startCli(['merge', '--wait', '60', at('0'), at('3'), '--out', at('merged')]);
    const merged = finished(merging);
    // The run goes on: it has a journal, and a result that is being written.
    mkdirSync(at('3'));
    writeFileSync(at(`3/${journalName}`), journalOf(shardOf('3')));
    writeFileSync(at('3/result.json.1234abcd.part'), '{"schema":');
    await writeResultFiles(shardOf('3'), { out: at('3'), folder: undefined });
    expect(await merged).toMatchObject({ exitCode: 0, stderr: '' });
    expect(resultIn(at('merged')).cells.map(({ id }) => id)).toEqual(['0/register/aes', '3/register/aes']);
  });

  it('merges what there is when the time is over, says which run has not ended, and ends with 2', async () => {
    await writeResultFiles(shardOf('0'), { out: at('0'), folder: undefined });
    const { exitCode, stdout, stderr } = await cli([
      ...['merge', '--wait', '1', at('0'), at('3'), '--out', at('merged')],
    ]);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('\nMissing: firewall 3: no run measured it\n');
    expect(stderr).toBe(
      `nimsfw: waited 1 s in vain for the end of ${at('3')}; merged what there was: look why, and merge again [RUN_NOT_ENDED]\n`,
    );
    expect(resultIn(at('merged')).cells.map(({ id }) => id)).toEqual(['0/register/aes']);
  });

  it('merges a run that has not ended as far as it came, and ends with 2 though no cell is missing', async () => {
    await writeResultFiles(shardOf('0'), { out: at('0'), folder: undefined });
    mkdirSync(at('3'));
    writeFileSync(at(`3/${journalName}`), journalOf(shardOf('3')));
    const { exitCode, stdout, stderr } = await cli([
      ...['merge', '--wait', '1', at('0'), at('3'), '--out', at('merged')],
    ]);
    expect(stderr).toMatch(/^nimsfw: waited 1 s in vain for the end of \S+\/3; .* \[RUN_NOT_ENDED\]\n$/);
    expect(stdout).not.toContain('Missing');
    expect(exitCode).toBe(2);
  });

  it('ends with 3 when nothing was measured at all', async () => {
    mkdirSync(at('3'));
    // The run was killed before its first event was whole.
    writeFileSync(at(`3/${journalName}`), '{"type":"run-beg');
    expect(await cli(['merge', '--wait', '1', at('0'), at('3'), '--out', at('merged')])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `nimsfw: waited 1 s in vain for the end of ${at('0')}, ${at('3')}, and there is nothing to merge; look why, and merge again [RUN_NOT_ENDED]\n`,
    });
    expect(existsSync(at('merged'))).toBe(false);
  });

  it('tells at once of what cannot be merged', async () => {
    mkdirSync(at('0'));
    writeFileSync(at('0/result.json'), '{"run": {}}');
    const { exitCode, stderr } = await cli([
      ...['merge', '--wait', '600', at('0'), at('3'), '--out', at('merged')],
    ]);
    expect([exitCode, stderr]).toEqual([3, expect.stringMatching(/\[NOT_A_RESULT\]\n$/)]);
  });
});
