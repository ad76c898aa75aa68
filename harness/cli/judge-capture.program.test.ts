import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../evidence/testing/attempts';
import { pcap, recordAt, sipRegister, udp } from '../evidence/testing/builders';
import { linkTypes } from '../evidence/pcap';
import { cli, temporaryFolder, type Finished } from '../testing/cli';

const folder = temporaryFolder();
const ue = { ip: '10.0.0.7', port: 5060 };
const pcscf = { ip: '192.0.2.10', port: 5060 };
const ok = 'SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n';

function captured(name: string, ...packets: Buffer[]): string {
  const file = join(folder, name);
  const records = packets.map((bytes, index) => recordAt(start + index * 20, bytes));
  writeFileSync(file, pcap(records, { linkType: linkTypes.raw }));
  return file;
}

const judge = (...args: string[]): Promise<Finished> => cli(['judge', ...args], { cwd: folder });

it('explains a registration that got through', async () => {
  captured('ok.pcap', udp(ue, pcscf, sipRegister()), udp(pcscf, ue, ok));
  expect(await judge('--capture', 'ok.pcap')).toEqual({
    exitCode: 0,
    stdout: `ok.pcap: the UE is 10.0.0.7, with 1 try

 1  step 1, UDP 5060: 10.0.0.7:5060 to 192.0.2.10:5060, from frame 1 on
    - REGISTER was answered 200 OK 20 ms after the first was sent

It got through over UDP 5060 (step 1), at the first try.

Not known
  - whether the network can reach the UE: no NOTIFY of its registration came
`,
    stderr: '',
  });
});

it('says of one without an answer what it cannot know, and exits as of what could not be judged', async () => {
  captured('silent.pcap', udp(ue, pcscf, sipRegister()));
  const { exitCode, stdout } = await judge('--capture', 'silent.pcap', '--ue', '10.0.0.7');
  expect(exitCode).toBe(2);
  expect(stdout).toContain('    - no answer came to REGISTER, sent once\n');
  expect(stdout).toContain(`
Not known
  - whether anything was blocked: this capture is of one place, where a dropped
    packet, a lost one and a server that is down look the same. A capture on the
    other side of the firewall at the same time, or the log of what the firewall
    denies, would tell
`);
  const json = await judge('--capture', 'silent.pcap', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ ue: '10.0.0.7', isThrough: false, tries: [{ step: 1 }] });
});

it.each([
  [
    ['--capture', 'nowhere.pcap'],
    'cannot read nowhere.pcap (ENOENT); name a capture, pcap or pcapng [CAPTURE_UNREADABLE]',
  ],
  [['--capture', '.'], 'cannot read . (it is no file); name a capture, pcap or pcapng [CAPTURE_UNREADABLE]'],
  [
    ['--capture', 'empty.pcap'],
    'empty.pcap has nothing of SIP, TURN or TLS on port 443 in it that a UE begins; capture while the phone registers [NOTHING_OF_LADDER]',
  ],
  [
    ['--capture', 'empty.pcap', '--keys', 'nowhere.log'],
    'cannot read the TLS secrets nowhere.log (ENOENT); check the path [KEYS_UNREADABLE]',
  ],
  [
    ['--capture', 'empty.pcap', 'a-run'],
    'a run (a-run) and a capture cannot be judged together; leave one out [USAGE]',
  ],
  [['--ue', '10.0.0.7'], 'there is nothing to judge; name a run, or a capture with --capture [USAGE]'],
  [['a-run', '--ue', '10.0.0.7'], '--ue belongs to --capture; leave it out, or name a capture [USAGE]'],
])('refuses %j in one line', async (args, message) => {
  captured('empty.pcap');
  expect(await judge(...args)).toEqual({ exitCode: 3, stdout: '', stderr: `nimsfw: ${message}\n` });
});
