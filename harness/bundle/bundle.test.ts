import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { temporaryFolder } from '../testing/cli';
import { bundleSchemaId, type Manifest } from './manifest';
import { openRun } from './open-run';
import { filesOf, result, writeFiles } from './testing/runs';
import { writeBundle } from './write-bundle';

const folder = temporaryFolder();
const source = writeFiles(join(folder, 'run'), filesOf(result));

// Every test leaves the folder of temporary files empty.
beforeAll(() => {
  process.env['TMPDIR'] = mkdtempSync(join(folder, 'temporary-'));
});
afterEach(() => expect(readdirSync(process.env['TMPDIR']!)).toEqual([]));

let count = 0;
const newName = (): string => join(folder, `${++count}.nimsfw`);

async function bundled(options: Partial<Parameters<typeof writeBundle>[1]> = {}, from = source) {
  const out = options.out ?? newName();
  const run = await openRun(from);
  try {
    return { out, ...(await writeBundle(run, { ...options, out })) };
  } finally {
    run.close();
  }
}

const measured = Object.keys(filesOf(result))
  .filter((name) => !['table.md', 'captures/0.pcapng'].includes(name))
  .sort();

it('has what was measured, after a manifest with sizes and digests; tar and sha256sum agree', async () => {
  const { out, manifest, others } = await bundled();
  expect(manifest.files.map(({ path }) => path)).toEqual(measured);
  expect(others).toEqual(['captures/0.pcapng', 'table.md']);
  const { stdout: list } = spawnSync('tar', ['-tzf', out], { encoding: 'utf8' });
  expect(list.trim().split('\n')).toEqual(['manifest.json', ...measured]);
  const there = join(folder, 'by-tar');
  writeFiles(there, { here: '' });
  expect(spawnSync('tar', ['-xzf', out, '-C', there]).status).toBe(0);
  const read = JSON.parse(readFileSync(join(there, 'manifest.json'), 'utf8')) as Manifest;
  expect(read).toEqual(manifest);
  expect(read).toMatchObject({
    schema: bundleSchemaId,
    run: { id: result.run.id, startedAt: result.run.startedAt },
    without: [],
  });
  const sums = read.files.map(({ sha256, path }) => `${sha256}  ${path}\n`).join('');
  expect(
    spawnSync('sha256sum', ['-c', '--quiet'], { cwd: there, input: sums, encoding: 'utf8' }),
  ).toMatchObject({
    status: 0,
    stdout: '',
  });
});

it('the same folder makes the same bytes', async () => {
  const [one, two] = [await bundled(), await bundled()];
  expect(readFileSync(one.out).equals(readFileSync(two.out))).toBe(true);
});

it('is unpacked into a folder of its own, which nobody else can read and which is gone when it is closed', async () => {
  const { out, manifest } = await bundled();
  const run = await openRun(out);
  expect(run).toMatchObject({ path: out, result, isTorn: false, missing: [], bundle: manifest });
  expect(run.events.at(-1)!.type).toBe('run-ended');
  for (const name of measured)
    expect(readFileSync(join(run.folder!, name), 'utf8')).toBe(filesOf(result)[name]);
  expect(spawnSync('stat', ['-c', '%a', run.folder!], { encoding: 'utf8' }).stdout).toBe('700\n');
  run.close();
  expect(existsSync(run.folder!)).toBe(false);
});

it('without its captures it says so when it is read, and so does a bundle of it', async () => {
  const { out } = await bundled({ withoutCaptures: true });
  const again = await bundled({}, out);
  expect(again.manifest.without).toEqual(['captures']);
  const run = await openRun(again.out);
  run.close();
  expect(run).toMatchObject({ missing: ['captures'], bundle: { without: ['captures'] } });
});

it('whoever does not need the captures does not get them, and they are checked all the same', async () => {
  const { out } = await bundled();
  const run = await openRun(out, { withoutCaptures: true });
  expect(run.missing).toEqual(['captures']);
  expect(existsSync(join(run.folder!, 'captures'))).toBe(false);
  run.close();
});

