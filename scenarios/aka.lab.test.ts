import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../harness/evidence/evidence';
import type { AttemptResult, RunResult } from '../harness/judge/result';
import { shellWord } from '../nodes/shell-word';
import { readSequences } from '../harness/sequence/read-sequences';
import type { Arrow } from '../harness/sequence/sequence';
import { cli, resultIn, temporaryFolder, type Finished } from '../harness/testing/cli';
import { shellIn } from '../harness/testing/shell';

/**
 * Registration by IMS AKA with IPsec beside registration by SIP Digest: one run, its verdicts with their evidence, and
 * what a stranger finds in its folder with tshark and with every command that reads a run.
 */

const folder = temporaryFolder();
const out = join(folder, 'run');

let run: Finished;
let result: RunResult;

beforeAll(async () => {
  const plan = ['--firewall', '0,1,2,3,8', '--suite', 'aes', '--security', 'aka,digest'];
  run = await cli(['run', 'register', ...plan, '--out', out]);
  result = resultIn(out);
});

const attempts = (): AttemptResult[] => result.cells.flatMap((cell) => cell.attempts);

function attempt(id: string): AttemptResult {
  const found = attempts().find((one) => one.id === id);
  if (!found) throw new Error(`there is no attempt ${id}`);
  return found;
}

const evidenceOf = <K extends Evidence['kind']>(id: string, kind: K): Extract<Evidence, { kind: K }>[] =>
  attempt(id).evidence.filter((item): item is Extract<Evidence, { kind: K }> => item.kind === kind);

/** Runs a command line in the folder above that of the run, and returns its output. */
const shell = (command: string): string => shellIn(folder, command);

/** A packet as tshark decodes it with the files of the run: the values of each field, outermost first. */
type Decoded = Readonly<Record<(typeof fields)[number], readonly string[]>>;

const fields = [
  ...['ip.src', 'ip.dst', 'ip.proto', 'udp.srcport', 'udp.dstport', 'udp.checksum.status'],
  ...['udp.checksum', 'udp.checksum_calculated'],
  ...['esp.spi', 'esp.icv_good', 'sip.Method', 'sip.Status-Code'],
] as const;

/** Decodes the packets of an attempt's ESP in a capture of its network. */
function espOf(id: string, side: 'ue' | 'core'): Decoded[] {
  const spis = attempt(id).identifiers.espSpis!.map((spi) => `0x${spi}`);
  const options = [
    'esp.enable_encryption_decode:TRUE',
    'esp.enable_authentication_check:TRUE',
    'udp.check_checksum:TRUE',
  ];
  const lines = shell(
    [
      `WIRESHARK_CONFIG_DIR=run tshark -r run/captures/${id.split('/')[0]}-${side}-side.pcap`,
      ...options.map((option) => `-o ${option}`),
      `-Y 'esp.spi in {${spis.join(', ')}}' -T fields`,
      ...fields.map((field) => `-e ${field}`),
    ].join(' '),
  );
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const values = line.split('\t').map((value) => value.split(',').filter(Boolean));
      return Object.fromEntries(
        fields.map((field, index) => [field, values[index] ?? []]),
      ) as unknown as Decoded;
    });
}

/** Returns what SIP says in these packets: methods, and status codes. */
const said = (packets: readonly Decoded[]): string[] =>
  packets.map((packet) => packet['sip.Method'][0] ?? packet['sip.Status-Code'][0] ?? 'no SIP');

/** Registration, re-registration, which is challenged, and de-registration (TS 24.229 5.1.1), with reg event between them. */
const registration = ['REGISTER', '200', 'SUBSCRIBE', '200', 'NOTIFY', '200'];

const aka = (firewall: string, via: string): string =>
  `${firewall}/register/aes/aka/${via.startsWith('esp-udp') ? 2 : via.startsWith('esp') ? 1 : 3}-${via}`;

describe('the table', () => {
  it('is as expected, and is claimed', () => {
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(result.claims.filter(({ verdict }) => verdict === 'contradicted')).toEqual([]);
  });

  it('says what aka is', () => {
    expect(readFileSync(join(out, 'table.md'), 'utf8')).toMatch(
      /^### register, aes, aka \(.*, IMS AKA with IPsec at steps 1 and 2\)$/m,
    );
  });

  it.each([
    ['0', 1, 1],
    ['1', 2, 2],
    // ESP is no protocol that it lets through, but UDP is.
    ['2', 2, 2],
    // Without 5060 there is no agreement on security associations.
    ['3', 3, 3],
    ['8', 3, 3],
  ])('type %s: AKA gets through at step %d, Digest at step %d', (type, byAka, byDigest) => {
    const traversedAt = ['/aka', ''].map(
      (end) => result.cells.find(({ id }) => id === `${type}/register/aes${end}`)?.traversedAt,
    );
    expect(traversedAt).toEqual([byAka, byDigest]);
  });
});

