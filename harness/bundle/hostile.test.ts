import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { resultSchemaId } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { temporaryFolder } from '../testing/cli';
import { bundleSchemaId, longestManifest } from './manifest';
import { openRun } from './open-run';
import { bundleOf, fileFact, honestBundle, manifestOf, tarOf, type ArchiveEntry } from './testing/archives';
import { filesOf, result } from './testing/runs';
import { unpack } from './unpack';

const folder = temporaryFolder();
const temporary = mkdtempSync(join(folder, 'temporary-'));
const file = join(folder, 'x.nimsfw');
const hello = { name: 'keys.log', content: 'hello' };
const helloFact = fileFact('keys.log', 'hello');

beforeAll(() => {
  process.env['TMPDIR'] = temporary;
});
/** Nothing is left, and nothing was written beside. */
const expectNothingLeft = (): void => {
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(folder).sort()).toEqual([temporary.slice(folder.length + 1), 'x.nimsfw'].sort());
};
afterEach(expectNothingLeft);

async function refusalOf(bundle: Buffer): Promise<string> {
  writeFileSync(file, bundle);
  const error: unknown = await openRun(file).catch((reason: unknown) => reason);
  if (!(error instanceof LabError)) throw error instanceof Error ? error : new Error('it was opened');
  expect(error.message).not.toMatch(/\p{Cc}/u);
  return `${error.message.replaceAll(file, 'X')} [${error.code}]`;
}

const whole = 'take the bundle as nimsfw bundle has written it';

it('one whose manifest is that of another run is refused', async () => {
  const other = { ...result, run: { ...result.run, id: 'other' } };
  expect(await refusalOf(await honestBundle(filesOf(other)))).toBe(
    `X is not as it was bundled: its manifest is that of another run; ${whole} [BUNDLE_TAMPERED]`,
  );
});

it('an honest one is opened', async () => {
  writeFileSync(file, await honestBundle(filesOf(result)));
  const run = await openRun(file);
  run.close();
  expect(run.result).toEqual(result);
});

