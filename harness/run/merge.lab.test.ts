import { writeFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, resultIn, temporaryFolder, type Finished } from '../testing/cli';

const folder = temporaryFolder();
const out = (name: string): string => join(folder, name);

const measure = (name: string, ...args: string[]): Promise<Finished> =>
  cli(['run', 'register', ...args, '--suite', 'aes', '--out', out(name)]);
const merge = (...args: string[]): Promise<Finished> => cli(['merge', ...args]);

async function refused(args: readonly string[], line: string): Promise<void> {
  const merged = out('refused');
  expect(await merge(...args, '--out', merged)).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: `nimsfw: ${line}\n`,
  });
  expect(existsSync(merged)).toBe(false);
}

beforeAll(async () => {
  expect((await measure('0', '--firewall', '0')).exitCode).toBe(0);
  expect((await measure('1', '--firewall', '1')).exitCode).toBe(0);
});

it('joins two runs into one result, as one run of both would have it', async () => {
  const { exitCode, stdout } = await merge(out('0'), out('1'), '--firewall', '0-1', '--out', out('both'));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ {2}0 {2}open +step 1$/m);
  expect(stdout).toMatch(/^ {2}1 {2}NAPT +step 2$/m);
  expect(stdout).toMatch(/^2 cells in \d+\.\d s: 2 expected, 0 unexpected, 0 flaky, 0 skipped;/m);
  const [zero, one, both] = ['0', '1', 'both'].map((name) => resultIn(out(name)));
  expect(both!.cells).toEqual([...zero!.cells, ...one!.cells]);
  expect(both!.run.mergedFrom).toEqual([zero!.run.id, one!.run.id]);
  // The report has both cells and the claims that they decide: some type is passed below step 3, no SIP before
  // TLS.
  const xml = readFileSync(join(out('both'), 'junit.xml'), 'utf8');
  expect(xml).toContain('<testsuites name="nimsfw-lab" tests="4" failures="0" errors="0" skipped="0"');
  expect([...xml.matchAll(/classname="nimsfw\.claims" name="(I\d+) /g)].map(([, id]) => id)).toEqual([
    'I6',
    'I10',
  ]);
  expect(readFileSync(join(out('both'), 'table.md'), 'utf8')).toContain('**2 cells in ');
});

it('says what is missing, and ends with 2', async () => {
  const { exitCode, stdout } = await merge(
    out('0'),
    out('1'),
    '--firewall',
    '0-3,closed',
    '--out',
    out('part'),
  );
  expect(exitCode).toBe(2);
  expect(stdout).toContain('\nMissing: firewall 2, 3, closed: no run measured it\n');
  expect(readFileSync(join(out('part'), 'table.md'), 'utf8')).toContain(
    '**Missing: firewall 2, 3, closed: no run measured it**',
  );
  expect(readFileSync(join(out('part'), 'junit.xml'), 'utf8')).toContain(
    '<error type="missing" message="no run measured this cell"/>',
  );
});

it('joins shards, started side by side, into the cells and verdicts of one run', async () => {
  // No shard but the first has a move of access-change, and the third has no firewall.
  const whole = ['run', 'register', 'access-change', '--firewall', '0,1,8,9', '--suite', 'aes'];
  const merging = merge(
    ...['--wait', '240', out('s1'), out('s2'), out('s3'), '--firewall', '0,1,8,9', '--out', out('joined')],
  );
  const shards = await Promise.all(
    ['1', '2', '3'].map((k) => cli([...whole, '--shard', `${k}/3`, '--out', out(`s${k}`)])),
  );
  expect(shards.map(({ exitCode }) => exitCode)).toEqual([0, 0, 3]);
  expect(await merging).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await cli([...whole, '--out', out('one')])).exitCode).toBe(0);
  const verdicts = (name: string): unknown =>
    resultIn(out(name)).cells.map(({ id, outcome, traversedAt, attempts }) => ({
      ...{ id, outcome, traversedAt },
      attempts: attempts.map(({ id, verdict }) => [id, verdict]),
    }));
  expect(verdicts('joined')).toEqual(verdicts('one'));
  expect(resultIn(out('joined')).claims).toEqual(resultIn(out('one')).claims);
});

describe('refuses', () => {
  it('a folder without a result', () =>
    refused(
      [out('0'), out('nowhere')],
      `there is no run at ${out('nowhere')} (ENOENT); name a folder that nimsfw run --out has written, a bundle of one, or its result.json [NOT_A_RUN]`,
    ));

  const stored = (name: string, text: string): string => {
    mkdirSync(out(name));
    writeFileSync(join(out(name), 'result.json'), text);
    return out(name);
  };

  it('what is no result', async () => {
    const name = stored('no-result', '{"run": {}}');
    await refused(
      [name],
      `${name}/result.json is no result of nimsfw run (schema: Invalid input: expected "https://nimsfw-lab.example/result/3"); name folders that nimsfw run --out has written [NOT_A_RESULT]`,
    );
  });

  it('what is no JSON', async () => {
    const name = stored('no-json', 'table');
    const { exitCode, stderr } = await merge(name, '--out', out('refused'));
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^nimsfw: .*\/no-json\/result\.json is no result of nimsfw run \(.*JSON.*\); name folders .* \[NOT_A_RESULT\]\n$/,
    );
  });

  it('a result of another schema', async () => {
    const name = stored('other', '{"schema": "https://nimsfw-lab.example/result/1"}');
    await refused(
      [name],
      `${name}/result.json has the schema https://nimsfw-lab.example/result/1, and this nimsfw reads https://nimsfw-lab.example/result/3; measure again with this nimsfw [OTHER_SCHEMA]`,
    );
  });

  it('the same run twice', () =>
    refused(
      [out('0'), out('0')],
      `${out('0')} and ${out('0')} both measured 0/register/aes; leave one of them out [SHARDS_OVERLAP]`,
    ));

  it('a firewall that the catalogue does not have', () =>
    refused(
      [out('0'), '--firewall', '0-1,close'],
      'there is no firewall "close"; did you mean closed? Take one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, closed, intercepting [UNKNOWN_FIREWALL]',
    ));
});
