import { execFileSync } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../evidence/testing/attempts';
import { nflog, pcap, recordAt, sipRegister, udp } from '../evidence/testing/builders';
import type { EvidenceOf } from '../evidence/evidence';
import type { RunResult } from '../judge/result';
import { attempt, cell, claim, run } from '../report/result-fixture';
import { cli, temporaryFolder, type Finished } from '../testing/cli';

const folder = temporaryFolder();
const ue = { ip: '10.89.3.2', port: 32768 };
const pcscf = { ip: '198.18.0.10', port: 5060 };
const way = { protocol: 'udp', local: ue, remote: pcscf } as const;

const drop: EvidenceOf<'drop'> = {
  ...{ kind: 'drop', firewall: 'fw-3', rule: 'sip-ports', statement: 'UDP to the SIP ports', decisive: true },
  ...{ chain: 'forward', at: start + 3, matchedBy: 'five-tuple', socket: way, count: 1, lastAt: start + 3 },
  packet: {
    ...{ protocol: 'udp', src: ue.ip, sport: ue.port, dst: pcscf.ip, dport: pcscf.port },
    summary: 'SIP REGISTER',
  },
  ...{ capture: 'captures/3-denied.pcap', frame: 2 },
};
const refused = attempt('1 udp:5060', 'blocked', {
  ...{ startedAt: start, endedAt: start + 5, witness: { end: 'abandoned', code: 'ABANDONED' } },
  ...{ evidence: [drop], sockets: [{ at: start, ...way }] },
});
const expected = cell(
  '3/register/aes',
  [refused, attempt('3 tls:443', 'passed', { startedAt: start + 44 })],
  3,
);
const open = cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1);
const ruleset = [
  'table ip nimsfw {',
  '  chain deny-sip-ports {',
  '    counter log prefix "sip-ports" group 5 drop',
  '  }',
  '  chain forward {',
  '    udp dport { 5060, 5061 } goto deny-sip-ports',
  '  }',
  '}',
];

/** Makes the folder of a run, with the second of two packets that the firewall denied being the one of the evidence. */
function runIn(path: string, result: RunResult, withFiles = true): string {
  const out = join(folder, path);
  for (const name of ['captures', 'nodes/fw-3']) mkdirSync(join(out, name), { recursive: true });
  writeFileSync(join(out, 'result.json'), JSON.stringify(result));
  if (!withFiles) return out;
  const packets = ['other-call', 'own-call'].map((callId) => udp(ue, pcscf, sipRegister({ callId })));
  const records = packets.map((packet, index) =>
    recordAt(start + index, nflog(packet, { prefix: 'sip-ports' })),
  );
  writeFileSync(join(out, 'captures/3-denied.pcap'), pcap(records));
  writeFileSync(join(out, 'nodes/fw-3/ruleset.nft'), ruleset.join('\n'));
  return out;
}

const explain = (...args: string[]): Promise<Finished> => cli(['explain', ...args], { cwd: folder });
runIn("runs/the run's", run([open, expected]));

it('explains a cell: its sentence, each attempt with its own, the rule, and the packet', async () => {
  const { exitCode, stdout, stderr } = await explain('3/register/aes');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe(`3/register/aes: expected
  Step 3 got through, as expected, over TLS 443 in 250 ms; step 1 was blocked
  (sip-ports)

  step 1, UDP 5060: blocked
    REGISTER, UDP 10.89.3.2:32768 to 198.18.0.10:5060, dropped at fw-3 by
    \`sip-ports\` 3 ms after the attempt began; step 3 began 41 ms later
    rule    sip-ports of fw-3: UDP to the SIP ports
            chain deny-sip-ports {
              counter log prefix "sip-ports" group 5 drop
            }
            chain forward {
              udp dport { 5060, 5061 } goto deny-sip-ports
            }
    packet  frame 2 of captures/3-denied.pcap
            tshark -r 'runs/the run'\\''s/captures/3-denied.pcap' -V \\
              -Y 'frame.number == 2'
    packet  all of its packets, captures/3-ue-side.pcap, which is not in this
            run

  step 3, TLS 443: passed
    Got through over TLS 443 in 250 ms
`);
});

