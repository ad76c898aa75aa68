import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretsKeptIn } from './kept-secrets';
import { setUp } from './setup';

let folder: string;
let folders: { nodes: string; secrets: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nimsfw-setup-'));
  folders = { nodes: join(folder, 'nodes'), secrets: folder };
});
afterEach(() => rmSync(folder, { recursive: true }));

const contents = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folders.nodes, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, `${statSync(file).mtimeMs} ${readFileSync(file, 'utf8')}`]),
  );

test('gives every node its files, and done again changes none, not even by writing the same', async () => {
  // The lab has 12 firewalls and 12 UEs, 3 proxies and 6 nodes of the core.
  expect(await setUp(folders)).toBe('33 nodes have their files');
  expect(readdirSync(folders.nodes)).toHaveLength(33);
  expect(readdirSync(join(folders.nodes, 'turn')).sort()).toEqual([
    'start',
    'tls.crt',
    'tls.key',
    'turnserver.conf',
  ]);
  const before = contents();
  await setUp(folders);
  expect(contents()).toEqual(before);

  // No other user can read the secrets. The CA's key is not kept, so the keys are those of the P-CSCF, the TURN
  // server and the interception CA.
  const file = join(folder, 'secrets.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8').match(/BEGIN PRIVATE KEY/g)).toHaveLength(3);
});

test('two labs have no secret in common', async () => {
  const [one, other] = await Promise.all(
    ['one', 'other'].map((name) => secretsKeptIn(join(folder, name), ['a@x'])),
  );
  expect(one!.passwordOf('a@x')).not.toBe(other!.passwordOf('a@x'));
  expect(one!.trustAnchor).not.toBe(other!.trustAnchor);
});

describe('secrets that are there already', () => {
  const remedy = 'docker-compose down -v, then up again, makes all of it anew';
  const file = (): string => join(folder, 'secrets.json');

  test('of another version', async () => {
    writeFileSync(file(), '{"trustAnchor":"');
    const error = {
      code: 'SETUP_OUTDATED',
      message: `the lab's secrets were made by another version of nimsfw-lab; ${remedy}`,
    };
    await expect(secretsKeptIn(file(), [])).rejects.toMatchObject(error);
  });

  test('made before a subscriber was, or expired', async () => {
    await secretsKeptIn(file(), ['old@x']);
    const outdated = { code: 'SETUP_OUTDATED' };
    await expect(secretsKeptIn(file(), ['old@x', 'new@x'])).rejects.toMatchObject(outdated);
    const twoDays = 2 * 24 * 3600 * 1000;
    await expect(secretsKeptIn(file(), [], Date.now() + twoDays - 60_000)).resolves.toBeDefined();
    await expect(secretsKeptIn(file(), [], Date.now() + twoDays + 60_000)).rejects.toMatchObject({
      code: 'CERTIFICATES_EXPIRED',
      message: expect.stringMatching(/^the lab's certificates expired on .* GMT; /) as string,
    });
  });
});