describe('where nothing is in the way', () => {
  it('ESP in transport mode goes both ways, by the SPIs of the attempt', () => {
    const id = aka('0', 'esp:5060');
    expect(attempt(id)).toMatchObject({ verdict: 'passed', evidence: [] });
    for (const side of ['ue', 'core'] as const) {
      const packets = espOf(id, side);
      expect(new Set(packets.map((packet) => packet['ip.proto'].join()))).toEqual(new Set(['50']));
      const ways = new Set(packets.map((packet) => `${packet['ip.src'].join()} ${packet['ip.dst'].join()}`));
      expect(ways).toEqual(new Set(['10.89.0.2 198.19.0.10', '198.19.0.10 10.89.0.2']));
      expect(new Set(packets.flatMap((packet) => packet['esp.icv_good']))).toEqual(new Set(['1']));
      expect(said(packets).slice(0, registration.length).sort()).toEqual([...registration].sort());
    }
  });

  it('the UE goes from its client port to the protected server port, and is answered at its server port', () => {
    const packets = espOf(aka('0', 'esp:5060'), 'ue');
    const [register] = packets;
    const [ok] = packets.filter((packet) => packet['sip.Status-Code'][0] === '200');
    const [client, server] = [register!['udp.srcport'], register!['udp.dstport']];
    expect(server).toEqual(['6100']);
    expect(ok!['udp.srcport']).not.toEqual(server);
    expect(ok!['udp.dstport']).not.toEqual(client);
  });
});

describe('behind an NAPT', () => {
  const id = aka('1', 'esp:5060');

  it('ESP in transport mode is authentic at the P-CSCF and fails its checksum inside', () => {
    expect(attempt(id).verdict).toBe('blocked');
    const [item, ...others] = evidenceOf(id, 'checksum');
    expect([others, attempt(id).evidence.length]).toEqual([[], 1]);
    expect(item).toMatchObject({
      socket: { protocol: 'esp', local: { ip: '10.89.1.2' }, remote: { ip: '198.19.0.10' } },
      source: expect.stringMatching(/^198\.19\.1\.\d+$/) as string,
      sequence: 1,
      seen: {
        inside: { capture: 'captures/1-ue-side.pcap' },
        outside: { capture: 'captures/1-core-side.pcap' },
      },
    });
    expect(attempt(id).identifiers.espSpis).toContain(item!.spi);
    expect(item!.found).not.toBe(item!.right);
  });

  it('and tshark finds the same, on either side', () => {
    const [inside] = espOf(id, 'ue');
    const [outside] = espOf(id, 'core');
    // 1 is good, 0 is bad.
    const facts = [inside, outside].map((packet) => [
      packet!['sip.Method'][0],
      packet!['esp.icv_good'][0],
      packet!['udp.checksum.status'][0],
    ]);
    expect(facts).toEqual([
      ['REGISTER', '1', '1'],
      ['REGISTER', '1', '0'],
    ]);
    const [item] = evidenceOf(id, 'checksum');
    expect([outside!['udp.checksum'], outside!['udp.checksum_calculated']]).toEqual([
      [`0x${item!.found}`],
      [`0x${item!.right}`],
    ]);
  });

  it('ESP in UDP 4500 passes both ways, with the own address of the UE inside', () => {
    const other = aka('1', 'esp-udp:4500');
    expect(attempt(other)).toMatchObject({ verdict: 'passed', evidence: [] });
    const packets = espOf(other, 'core');
    expect(said(packets)).toEqual(expect.arrayContaining(['REGISTER', '200', '401', 'NOTIFY']));
    for (const packet of packets) {
      const ports = [packet['udp.srcport'][0], packet['udp.dstport'][0]];
      expect(ports).toContain('4500');
      const [outer, inner] = [0, 1].map((index) => [packet['ip.src'][index], packet['ip.dst'][index]]);
      expect(outer).not.toContain('10.89.1.2');
      expect(inner).toContain('10.89.1.2');
      expect([packet['ip.proto'][0], packet['esp.icv_good'][0]]).toEqual(['17', '1']);
    }
  });
});