it('overwrites nothing unless it is told to', async () => {
  const out = newName();
  writeFileSync(out, 'mine');
  await expect(bundled({ out })).rejects.toMatchObject({
    code: 'OUT_EXISTS',
    message: `${out} is there already; choose another file with --out, or overwrite it with --force`,
  });
  expect(readFileSync(out, 'utf8')).toBe('mine');
  await bundled({ out, force: true });
  expect(readFileSync(out).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
});

it('leaves nothing where it cannot write', async () => {
  const out = join(folder, 'missing', 'x.nimsfw');
  await expect(bundled({ out })).rejects.toMatchObject({
    code: 'OUT_NOT_WRITABLE',
    message: `${out} cannot be written (ENOENT); choose another file with --out`,
  });
});

it('has the runs of all variants, and the proof of a phone', async () => {
  const variants = ['one', 'two'].map((name) => ({ name, run: name, boxes: [] }));
  const whole = { ...result, run: { ...result.run, variants } };
  const from = writeFiles(join(folder, 'variants'), {
    'result.json': JSON.stringify(whole),
    'table.md': '',
    'three/events.jsonl': 'no variant',
    'one/proof/nodes/ue.log': 'proved',
    ...Object.fromEntries(
      variants.flatMap(({ name }) =>
        Object.entries(filesOf(result)).map(([file, content]) => [`${name}/${file}`, content]),
      ),
    ),
  });
  const { out, manifest, others } = await bundled({}, from);
  expect(manifest.files.map(({ path }) => path)).toEqual(
    [
      'result.json',
      'one/proof/nodes/ue.log',
      ...['one', 'two'].flatMap((name) => measured.map((file) => `${name}/${file}`)),
    ].sort(),
  );
  expect(others).toContain('three/events.jsonl');
  const run = await openRun(out);
  run.close();
  expect(run).toMatchObject({ result: whole, missing: [] });
});

it('refuses a link in the place of what was measured', async () => {
  const from = writeFiles(join(folder, 'linked'), filesOf(result));
  rmSync(join(from, 'keys.log'));
  symlinkSync('/etc/hostname', join(from, 'keys.log'));
  await expect(bundled({}, from)).rejects.toMatchObject({
    code: 'NOT_A_RUN',
    message: `${from}/keys.log is no regular file, and a run writes no other; take the folder as the run left it`,
  });
});

it('a folder that lacks something is opened, and says what', async () => {
  const { 'events.jsonl': events, 'result.json': alone } = filesOf(result);
  const only = (name: string, files: Record<string, string>) =>
    openRun(writeFiles(join(folder, name), files));
  expect((await only('killed', { 'events.jsonl': events! })).missing).toEqual(['captures', 'keys']);
  expect((await only('merged', { 'result.json': alone! })).missing).toEqual(['journal', 'captures', 'keys']);
});

it('a result alone is a run that lacks everything else', async () => {
  const run = await openRun(join(source, 'result.json'));
  expect(run).toMatchObject({
    result,
    events: [],
    folder: undefined,
    missing: ['journal', 'captures', 'keys'],
  });
  await expect(writeBundle(run, { out: newName() })).rejects.toMatchObject({
    code: 'NOT_A_RUN',
    message: `${source}/result.json is a result alone; name the folder of the run, or a bundle of it`,
  });
});

it.each(['captures/0-ue-side.pcap', 'result.json', 'events.jsonl', 'keys.log'])(
  'a folder in which %s is no file is no run',
  async (name) => {
    const { [name]: _file, ...others } = filesOf(result);
    const made = writeFiles(join(folder, `no-file-${name.replace('/', '-')}`), others);
    mkdirSync(join(made, name), { recursive: true });
    await expect(openRun(made)).rejects.toMatchObject({
      code: 'NOT_A_RUN',
      message: `there is no run at ${made} (${name} in it is no file); name a folder that nimsfw run --out has written, a bundle of one, or its result.json`,
    });
  },
);

it('a result that has a cell twice is none', async () => {
  const twice = { ...result, cells: [...result.cells, result.cells[0]!] };
  const made = writeFiles(join(folder, 'twice'), { 'result.json': JSON.stringify(twice) });
  await expect(openRun(made)).rejects.toMatchObject({
    code: 'NOT_A_RESULT',
    message: expect.stringContaining('the cell 0/register/aes is in it twice'),
  });
});

it.each([
  ['nothing', (path: string) => path, 'ENOENT'],
  [
    'a text',
    (path: string) => (writeFileSync(path, 'hello'), path),
    'it is neither a folder, nor a bundle, nor a result.json',
  ],
  [
    'an empty file',
    (path: string) => (writeFileSync(path, ''), path),
    'it is neither a folder, nor a bundle, nor a result.json',
  ],
  ['a device', () => '/dev/zero', 'it is neither a folder, nor a bundle, nor a result.json'],
])('%s is no run', async (_, make, why) => {
  const path = make(newName());
  await expect(openRun(path)).rejects.toMatchObject({
    code: 'NOT_A_RUN',
    message: `there is no run at ${path} (${why}); name a folder that nimsfw run --out has written, a bundle of one, or its result.json`,
  });
});
