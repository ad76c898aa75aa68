import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { builtInCatalogue } from '../../../../firewalls/catalogue';
import { shellWord } from '../../../../nodes/shell-word';
import type { RunSecrets } from '../../../../nodes/run-secrets';
import { makeSecrets } from '../../secrets';
import { nodeFiles } from './node-files';

test('sh reads a word back as it was', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'grapheme' })), (word) => {
      // No argument of a program can contain a NUL.
      fc.pre(!word.includes('\0'));
      const read = execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' });
      expect(read).toBe(word);
    }),
    { numRuns: 50, examples: [[''], ["it's"], ["'"], ['$(id) `id` "x" \\ \n;&|']] },
  );
});

describe('how nodes start', () => {
  let secrets: RunSecrets;
  let given: ReturnType<typeof nodeFiles>;
  beforeAll(async () => {
    secrets = await makeSecrets({ interception: true });
    given = nodeFiles(builtInCatalogue, secrets);
  });

  test('every script is one that sh can read', () => {
    for (const [node, files] of given) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: files['start'], encoding: 'utf8' });
      expect([node, status, stderr]).toEqual([node, 0, '']);
    }
  });

  test('a firewall filters before it has the address that its neighbours send to', () => {
    for (const { id } of builtInCatalogue) {
      const lines = given.get(`fw-${id}`)!['start']!.split('\n');
      const filters = lines.findIndex((line) => line.startsWith('nft -f'));
      const takesAddress = lines.findIndex((line) => line.startsWith('ip addr add'));
      expect(filters).toBeGreaterThan(0);
      expect(takesAddress).toBeGreaterThan(filters);
      expect(lines.at(-2)).toBe(`exec ulogd -c /run/nimsfw/fw-${id}/ulogd.conf`);
    }
  });

  test('a ruleset has the names of interfaces to be put in, and the script puts in each', () => {
    for (const { id } of builtInCatalogue) {
      const files = given.get(`fw-${id}`)!;
      const named = new Set(
        [...files['ruleset.nft']!.matchAll(/[io]ifname "([^"]*)"/g)].map(([, name]) => name),
      );
      for (const name of named) {
        expect(['@if0', '@if1']).toContain(name);
        expect(files['start']).toContain(`s/${name}/$${name!.slice(1)}/g`);
      }
    }
  });

  test('no node is given what another keeps secret', () => {
    const holders = (secret: string): string[] =>
      [...given]
        .filter(([, files]) => Object.values(files).some((text) => text.includes(secret)))
        .map(([id]) => id);
    expect(holders(secrets.certificates['pcscf']!.privateKey)).toEqual(['pcscf']);
    expect(holders(secrets.certificates['turn']!.privateKey)).toEqual(['turn']);
    expect(holders(secrets.interception!.privateKey)).toEqual(['proxy-intercepting']);
    const impi = 'ue-6@ims.mnc001.mcc001.3gppnetwork.org';
    expect(holders(secrets.cardOf(impi).k).sort()).toEqual(['hss', 'ue-6']);
    expect(holders(secrets.passwordOf(impi)).sort()).toEqual(['hss', 'ue-6']);
  });
});