describe('where something refuses it', () => {
  it('type 2 denies the protocol ESP, which belongs to the attempt by its SPI', () => {
    const id = aka('2', 'esp:5060');
    expect(attempt(id).verdict).toBe('blocked');
    expect(evidenceOf(id, 'drop')).toEqual([
      expect.objectContaining({
        firewall: 'fw-2',
        rule: 'protocol-not-allowed',
        decisive: true,
        matchedBy: 'esp-spi',
        packet: expect.objectContaining({ protocol: 'esp', src: '10.89.2.2', dst: '198.19.0.10' }) as object,
      }),
    ]);
    const denied = shell(
      "tshark -r run/captures/2-denied.pcap -Y 'ip.proto == 50' -T fields -e nflog.prefix -e esp.spi",
    );
    const [rule, spi] = denied.trim().split('\n')[0]!.split('\t');
    expect(rule).toBe('protocol-not-allowed');
    expect(attempt(id).identifiers.espSpis).toContain(spi!.replace(/^0x/, ''));
  });

  it.each([
    ['3', 'sip-ports'],
    ['8', 'direct-not-allowed'],
  ])('type %s denies the first REGISTER already, by %s', (type, rule) => {
    for (const via of ['esp:5060', 'esp-udp:4500']) {
      const id = aka(type, via);
      expect(attempt(id).verdict).toBe('blocked');
      expect(evidenceOf(id, 'drop')).toEqual([
        expect.objectContaining({ rule, decisive: true, matchedBy: 'five-tuple' }),
      ]);
      expect(attempt(id).identifiers.espSpis).toBeUndefined();
    }
  });
});

describe('the sequence of an attempt', () => {
  let arrows: (id: string) => readonly Arrow[];

  beforeAll(async () => {
    const sequences = await readSequences(out, result);
    arrows = (id) => sequences.get(id)!.arrows;
  });

  const isEsp = ({ carriers }: Arrow): boolean => carriers.includes('esp');

  it.each([
    [aka('0', 'esp:5060'), ['esp', 'udp']],
    [aka('1', 'esp-udp:4500'), ['udp', 'esp', 'udp']],
  ])('%s has the SIP of its ESP both ways', (id, carriers) => {
    const esp = arrows(id).filter(isEsp);
    const ue = `ue-${id[0]}`;
    expect(new Set(esp.map(({ from, to }) => `${from} to ${to}`))).toEqual(
      new Set([`${ue} to pcscf`, `pcscf to ${ue}`]),
    );
    const labels = esp.map(({ label }) => label.replace(/ .*/, ''));
    expect(labels.slice(0, registration.length).sort()).toEqual([...registration].sort());
    for (const arrow of esp) expect(arrow).toMatchObject({ protocol: 'sip', carriers });
  });

  it('ends with the ESP that was denied', () => {
    const [esp, ...others] = arrows(aka('2', 'esp:5060')).filter(isEsp);
    expect(others).toEqual([]);
    expect(esp).toMatchObject({
      label: 'REGISTER',
      text: expect.stringContaining('Security-Verify: '),
      denied: { firewall: 'fw-2', rule: 'protocol-not-allowed' },
    });
  });
});