it.each<[string, () => Promise<Buffer> | Buffer, string]>([
  [
    'an archive of something else',
    async () => gzipSync(await tarOf([hello])),
    'X is no bundle of a run (it begins with "keys.log" and not with manifest.json); name a file that nimsfw bundle has written [NOT_A_BUNDLE]',
  ],
  [
    'a manifest that is not the first',
    async () => gzipSync(await tarOf([hello, { name: 'manifest.json', content: manifestOf([helloFact]) }])),
    'X is no bundle of a run (it begins with "keys.log" and not with manifest.json); name a file that nimsfw bundle has written [NOT_A_BUNDLE]',
  ],
  [
    'a text that was compressed',
    () => gzipSync('hello'.repeat(500)),
    'X is no bundle of a run (Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?); name a file that nimsfw bundle has written [NOT_A_BUNDLE]',
  ],
  [
    'nothing that was compressed',
    () => gzipSync(''),
    'X is no bundle of a run (it is empty); name a file that nimsfw bundle has written [NOT_A_BUNDLE]',
  ],
  [
    'a manifest that is no JSON',
    () => bundleOf('{', []),
    'X is no bundle of a run (its manifest is none: the top: Invalid input: expected object, received undefined); name a file that nimsfw bundle has written [NOT_A_BUNDLE]',
  ],
  [
    'a newer schema',
    () => bundleOf(manifestOf([], { schema: 'https://nimsfw-lab.example/bundle/2' }), []),
    `X has the schema "https://nimsfw-lab.example/bundle/2", and this nimsfw reads ${bundleSchemaId}; read it with the nimsfw that made it [OTHER_SCHEMA]`,
  ],
  [
    'a run of a newer schema',
    () => honestBundle({ 'result.json': JSON.stringify({ ...result, schema: `${resultSchemaId}0` }) }),
    `X/result.json has the schema ${resultSchemaId}0, and this nimsfw reads ${resultSchemaId}; measure again with this nimsfw [OTHER_SCHEMA]`,
  ],
  [
    'no run',
    () => honestBundle({ 'keys.log': 'hello' }),
    'cannot read X/events.jsonl (ENOENT); name a folder that nimsfw run --out has written [JOURNAL_UNREADABLE]',
  ],
  [
    'another content',
    () => bundleOf(manifestOf([fileFact('keys.log', 'hallo')]), [hello]),
    `X is not as it was bundled: "keys.log" has another content than by its manifest; ${whole} [BUNDLE_TAMPERED]`,
  ],
  [
    'a file that is missing',
    () => bundleOf(manifestOf([helloFact, fileFact('a', '')]), [hello]),
    `X is not as it was bundled: it lacks "a"; ${whole} [BUNDLE_TAMPERED]`,
  ],
  [
    'a file more',
    () => bundleOf(manifestOf([helloFact]), [hello, { name: 'more', content: 'x' }]),
    `X is not as it was bundled: it has "more", which is not in its manifest; ${whole} [BUNDLE_TAMPERED]`,
  ],
  [
    'the same file twice',
    () => bundleOf(manifestOf([helloFact]), [hello, hello]),
    `X is not as it was bundled: it has "keys.log", which is not in its manifest; ${whole} [BUNDLE_TAMPERED]`,
  ],
  [
    'the same file twice, also in the manifest',
    () => bundleOf(manifestOf([helloFact, helloFact]), [hello, hello]),
    `X is refused: its manifest has "keys.log" twice; ${whole} [BUNDLE_HOSTILE]`,
  ],
  [
    'a manifest among its files',
    () => bundleOf(manifestOf([fileFact('manifest.json', '')]), [{ name: 'manifest.json' }]),
    `X is refused: its manifest has "manifest.json" twice; ${whole} [BUNDLE_HOSTILE]`,
  ],
  [
    'a file that is a folder too',
    () => bundleOf(manifestOf([fileFact('a', ''), fileFact('a/b', '')]), [{ name: 'a' }, { name: 'a/b' }]),
    `X is refused: its manifest has "a" as a file and as a folder; ${whole} [BUNDLE_HOSTILE]`,
  ],
  [
    'files in another order',
    () => bundleOf(manifestOf([helloFact, fileFact('a', '')]), [{ name: 'a' }, hello]),
    `X is not as it was bundled: it has "a" where its manifest has "keys.log"; ${whole} [BUNDLE_TAMPERED]`,
  ],
  [
    'a size that lies',
    () => bundleOf(manifestOf([{ ...helloFact, size: 4 }]), [hello]),
    `X is not as it was bundled: "keys.log" has 5 bytes, and by its manifest 4; ${whole} [BUNDLE_TAMPERED]`,
  ],
  ...(['symlink', 'link', 'character-device', 'block-device', 'fifo', 'directory'] as const).map(
    (type): [string, () => Promise<Buffer>, string] => [
      `a ${type}`,
      () =>
        bundleOf(manifestOf([fileFact('keys.log', '')]), [
          { name: 'keys.log', type, linkname: '/etc/passwd' },
        ]),
      `X is refused: "keys.log" in it is a ${type} and no file; ${whole} [BUNDLE_HOSTILE]`,
    ],
  ),
  ...['../x', '/tmp/x', 'a/../../x', 'a\\..\\x', 'a\0/x', '\x1b[2Jx'].map(
    (path): [string, () => Promise<Buffer>, string] => [
      `the path ${JSON.stringify(path)}`,
      () => bundleOf(manifestOf([fileFact(path, 'x')]), [{ name: path, content: 'x' }]),
      `X is refused: its manifest has a path that leads elsewhere: ${JSON.stringify(path)}; ${whole} [BUNDLE_HOSTILE]`,
    ],
  ),
  [
    'a path that climbs out, of which the manifest says nothing',
    () => bundleOf(manifestOf([helloFact]), [{ name: '../../x', content: 'hello' }]),
    `X is not as it was bundled: it has "../../x" where its manifest has "keys.log"; ${whole} [BUNDLE_TAMPERED]`,
  ],
  [
    'sizes that no run has',
    () => bundleOf(manifestOf([{ ...helloFact, size: 2 ** 40 }]), [hello]),
    `X is refused: its files would have ${2 ** 40} bytes, and no run has more than ${2 ** 34}; ${whole} [BUNDLE_HOSTILE]`,
  ],
  [
    'a manifest of a GB',
    () => bombOf(headerOf('manifest.json', 2 ** 30), 2 ** 30),
    `X is refused: its manifest has ${2 ** 30} bytes, and none has more than ${longestManifest}; ${whole} [BUNDLE_HOSTILE]`,
  ],
  [
    'a bomb behind its last file',
    async () => {
      const tar = await tarOf([{ name: 'manifest.json', content: manifestOf([helloFact]) }, hello]);
      return bombOf(tar, 64 * 1024 * 1024);
    },
    `X is refused: it unfolds to more than the ${longestManifest + 1024 * 1024 + 5 + 4096} bytes that its manifest allows; ${whole} [BUNDLE_HOSTILE]`,
  ],
])('%s is refused', async (_, make, line) => {
  expect(await refusalOf(await make())).toBe(line);
});

