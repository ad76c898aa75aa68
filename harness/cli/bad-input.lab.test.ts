import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, finished, start, temporaryFolder, type CliOptions, type Finished } from '../testing/cli';
import {
  machineWithout,
  machineWithoutUserNamespaces,
  machineWithSmallDisk,
  ordinaryUser,
} from '../testing/places';

/**
 * Every mistake of a user gives one line with a code and the remedy, and exit code 3, and leaves nothing
 * behind.
 */

const folder = temporaryFolder();
/** The folder for temporary files of the command; no other program uses it. */
const temporary = temporaryFolder();
const out = join(folder, 'out');

function nimsfw(args: readonly string[], options: CliOptions = {}): Promise<Finished> {
  return cli(args, { ...options, env: { TMPDIR: temporary } });
}

async function refused(
  args: readonly string[],
  line: string | RegExp,
  options: CliOptions = {},
): Promise<void> {
  const { exitCode, stdout, stderr } = await nimsfw(args, options);
  expect({ exitCode, stdout, lines: stderr.split('\n').length }).toEqual({
    exitCode: 3,
    stdout: '',
    lines: 2,
  });
  if (typeof line === 'string') expect(stderr).toBe(`nimsfw: ${line}\n`);
  else expect(stderr).toMatch(line);
  expect(readdirSync(temporary)).toEqual([]);
  expect(existsSync(out)).toBe(false);
}

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('names', () => {
  it.each([
    [
      ['run', 'registr'],
      'there is no scenario "registr"; did you mean register? Take one of register, relay, message, call, msrp, access-change, keepalive [UNKNOWN_SCENARIO]',
    ],
    [
      ['run', '--firewall', 'close'],
      'there is no firewall "close"; did you mean closed? Take one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, closed, intercepting [UNKNOWN_FIREWALL]',
    ],
    [
      ['run', '--suite', 'nul'],
      'there is no suite "nul"; did you mean null? Take one of aes, null, modern [UNKNOWN_SUITE]',
    ],
    [
      ['run', '--security', 'akka'],
      'there is no security "akka"; did you mean aka? Take one of digest, aka [UNKNOWN_SECURITY]',
    ],
    [
      ['run', '--security', 'aka,'],
      'a security in the list has no name; take one of digest, aka [UNKNOWN_SECURITY]',
    ],
    [['run', '--step', '4'], 'there is no step "4"; take one of 1, 2, 3 [UNKNOWN_STEP]'],
    [
      ['run', '--reporter', 'jsno'],
      'there is no reporter "jsno"; did you mean json? Take one of line, verbose, markdown, json, junit, github, html, csv, latex, svg, or the path of your own [UNKNOWN_REPORTER]',
    ],
    [
      ['up', '--firewall', 'interceptin'],
      'there is no firewall "interceptin"; did you mean intercepting? Take one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, closed, intercepting [UNKNOWN_FIREWALL]',
    ],
  ])('%j', (args, line) => refused([...args, ...(args[0] === 'run' ? ['--out', out] : [])], line));
});

describe('usage', () => {
  it.each([
    [['frobnicate'], /^nimsfw: unknown command 'frobnicate'.* \[USAGE\]\n$/],
    [['run', '--frob'], /^nimsfw: unknown option '--frob'.* \[USAGE\]\n$/],
    [
      ['run', '--security', 'aka', '--security', 'digest'],
      /^nimsfw: --security is given twice; give it once, several values with a comma; nimsfw --help shows the usage \[USAGE\]\n$/,
    ],
    [['run', '--calls-at-once', 'all'], /^nimsfw: .*whole number from 1 to 1000.* \[USAGE\]\n$/],
    [['run', '--repeat', '0'], /^nimsfw: .*whole number from 1 to 1000.* \[USAGE\]\n$/],
    [['run', '--ladder', 'up'], /^nimsfw: .*Allowed choices are all, stop.* \[USAGE\]\n$/],
    [['capture', 'fw-6'], /^nimsfw: required option '-w, --write <file>' not specified.* \[USAGE\]\n$/],
    [['exec', 'ue-6'], /^nimsfw: missing required argument 'command'.* \[USAGE\]\n$/],
  ])('%j', (args, line) => refused(args, line));
});

