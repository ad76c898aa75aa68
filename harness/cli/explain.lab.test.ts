import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { cli, temporaryFolder } from '../testing/cli';

const folder = temporaryFolder();

it('explains a run just made: the times are those of the captures, and its commands show the packets', async () => {
  const out = join(folder, 'out');
  const chosen = ['register', '--firewall', '3', '--suite', 'aes', '--out', 'out'];
  expect(await cli(['run', ...chosen], { cwd: folder })).toMatchObject({ exitCode: 0 });
  const { exitCode, stdout } = await cli(['explain', '3', '--run', out], { cwd: folder });
  expect(exitCode).toBe(0);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /REGISTER, UDP [\d.]+:\d+ to [\d.]+:5060, dropped at fw-3 by `sip-ports` [\d.]+ ms after it was sent; step 2 began [\d.]+ m?s later/,
  );
  const commands = [...stdout.matchAll(/^ +(tshark (?:(?!'\n)[^])*')$/gm)].map(([, command]) => command!);
  const shown = commands.map((command) =>
    execFileSync('/bin/sh', ['-c', command], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  expect(shown[0]).toContain('Prefix: sip-ports');
  expect(shown[0]).toContain('Request-Line: REGISTER ');
  // What TLS carried is in the clear, without any option.
  expect(shown.at(-1)).toMatch(/ SIP \d+ Status: 200 OK \(REGISTER\)/);
}, 120_000);