it('a path of a tar that is longer than any header is refused', async () => {
  const name = `${'a/'.repeat(400)}x`;
  expect(await refusalOf(await bundleOf(manifestOf([fileFact(name, '')]), [{ name }]))).toMatch(
    /\[BUNDLE_HOSTILE\]$/,
  );
});

/** Returns the beginning of a tar whose first file claims this size. */
function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('0', 156);
  header.write('ustar\0' + '00', 257);
  header.write('        ', 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Compresses bytes with zeros behind them; a megabyte of them at a time, as members of one gzip file. */
function bombOf(start: Buffer, zeros: number): Buffer {
  const piece = gzipSync(Buffer.alloc(1024 * 1024));
  return Buffer.concat([gzipSync(start), ...Array.from({ length: zeros / 1024 / 1024 }, () => piece)]);
}

describe('whatever becomes of its bytes', () => {
  const files = { 'result.json': '{}', 'captures/a.pcap': 'some packets', 'keys.log': '' };
  let bundle: Buffer;
  beforeAll(async () => {
    bundle = await honestBundle(files);
  });

  /** Returns what is unpacked of these bytes; undefined if they are refused with a code of bundles. */
  async function unpacked(bytes: Buffer): Promise<Record<string, string> | undefined> {
    const into = mkdtempSync(join(temporary, 'into-'));
    writeFileSync(file, bytes);
    try {
      await unpack(file, into);
      return Object.fromEntries(
        readdirSync(into, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => join(parentPath, name))
          .map((path) => [path.slice(into.length + 1), readFileSync(path, 'utf8')]),
      );
    } catch (error) {
      expect(error).toMatchObject({
        code: expect.stringMatching(/^(?:NOT_A_BUNDLE|OTHER_SCHEMA|BUNDLE_(?:TRUNCATED|TAMPERED|HOSTILE))$/),
        message: expect.not.stringMatching(/\n/),
      });
      return undefined;
    } finally {
      rmSync(into, { recursive: true });
    }
  }

  it('the whole of it is unpacked', async () => {
    expect(await unpacked(bundle)).toEqual(files);
  });

  it('a beginning of it is none, wherever it ends', async () => {
    for (let length = 0; length < bundle.length; length++)
      expect([length, await unpacked(bundle.subarray(0, length))]).toEqual([length, undefined]);
  });

  it('a beginning of the tar in it is none, unless every file is in it', async () => {
    const tar = gunzipSync(bundle);
    const ends = tar.lastIndexOf('keys.log') + 512;
    for (let length = 0; length < tar.length; length += 128) {
      const got = await unpacked(gzipSync(tar.subarray(0, length)));
      if (length < ends) expect([length, got]).toEqual([length, undefined]);
      else expect([undefined, files]).toContainEqual(got);
    }
  });

  it('a bit of it is not changed unseen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(bundle);
        bytes[at]! ^= change;
        expect([undefined, files]).toContainEqual(await unpacked(bytes));
      }),
      { numRuns: 100 },
    );
  });

  it('a byte of the tar in it is not changed unseen, even if the checksum of gzip is made anew', async () => {
    const tar = gunzipSync(bundle);
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(tar);
        bytes[at]! ^= change;
        const got = await unpacked(gzipSync(bytes));
        // Of the manifest, a digest that is changed refuses its file; the other words decide nothing.
        expect([undefined, files]).toContainEqual(got);
      }),
      { numRuns: 100 },
    );
  });

  it('nothing is written outside of the folder, whatever its paths are', async () => {
    const name = fc.oneof(
      fc.constantFrom(
        '..',
        '../..',
        '.',
        '/',
        'x',
        'a/b',
        '\0',
        'c:\\x',
        `/proc/self/cwd/x`,
        `${folder}/outside`,
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(path, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (paths, isTold) => {
          const entries = paths.map((one): ArchiveEntry => ({ name: one, content: 'x' }));
          const told = manifestOf(paths.map((one) => fileFact(isTold ? one : 'x', 'x')));
          await unpacked(await bundleOf(told, entries));
          expectNothingLeft();
        },
      ),
      { numRuns: 100 },
    );
  });
});