describe('a catalogue', () => {
  it('that is not there', () =>
    refused(
      ['run', '--catalogue', join(folder, 'none.yaml'), '--out', out],
      `cannot read the catalogue ${join(folder, 'none.yaml')} (ENOENT); check its path [CATALOGUE_UNREADABLE]`,
    ));

  it('that is no YAML', async () => {
    const name = file('no.yaml', 'firewalls: [');
    await refused(
      ['run', '--catalogue', name, '--out', out],
      /^nimsfw: .*no\.yaml:1: is not YAML: .*docs\/firewalls\.md shows the form \[CATALOGUE_MALFORMED\]\n$/,
    );
  });

  it('with a misspelt knob, by its line and path', async () => {
    const text = 'firewalls:\n  - id: mine\n    title: t\n    summary: s\n    knobs:\n      nabt: true\n';
    await refused(
      ['run', '--catalogue', file('knob.yaml', text), '--out', out],
      /^nimsfw: .*knob\.yaml:6: firewalls\[0\]\.knobs\.nabt: .*napt.* \[CATALOGUE_MALFORMED\]\n$/,
    );
  });
});

describe('--out', () => {
  it('where a file is in the way', () =>
    refused(
      ['run', '--out', file('in-the-way', '')],
      `cannot write to ${join(folder, 'in-the-way')} (EEXIST); choose another folder with --out [OUT_NOT_WRITABLE]`,
    ));

  it('in a folder that an ordinary user may not write to', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    chmodSync(folder, 0o755);
    const user = ordinaryUser(home);
    // Only root may add files to this folder, which belongs to a file system of the kernel.
    const argv = user.command(['run', '--out', '/sys/kernel/out']);
    expect(await finished(start(argv))).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /^nimsfw: cannot write to \/sys\/kernel\/out \((EACCES|EPERM|EROFS)\); choose another folder with --out \[OUT_NOT_WRITABLE\]\n$/,
      ) as string,
    });
  });

  it('that is removed while the run goes on', async () => {
    const gone = join(folder, 'gone');
    const reporter = join(folder, 'mover.mjs');
    // The run moves its folder itself, so that it cannot have ended before.
    const code = `import { existsSync, renameSync } from 'node:fs';
      export default ({ out }) => ({
        onEvent({ type }) {
          if (type === 'attempt' && existsSync(out)) renameSync(out, out + '-away');
        },
      });`;
    writeFileSync(reporter, code);
    const { exitCode, stderr } = await nimsfw([
      'run',
      '--firewall',
      '0',
      '--reporter',
      reporter,
      '--out',
      gone,
    ]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: `nimsfw: cannot write to ${gone} (ENOENT); choose another folder with --out [OUT_NOT_WRITABLE]\n`,
    });
  });

  // The configurations of the nodes do not fit in 64 KiB. They fit in 400 KiB, but the captures do not.
  it.each([64, 400])('on a full disk (%d KiB) ends with the reason, not with a stack trace', async (kib) => {
    const small = join(folder, `small-${kib}`);
    mkdirSync(small);
    const { exitCode, stderr } = await nimsfw(
      ['run', '--firewall', '0-3', '--reporter', 'json', '--out', small],
      {
        place: machineWithSmallDisk(small, kib),
      },
    );
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: `nimsfw: cannot write to ${small} (ENOSPC); make room, or choose another folder with --out [OUT_NOT_WRITABLE]\n`,
    });
  });
});

describe('a machine', () => {
  it.each([
    ['kamailio', 'kamailio', 'kamailio'],
    ['turnserver', 'turnserver', 'coturn'],
    ['squid', 'squid', 'squid-openssl'],
    ['tcpdump', 'tcpdump', 'tcpdump'],
    ['nft', 'nft', 'nftables'],
  ])('without %s', (_name, program, debianPackage) =>
    refused(
      ['run', '--out', out],
      `the program ${program} is not installed; as root: apt-get install --no-install-recommends ${debianPackage} [MISSING_PROGRAM]`,
      { place: machineWithout([program]) },
    ),
  );

  it('without them is told so by up too, and of all that is missing at once', () =>
    refused(
      ['up'],
      'the program kamailio, the program squid are not installed; as root: ' +
        'apt-get install --no-install-recommends kamailio squid-openssl [MISSING_PROGRAM]',
      { place: machineWithout(['kamailio', 'squid']) },
    ));

  it('needs no proxy program for firewalls without a proxy', async () => {
    const { exitCode, stdout, stderr } = await nimsfw(
      ['run', 'register', '--firewall', '0', '--suite', 'aes', '--out', join(folder, 'no-proxy')],
      {
        place: machineWithout(['squid']),
      },
    );
    // What was not as expected is in the output.
    expect({ exitCode, said: exitCode === 0 ? '' : `${stdout}${stderr}` }).toEqual({ exitCode: 0, said: '' });
  });

  it('that switched user namespaces off', async () => {
    chmodSync(temporary, 0o777);
    chmodSync(folder, 0o777);
    await refused(
      ['run', '--out', join(folder, 'off')],
      /^nimsfw: .*user namespaces.*sysctl.* \[USER_NAMESPACES_OFF\]\n$/,
      { place: machineWithoutUserNamespaces },
    );
    expect(readdirSync(folder)).not.toContain('off');
  });
});
