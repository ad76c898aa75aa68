import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { issue, makeCa } from '../../nodes/ue/testing/certificates';
import * as programs from '../../nodes/installation';
import { TestFolder } from '../../nodes/ue/testing/folder';
import { capturedItems } from '../evidence/captured-items';
import { knobsSchema } from '../../firewalls/knobs';
import { frameIn } from '../evidence/testing/frame-in';
import { linkTypes } from '../evidence/pcap';
import { nflog, pcap, recordAt, sipRegister, tcp, udp, type PcapRecord } from '../evidence/testing/builders';
import {
  captureOf,
  clientEnd,
  segmentsOf,
  serverEnd,
  talkTls,
  type WireChunk,
} from '../evidence/testing/tls-talk';
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

describe('TLS at the UE', () => {
  const certificates = new TestFolder();
  afterAll(() => certificates[Symbol.dispose]());
  const { certificate: cert, keyFile } = issue(certificates, makeCa(certificates, 'own'), 'pcscf.example');
  const context = createSecureContext({ cert, key: readFileSync(keyFile), ciphers: 'ALL:@SECLEVEL=0' });
  const suite = { ciphers: 'AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const;
  const ok = 'SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nCall-ID: call-1\r\nContent-Length: 0\r\n\r\n';
  const other = `CLIENT_RANDOM ${'ab'.repeat(32)} ${'cd'.repeat(48)}\n`;

  /** Makes the capture of a registration, with or without a CONNECT before its TLS. */
  async function madeOf(name: string, port = 443, before: readonly WireChunk[] = []): Promise<string> {
    const { chunks, keyLog } = await talkTls(context, suite, [[sipRegister(), ok]]);
    const ueSide = captureOf(segmentsOf([...before, ...chunks], 1400, { ...serverEnd, port }));
    const run = runWith(name, { '6-ue-side.pcap': ueSide }, other + keyLog);
    await makeNetworkCapture(run, firewall);
    return join(run, 'captures/6.pcapng');
  }

  const chunk = (from: WireChunk['from'], text: string): WireChunk => ({ from, bytes: Buffer.from(text) });
  const tunnel = [
    chunk('client', 'CONNECT pcscf.example:443 HTTP/1.1\r\n\r\n'),
    chunk('server', 'HTTP/1.1 200 Connection established\r\n\r\n'),
  ];

  it.each([
    ['directly', 443, []],
    ['through CONNECT', 3128, tunnel],
  ])('is readable without any option: %s', async (name, port, before) => {
    const file = await madeOf(name, port, before);
    const sip = tshark(
      ...[file, 'frame.interface_name', 'ip.src', 'exported_pdu.src_port'],
      ...['sip.Method', 'sip.Status-Code', 'frame.number', 'exported_pdu.orig_fno'],
    )
      .map((line) => line.split('\t'))
      .filter(([, , , method, status]) => method !== '' || status !== '');
    expect(sip).toEqual([
      [
        'decrypted',
        clientEnd.ip,
        String(clientEnd.port),
        'REGISTER',
        '',
        expect.any(String),
        expect.any(String),
      ],
      ['decrypted', serverEnd.ip, String(port), '', '200', expect.any(String), expect.any(String)],
    ]);
    // Each message stands right behind the packet that brought it, and leads to it.
    for (const line of sip) expect(Number(line[6])).toBe(Number(line[5]) - 1);
    // The keys open the packets themselves too: Finished can be read (type 20).
    const handshakes = tshark(file, 'tls.handshake.type').flatMap((line) => line.split(','));
    expect(handshakes.filter((type) => type === '20')).toHaveLength(2);
  });

  it('has no other keys than those of its connections', async () => {
    const file = await madeOf('keys');
    const secrets: string[] = [];
    for await (const item of capturedItems(createReadStream(file)))
      if (item.kind === 'secrets') secrets.push(Buffer.from(item.bytes).toString());
    expect(secrets).toEqual([expect.stringMatching(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}\n$/)]);
    expect(secrets[0]).not.toContain('ab'.repeat(32));
  });
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

it('is not begun where the disk would be full, which would cost the run its verdicts', async () => {
  const run = runWith('full', captures);
  const size = Object.values(captures).reduce((sum, { length }) => sum + length, 0);
  const room = jest.spyOn(promises, 'statfs');
  for (const [free, isMade] of [
    [2 * size - 1, false],
    [2 * size, true],
  ] as const) {
    room.mockResolvedValue({ bavail: free, bsize: 1 } as never);
    const made = makeNetworkCapture(run, firewall);
    if (isMade) await made;
    else
      await expect(made).rejects.toThrow(
        `cannot write ${run}/captures/6.pcapng (ENOSPC), which has the captures of fw-6 in one; open them one by one, or mend that and let nimsfw report ${run} make it`,
      );
    expect(existsSync(join(run, 'captures/6.pcapng'))).toBe(isMade);
  }
  room.mockRestore();
});

it('is told of when the thread that makes it ends, and the next one has another thread', async () => {
  const run = runWith('thread', { ...captures, '0-ue-side.pcap': captures['6-ue-side.pcap'] });
  const told: string[] = [];
  const files = new NetworkCaptureFiles(run, ({ code, message }: LabError) =>
    told.push(`${code}: ${message}`),
  );
  jest.spyOn(programs, 'programFile').mockReturnValueOnce('/no/such/program.js');
  files.begin(firewall);
  await files.finish([{ ...firewall, id: '0' }]);
  expect(told).toEqual([
    expect.stringMatching(
      /^CAPTURE_NOT_MERGED: cannot write .*captures\/6\.pcapng \(MODULE_NOT_FOUND\), which/,
    ),
  ]);
  expect(existsSync(join(run, 'captures/0.pcapng'))).toBe(true);
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
    await files.finish([firewall, { ...firewall, id: '0' }]);
    expect(told).toEqual([line]);
    expect(existsSync(join(run, 'captures/0.pcapng'))).toBe(true);
  });
});
