import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knobsSchema } from '../../firewalls/knobs';
import { frameIn } from '../evidence/frame-in';
import { linkTypes } from '../evidence/pcap';
import { nflog, pcap, recordAt, tcp, udp, type PcapRecord } from '../evidence/testing/builders';
import type { LabError } from '../lab/lab-error';
import { temporaryFolder } from '../testing/cli';
import { makeNetworkCapture } from './network-capture';
import { NetworkCaptureFiles } from './network-capture-files';

/** What tshark reads in the capture of an access network, of captures that the test makes. */

const folder = temporaryFolder();
const ue = { ip: '10.89.6.2', port: 32768 };
const nat = { ip: '198.19.6.1', port: 40000 };
const pcscf = { ip: '198.19.0.10', port: 5060 };
const begin = 1_795_424_000_000;
const knobs = knobsSchema.parse({ udp: 'none', tcp: { only: [80, 443] } });
const firewall = { id: '6', knobs };

/** Makes a run's folder with these captures. */
function runWith(name: string, captures: Readonly<Record<string, Buffer>>, keyLog = ''): string {
  const made = join(folder, name);
  mkdirSync(join(made, 'captures'), { recursive: true });
  for (const [file, bytes] of Object.entries(captures)) writeFileSync(join(made, 'captures', file), bytes);
  writeFileSync(join(made, 'keys.log'), keyLog);
  return made;
}

const raw = (...records: readonly PcapRecord[]): Buffer => pcap(records, { linkType: linkTypes.raw });
const after = (ms: number, packet: Buffer): PcapRecord => recordAt(begin + ms, packet);
const marker = 'nimsfw-marker-5f0c';

const captures = {
  '6-ue-side.pcap': raw(
    after(0, udp(ue, pcscf, 'one')),
    after(20, tcp(ue, { ...pcscf, port: 443 }, 'S')),
    after(90.001, udp({ ip: '10.89.6.1', port: 5000 }, { ip: ue.ip, port: 9 }, marker)),
  ),
  '6-core-side.pcap': raw(after(21, tcp(nat, { ...pcscf, port: 443 }, 'S'))),
  '6-denied.pcap': pcap([
    after(0.5, nflog(udp(ue, pcscf, 'one'), { prefix: 'udp-not-allowed' })),
    after(50, nflog(udp(ue, { ip: '127.0.0.1', port: 9 }, marker), { prefix: 'marker' })),
    after(60, nflog(udp(ue, pcscf, 'two'), { prefix: 'a-rule-of-nobody' })),
  ]),
};

/** Reads the fields of each packet with tshark. */
const tshark = (file: string, ...fields: readonly string[]): string[] =>
  execFileSync('tshark', ['-r', file, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .trimEnd()
    .split('\n');

const ofLab = 'a marker of the lab, which shows how far the capture has come; nothing of the UE';

it('has all captures as interfaces, in the order of time, with the rule at each denied packet', async () => {
  const run = runWith('whole', captures);
  await makeNetworkCapture(run, firewall);
  expect(readdirSync(join(run, 'captures'))).toEqual([
    ...['6-core-side.pcap', '6-denied.pcap', '6-ue-side.pcap', '6.pcapng'],
  ]);
  const file = join(run, 'captures/6.pcapng');
  const fields = ['frame.number', 'frame.time_epoch', 'frame.interface_name', 'frame.comment'];
  expect(tshark(file, ...fields).map((line) => line.split('\t'))).toEqual([
    ['1', '1795424000.000000000', 'ue', ''],
    ['2', '1795424000.000500000', 'denied', 'fw-6 denied it by udp-not-allowed: any UDP'],
    ['3', '1795424000.020000000', 'ue', ''],
    ['4', '1795424000.021000000', 'firewall-outside', ''],
    ['5', '1795424000.050000000', 'denied', ofLab],
    ['6', '1795424000.060000000', 'denied', ''],
    ['7', '1795424000.090001000', 'ue', ofLab],
  ]);
  expect(new Set(tshark(file, 'frame.interface_description'))).toEqual(
    new Set([
      'at the UE (captures/6-ue-side.pcap)',
      'at the firewall, on the side of the core (captures/6-core-side.pcap)',
      'what the firewall denied, each packet with the rule (captures/6-denied.pcap)',
    ]),
  );
  // Frame 3 of the denied ones is a packet that a reader finds there as frame 6.
  expect(await frameIn(file, 'denied', 3)).toBe(6);
  expect(await frameIn(file, 'ue', 1)).toBe(1);
  expect(await frameIn(file, 'ue', 4)).toBeUndefined();
  expect(await frameIn(file, 'proxy', 1)).toBeUndefined();
});

it('is made of what is there when the run was killed', async () => {
  const run = runWith('killed', {
    '6-ue-side.pcap': captures['6-ue-side.pcap'].subarray(0, -3),
    '6-core-side.pcap': Buffer.alloc(0),
  });
  await makeNetworkCapture(run, firewall);
  expect(tshark(join(run, 'captures/6.pcapng'), 'frame.interface_name')).toEqual(['ue', 'ue']);
});

it('is not made of nothing', async () => {
  const run = runWith('nothing', { '6-ue-side.pcap': Buffer.alloc(0) });
  await makeNetworkCapture(run, firewall);
  expect(existsSync(join(run, 'captures/6.pcapng'))).toBe(false);
});

describe('a capture that cannot be read', () => {
  const run = runWith('garbled', {
    ...captures,
    '6-denied.pcap': Buffer.concat([pcap([]), Buffer.alloc(16, 0xff)]),
  });
  const line = `cannot write ${run}/captures/6.pcapng (captures/6-denied.pcap: a record of the capture claims 4294967295 bytes), which has the captures of fw-6 in one; open them one by one, or mend that and let nimsfw report ${run} make it`;

  it('leaves no part of a file', async () => {
    await expect(makeNetworkCapture(run, firewall)).rejects.toThrow(
      expect.objectContaining({ code: 'CAPTURE_NOT_MERGED', message: line }),
    );
    expect(readdirSync(join(run, 'captures'))).toHaveLength(3);
  });

  it('is told of once and keeps no other file from being made', async () => {
    writeFileSync(join(run, 'captures/0-ue-side.pcap'), captures['6-ue-side.pcap']);
    const told: string[] = [];
    const files = new NetworkCaptureFiles(run, ({ message }: LabError) => told.push(message));
    files.begin(firewall);
    await files.makeMissing([firewall, { ...firewall, id: '0' }]);
    expect(told).toEqual([line]);
    expect(existsSync(join(run, 'captures/0.pcapng'))).toBe(true);
  });
});