it('prints a tshark command that shows the packet, in the working directory', async () => {
  const { stdout } = await explain('3/*');
  const [, command = ''] = /^ +(tshark (?:.*\\\n)*.*)$/m.exec(stdout) ?? [];
  const shown = execFileSync('/bin/sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
  expect(shown).toContain('Frame 2: ');
  expect(shown).toContain('Prefix: sip-ports');
  expect(shown).toContain('Call-ID: own-call');
  expect(shown).not.toContain('other-call');
});

it('without a cell says that all is as expected, and how to ask for one', async () => {
  expect(await explain()).toEqual({
    exitCode: 0,
    stdout: `All 2 cells of runs/the run's are as expected. To have one explained:\n  nimsfw explain 0/register/aes --run 'runs/the run'\\''s'\n`,
    stderr: '',
  });
});

describe('without a cell', () => {
  const wrong = cell('0/register/aes', [attempt('1 udp:5060', 'failed', { expected: 'passed' })], null, {
    ...{ expected: 1, outcome: 'unexpected' },
  });
  const skipped = cell('8/register/aes', [], null, { outcome: 'skipped' });

  it('explains everything that is not as expected, in the newest run', async () => {
    const path = runIn(
      'runs/newer',
      run([wrong, expected, skipped], [claim('I1', 'contradicted', [wrong.id])]),
      false,
    );
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(path, 'result.json'), later, later);
    const { exitCode, stdout } = await explain();
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`2 of 3 cells of runs/newer are not as expected:

0/register/aes: unexpected
  Nothing got through, expected step 1; step 1 by UDP 5060: failed after 250 ms:
  dropped by sip-ports; nothing shows that a firewall or a proxy refused it, so
  the phone, a server or the lab is at fault; it was expected to get through

  step 1, UDP 5060: failed !
    Failed after 250 ms: dropped by sip-ports; nothing shows that a firewall or
    a proxy refused it, so the phone, a server or the lab is at fault; it was
    expected to get through

8/register/aes: skipped
  It was not measured: the run ended before it was finished

Claim I1 is contradicted: Sentence I1. It rests on 0/register/aes
`);
  });
});

it('explains a result that is alone, and says what it has not got', async () => {
  const { stdout } = await explain('3', '--run', "runs/the run's/result.json");
  expect(stdout).toContain('frame 2 of captures/3-denied.pcap, which is not in this run\n');
  expect(stdout).toContain('its nftables text is not in this run\n');
  expect(stdout).not.toContain('tshark');
});

it('explains a bundle, with the command that unpacks it for the others', async () => {
  expect(await cli(['bundle', "runs/the run's", '-o', 'one.nimsfw'], { cwd: folder })).toMatchObject({
    exitCode: 0,
  });
  const { stdout } = await explain('3/register/aes', '--run', 'one.nimsfw');
  const [, unpack = ''] = /^ +(mkdir .*)$/m.exec(stdout) ?? [];
  const [, command = ''] = /^ +(tshark (?:.*\\\n)*.*)$/m.exec(stdout) ?? [];
  const shown = execFileSync('/bin/sh', ['-c', `${unpack} && ${command}`], { cwd: folder, encoding: 'utf8' });
  expect(shown).toContain('Call-ID: own-call');
});

it('as JSON has the same for programs', async () => {
  const { stdout } = await explain('3/register/aes', '--run', "runs/the run's", '--json');
  const { cells } = JSON.parse(stdout) as { cells: { brief: string; attempts: { packets: unknown }[] }[] };
  expect(cells[0]!.brief).toBe('1: sip-ports');
  expect(cells[0]!.attempts[0]!.packets).toEqual([
    {
      ...{ capture: 'captures/3-denied.pcap', frame: 2 },
      command: ['tshark', '-r', "runs/the run's/captures/3-denied.pcap", '-V', '-Y', 'frame.number == 2'],
    },
    { capture: 'captures/3-ue-side.pcap' },
  ]);
});

it.each([
  [
    ['3/regster/aes', '--run', "runs/the run's"],
    'the run has no cell "3/regster/aes"; did you mean 3/register/aes? It has 0/register/aes, 3/register/aes [UNKNOWN_CELL]',
  ],
  [
    ['--run', 'nowhere'],
    'there is no run at nowhere (ENOENT); name a folder that nimsfw run --out has written',
  ],
])('refuses %j in one line', async (args, message) => {
  const { exitCode, stdout, stderr } = await explain(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
  expect(stderr).toMatch(/^nimsfw: .*\]\n$/);
  expect(stderr).toContain(message);
});

it('says where there is no run yet', async () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  expect(await cli(['explain'], { cwd: empty })).toEqual({
    exitCode: 3,
    stdout: '',
    stderr:
      'nimsfw: there is no run in runs/ here; name one with --run, or measure with nimsfw run [NO_RUN_YET]\n',
  });
});