describe('the keys', () => {
  const lines = (): string[] => readFileSync(join(out, 'esp_sa'), 'utf8').trim().split('\n');

  it('of every security association stand in esp_sa, a line for each', () => {
    const spis = lines().map((line) => /^"IPv4","\*","\*","0x([0-9a-f]{8})",/.exec(line)?.[1]);
    expect([...spis].sort()).toEqual(
      attempts()
        .flatMap(({ identifiers }) => identifiers.espSpis ?? [])
        .sort(),
    );
    expect(new Set(spis).size).toBe(spis.length);
  });

  it('stand nowhere else that is not the configuration of a node', () => {
    const keys = lines().flatMap((line) => [...line.matchAll(/"0x([0-9a-f]{32})/g)].map(([, key]) => key!));
    const cards = (
      JSON.parse(readFileSync(join(out, 'nodes/hss/subscribers.json'), 'utf8')) as { card: { k: string } }[]
    ).map(({ card }) => card.k);
    expect(keys.length).toBeGreaterThan(10);
    expect(cards.length).toBeGreaterThan(10);
    const told = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:log|jsonl?|html|md|xml)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/\/nodes\/[^/]+\/[^/]+\.json$/.test(file));
    expect(told.length).toBeGreaterThan(10);
    const found = told.filter((file) => {
      const text = readFileSync(file, 'latin1').toLowerCase();
      return [...keys, ...cards].some((key) => text.includes(key));
    });
    expect(found).toEqual([]);
  });
});

describe('a stranger who has the folder', () => {
  const bundle = join(folder, 'run.nimsfw');

  it('finds the same verdicts, also in a bundle', async () => {
    expect((await cli(['bundle', out, '-o', bundle])).exitCode).toBe(0);
    const judged = await cli(['judge', bundle]);
    expect([judged.exitCode, judged.stdout]).toEqual([0, expect.stringMatching(/^Everything agrees\.$/m)]);
    const { exitCode, stdout } = await cli(['compare', out, bundle]);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('10 cells compared: no change')]);
  });

  it('finds that it conforms, with what ESP hides', async () => {
    const { exitCode, stdout } = await cli(['conformance', bundle, '--json']);
    const { rules } = JSON.parse(stdout) as {
      rules: { id: string; held: number; breaks: unknown[] }[];
    };
    expect(rules.flatMap(({ id, breaks }) => breaks.slice(0, 1).map((first) => ({ id, first })))).toEqual([]);
    expect(exitCode).toBe(0);
    const seen = rules.filter(({ held }) => held > 0).map(({ id }) => id);
    expect(seen).toEqual(
      expect.arrayContaining([
        ...['agreement-required', 'agreement-verified', 'agreement-kept-from-core'],
        ...['keys-told-to-pcscf', 'keys-kept-from-ue', 'answer-to-server-port', 'integrity-told'],
      ]),
    );
  });

  it('sees SIP by each command that explain prints for what went by ESP', async () => {
    const cells = ['0/register/aes/aka', '1/register/aes/aka', '2/register/aes/aka'];
    const { stdout } = await cli(['explain', ...cells, '--run', out, '--json']);
    const explained = JSON.parse(stdout) as {
      cells: { attempts: { packets: { command: string[]; frame?: number }[] }[] }[];
    };
    const shown = explained.cells
      .flatMap(({ attempts: all }) => all.flatMap(({ packets }) => packets))
      .filter(({ command: [first] }) => first === 'sh')
      .map(({ command, frame }) => ({ frame, text: shell(command.map(shellWord).join(' ')) }));
    const whole = shown.filter(({ frame }) => frame === undefined);
    const single = shown.filter(({ frame }) => frame !== undefined);
    // Each attempt by ESP has one for all of it: both ways by ESP are tried on each type.
    expect(whole).toHaveLength(2 * cells.length);
    for (const { text } of whole) expect(text).toMatch(/ SIP .*REGISTER sip:/);
    // A packet with a wrong checksum in it on both sides of type 1, and one that type 2 dropped.
    expect(single).toHaveLength(3);
    for (const { text } of single) expect(text).toMatch(/^ *Request-Line: REGISTER sip:/m);
    // Of the one with a wrong checksum, tshark says on the outside what the verdict says.
    const item = attempt(aka('1', 'esp:5060')).evidence.find(({ kind }) => kind === 'checksum');
    const { found, right } = item as Extract<typeof item, { kind: 'checksum' }>;
    const wrong = `Checksum: 0x${found} incorrect, should be 0x${right}`;
    expect(single.filter(({ text }) => text.includes(wrong))).toHaveLength(1);
  });

  it('sees SIP of ESP without any key in the capture for people', () => {
    const id = aka('1', 'esp-udp:4500');
    const spis = attempt(id).identifiers.espSpis!.map((spi) => `0x${spi}`);
    const shown = (filter: string, ...asked: string[]): string[][] =>
      shell(
        `tshark -r run/captures/1.pcapng -Y '${filter}' -T fields ${asked.map((field) => `-e ${field}`).join(' ')}`,
      )
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('\t'));
    const frames = shown(`esp.spi in {${spis.join(', ')}}`, 'frame.number').flat();
    const sip = shown(
      'frame.interface_name == decrypted && sip',
      ...['exported_pdu.orig_fno', 'sip.Method', 'sip.Status-Code'],
    );
    const own = sip.filter(([frame]) => frames.includes(frame!));
    const words = own.map(([, method, status]) => method || status);
    expect(words.slice(0, registration.length).sort()).toEqual([...registration].sort());
  });

  it('measures a cell again', async () => {
    const again = join(folder, 'again');
    const { exitCode, stdout, stderr } = await cli(['rerun', out, '2/register/aes/aka', '--out', again]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('1 cell compared: no change');
    expect(resultIn(again).cells.map(({ id, traversedAt }) => [id, traversedAt])).toEqual([
      ['2/register/aes/aka', 2],
    ]);
    expect(existsSync(join(again, 'esp_sa'))).toBe(true);
  });
});
