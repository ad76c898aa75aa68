import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../evidence/evidence';
import { frameIn } from '../evidence/testing/frame-in';
import type { AttemptResult, MeasurementResult, RunResult } from '../judge/result';
import { installation } from '../../nodes/installation';
import { readSequences } from '../sequence/read-sequences';
import type { Arrow, Sequence } from '../sequence/sequence';
import { cli, resultIn, temporaryFolder } from '../testing/cli';
import { shellIn } from '../testing/shell';

/**
 * Checks one run as a stranger would by its folder: with every command of docs/checking.md and README.md that
 * reads it, and by computing everything that `result.json` tells of packets again with tshark, which is
 * independent of this project.
 */

const folder = temporaryFolder();
const textOf = (file: string): string => readFileSync(join(installation, file), 'utf8');
const blocks = [...textOf('docs/checking.md').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
const isRun = (block: string): boolean => block.startsWith('npx nimsfw run ');
const commands = blocks.filter((block) => !isRun(block));

let result: RunResult;

beforeAll(async () => {
  const outs: string[] = [];
  for (const run of blocks.filter(isRun)) {
    const [, , ...args] = run.trim().split(' ');
    const [option, out = ''] = args.splice(-2);
    outs.push(out);
    expect(option).toBe('--out');
    const { exitCode, stderr } = await cli([...args, '--out', join(folder, out)]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  }
  expect(outs).toEqual(['out', 'out-aka']);
  result = resultIn(join(folder, 'out'));
});

/** Runs a command of a page in the folder above the run's. */
const shell = (command: string): string => shellIn(folder, command);

const attempts = (): AttemptResult[] => result.cells.flatMap((cell) => cell.attempts);
const attempt = (id: string): AttemptResult => attempts().find((one) => one.id === id)!;
const valuesOf = ({ measurements = [] }: AttemptResult, name: string): MeasurementResult['value'][] =>
  measurements.filter((one) => one.name === name).map(({ value }) => value);

describe('docs/checking.md', () => {
  const pairs = Array.from({ length: commands.length / 2 }, (_, index) =>
    commands.slice(2 * index, 2 * index + 2),
  );

  it('asks result.json and the captures in turn', () => {
    expect(pairs.length).toBeGreaterThan(5);
    for (const [ask = '', look] of pairs) {
      const [, out] = /^jq .* (out|out-aka)\/result\.json\n$/s.exec(ask) ?? [];
      expect(look).toMatch(new RegExp(`^(WIRESHARK_CONFIG_DIR=${out} )?tshark -r ${out}/captures/`, 'm'));
    }
  });

  it.each(pairs)('%s is what the captures show', (ask, look) => {
    const said = shell(ask);
    expect(said.trim()).not.toBe('');
    expect(said).not.toContain('null');
    expect(shell(look)).toBe(said);
  });

  it('speaks of what it says that it speaks of', () => {
    expect(attempt('8/register/aes/3-connect:443').verdict).toBe('passed');
    expect(attempt('6/register/aes/2-udp:5060').verdict).toBe('blocked');
    expect(attempt('8/msrp/aes/3-connect:443').verdict).toBe('passed');
    const byAka = resultIn(join(folder, 'out-aka')).cells.flatMap((cell) => cell.attempts);
    const verdictOf = (id: string): string => byAka.find((one) => one.id === id)!.verdict;
    expect(verdictOf('0/register/aes/aka/1-esp:5060')).toBe('passed');
    expect(verdictOf('1/register/aes/aka/1-esp:5060')).toBe('blocked');
    expect(valuesOf(attempt('8/msrp/aes/3-connect:443'), 'tls-connections')).toEqual([3]);
  });
});

describe('README.md', () => {
  const [streams = '', sip = '', denied = '', ...more] = textOf('README.md').match(/^tshark .*$/gm) ?? [];

  it('reads what its command before has made', () => {
    expect(more).toEqual([]);
    expect(textOf('README.md')).toMatch(/^npx nimsfw run .* --out out\n```[^]*^```sh\ntshark -r out\//m);
  });

  it('shows every RTP stream that is not inside TLS', () => {
    // The calls go from host to host in both directions.
    const calls = attempts().flatMap(({ at, id, measurements = [] }) =>
      id.startsWith('0/call/') && at === undefined
        ? measurements.filter(
            ({ name, value }) => name.endsWith('-path') && String(value).startsWith('host udp'),
          )
        : [],
    );
    expect(calls.length).toBeGreaterThan(1);
    // The UE's call is in PCMA, the peer's has packets of the size of AMR-WB, whose payload type is told in SDP only.
    const shown = shell(streams);
    expect(shown.match(/ g711A /g)).toHaveLength(calls.length);
    expect(shown.match(/ 0x[0-9A-F]{8} /g)).toHaveLength(2 * calls.length);
  });

  it('shows the SIP in the tunnels', () => expect(shell(sip)).toContain('Status: 200 OK (REGISTER)'));

  it('shows the rule with each denied packet', () => {
    const lines = shell(denied).trim().split('\n');
    expect(lines).toContain('udp-not-allowed\t10.89.6.2\t198.19.0.10');
    for (const line of lines) expect(line).toMatch(/^[a-z0-9-]+\t[\d.]+\t[\d.]+/);
  });
});

/** A frame as tshark prints it. */
interface Frame {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly stream: string;
  readonly carries: boolean;
  readonly tlsTypes: readonly string[];
  readonly handshakes: readonly string[];
  readonly suites: readonly string[];
  readonly http: readonly string[];
  readonly sipMethods: readonly string[];
  readonly sipStatus: readonly string[];
  readonly cseqMethods: readonly string[];
}

const fields = [
  ...['frame.time_epoch', 'ip.src', 'ip.dst', 'tcp.srcport', 'tcp.dstport', 'tcp.stream', 'tcp.len'],
  ...['tls.record.content_type', 'tls.handshake.type', 'tls.handshake.ciphersuite'],
  ...['http.request.method', 'sip.Method', 'sip.Status-Code', 'sip.CSeq.method'],
];

/** Returns the TCP segments at a UE, with the content of their TLS. */
function framesAt(firewall: string): Frame[] {
  const options = '-o tls.keylog_file:out/keys.log -d tls.port==443,sip';
  const asked = fields.map((field) => `-e ${field}`).join(' ');
  return shell(`tshark -r out/captures/${firewall}-ue-side.pcap ${options} -Y tcp -T fields ${asked}`)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [
        at,
        src,
        dst,
        sport,
        dport,
        stream,
        length,
        types,
        handshakes,
        suites,
        http,
        method,
        status,
        cseq,
      ] = line.split('\t');
      const list = (text = ''): string[] => text.split(',').filter(Boolean);
      return {
        at: Number(at) * 1000,
        from: `${src}:${sport}`,
        to: `${dst}:${dport}`,
        stream: stream!,
        carries: Number(length) > 0,
        tlsTypes: list(types),
        handshakes: list(handshakes),
        suites: list(suites),
        http: list(http),
        sipMethods: list(method),
        sipStatus: list(status),
        cseqMethods: list(cseq),
      };
    });
}

const ends = ({ sockets }: AttemptResult): Set<string> =>
  new Set(sockets.map(({ local }) => `${local.ip}:${local.port}`));
const itemsOf = <K extends Evidence['kind']>(
  { evidence }: AttemptResult,
  kind: K,
): Extract<Evidence, { kind: K }>[] =>
  evidence.filter((item): item is Extract<Evidence, { kind: K }> => item.kind === kind);

/** The number of TLS_RSA_WITH_AES_128_CBC_SHA (RFC 5246 A.5), the suite of this run. */
const suiteNumber = '0x002f';

describe.each(['0', '6', '8'])('what result.json says of firewall %s', (firewall) => {
  let frames: Frame[];
  const own = (): AttemptResult[] =>
    result.cells.filter((cell) => cell.firewall === firewall).flatMap((cell) => cell.attempts);

  beforeAll(() => {
    frames = framesAt(firewall);
  });

  it('of TLS connections, suites and CONNECTs, tshark finds too', () => {
    const told = own().map((one) => ({
      id: one.id,
      tls: valuesOf(one, 'tls-connections')[0],
      suites: itemsOf(one, 'tls').map(({ suite }) => suite),
      connects: itemsOf(one, 'connects').map(({ captured }) => captured),
    }));
    const found = own().map((one) => {
      const mine = ends(one);
      const sent = frames.filter(({ from }) => mine.has(from));
      const chosen = frames.filter(({ to, handshakes }) => mine.has(to) && handshakes.includes('2'));
      expect(chosen.every(({ suites }) => suites.includes(suiteNumber))).toBe(true);
      const hellos = sent.filter(({ handshakes }) => handshakes.includes('1'));
      return {
        id: one.id,
        tls: new Set(hellos.map(({ stream }) => stream)).size,
        suites: [...new Set(chosen.map(({ stream }) => stream))].map(() => 'TLS_RSA_WITH_AES_128_CBC_SHA'),
        connects: sent.some(({ to }) => to.endsWith(':3128'))
          ? [sent.filter(({ http }) => http.includes('CONNECT')).length]
          : [],
      };
    });
    expect(found).toEqual(told);
    // Without any TLS the checks above would compare nothing.
    expect(told.some(({ tls }) => Number(tls) > 0)).toBe(true);
    expect(told.some(({ connects }) => connects.some((count) => count! > 0))).toBe(firewall === '8');
  });

  it('of drops, tshark finds in the capture that the evidence names', () => {
    const drops = own().flatMap((one) => itemsOf(one, 'drop'));
    expect(drops.length > 0).toBe(firewall !== '0');
    if (drops.length === 0) return;
    const asked = ['frame.number', 'nflog.prefix', 'ip.src', 'ip.dst', 'udp.srcport', 'tcp.srcport'];
    const denied = shell(
      `tshark -r out/captures/${firewall}-denied.pcap -T fields ${asked.map((field) => `-e ${field}`).join(' ')}`,
    );
    const rows = denied.split('\n').map((line) => line.split('\t'));
    for (const { frame, rule, packet, capture } of drops) {
      expect(capture).toBe(`captures/${firewall}-denied.pcap`);
      const [number, prefix, src, dst, udp, tcp] = rows[frame! - 1]!;
      expect([number, prefix, src, dst, udp || tcp]).toEqual([
        String(frame),
        rule,
        packet.src,
        packet.dst,
        String(packet.sport),
      ]);
    }
  });

  it('of the TLS set-up, tshark finds from the ClientHello to the last handshake record of the server', () => {
    const first = own().find(({ verdict, via }) => verdict === 'passed' && /443/.test(via))!;
    const mine = ends(first);
    const sent = frames.find(({ from, handshakes }) => mine.has(from) && handshakes.includes('1'))!;
    const came = frames.findLast(
      ({ to, stream, tlsTypes }) =>
        mine.has(to) && stream === sent.stream && tlsTypes.some((type) => type === '20' || type === '22'),
    )!;
    expect(valuesOf(first, 'tls-setup-full')[0]).toBeCloseTo(came.at - sent.at, 1);
  });
});

describe.each(['0', '6', '8'])('the capture for people of firewall %s', (firewall) => {
  const file = `out/captures/${firewall}.pcapng`;
  const fieldsOf = (read: string, filter: string, ...asked: string[]): string[] =>
    shell(`tshark -r ${read} -Y '${filter}' -T fields ${asked.map((field) => `-e ${field}`).join(' ')}`)
      .split('\n')
      .filter(Boolean);

  it('has the SIP that tshark decrypts, each message once', () => {
    const options = '-o tls.keylog_file:out/keys.log -d tls.port==443,sip';
    for (const asked of ['sip.Call-ID', 'sip.CSeq', 'sip.Status-Line', 'sip.Via.branch']) {
      // Of a packet with several messages tshark prints one line, with commas between the values.
      const values = (read: string, filter: string): string[] =>
        fieldsOf(read, filter, asked)
          .flatMap((line) => line.split(','))
          .sort();
      const byTshark = values(`out/captures/${firewall}-ue-side.pcap ${options}`, 'tls.app_data && sip');
      const byLab = values(file, 'frame.interface_name == decrypted && sip');
      expect(byTshark.length).toBeGreaterThan(10);
      expect(byLab).toEqual(byTshark);
    }
  });

  it('has each drop of the evidence, with its rule', async () => {
    const rows = fieldsOf(file, 'frame', 'frame.number', 'frame.interface_name', 'frame.comment');
    const drops = attempts()
      .flatMap((one) => itemsOf(one, 'drop'))
      .filter((drop) => drop.firewall === `fw-${firewall}`);
    expect(drops.length > 0).toBe(firewall !== '0');
    for (const { frame, rule, statement } of drops) {
      const number = await frameIn(join(folder, file), 'denied', frame!);
      expect(rows[number! - 1]!.split('\t')).toEqual([
        ...[String(number), 'denied', `fw-${firewall} denied it by ${rule}: ${statement}`],
      ]);
    }
  });

  it('has every packet of the captures that it was made of', () => {
    const names = { ue: 'ue-side', 'firewall-outside': 'core-side', denied: 'denied', proxy: 'proxy' };
    const found = fieldsOf(file, 'frame', 'frame.interface_name');
    for (const [name, capture] of Object.entries(names)) {
      const own = `out/captures/${firewall}-${capture}.pcap`;
      const packets = existsSync(join(folder, own)) ? fieldsOf(own, 'frame', 'frame.number') : [];
      expect([name, found.filter((one) => one === name).length]).toEqual([name, packets.length]);
    }
  });
});

it('loss and jitter of RTP are those that tshark counts', () => {
  const line = /^ *[\d.]+ +[\d.]+ +\S+ +\d+ +(\S+) +(\d+) +\S+ +g711A +(\d+) +(-?\d+) \S+ +(.*)$/gm;
  const told = attempts()
    .filter(({ id }) => id.startsWith('0/call/'))
    .flatMap((one) => {
      const { measurements = [] } = one;
      // Only the UE's call is in PCMA; tshark does not know the clock of the other's payload.
      const of = (name: string): MeasurementResult | undefined =>
        measurements.find((each) => each.name === `outgoing-${name}`);
      return of('loss-in')?.source === 'capture'
        ? [['loss-in', 'jitter-in-mean', 'jitter-in-max'].map((name) => Number(of(name)!.value))]
        : [];
    });
  const streams = shell('tshark -r out/captures/0-ue-side.pcap --enable-heuristic rtp_udp -q -z rtp,streams');
  const found = [...streams.matchAll(line)]
    .filter(([, to]) => to === '10.89.0.2')
    .map(([, , , packets, lost, rest]) => {
      const [, , , , mean, max] = rest!.trim().split(/\s+/).map(Number);
      return [(100 * Number(lost)) / (Number(packets) + Number(lost)), mean!, max!];
    });
  expect(told.length).toBeGreaterThan(1);
  expect(found).toHaveLength(told.length);
  for (const row of told)
    expect(found.some((other) => row.every((value, index) => Math.abs(value - other[index]!) < 0.05))).toBe(
      true,
    );
});

it('a message is answered when tshark sees the answer come, and never later than the one back allows', () => {
  const one = attempt('8/message/aes/3-connect:443');
  const mine = ends(one);
  const frames = framesAt('8');
  const asked = frames.find(({ from, sipMethods }) => mine.has(from) && sipMethods.includes('MESSAGE'))!;
  const arrived = (is: (frame: Frame) => boolean): number[] =>
    frames.filter((frame) => mine.has(frame.to) && frame.carries && is(frame)).map(({ at }) => at);
  const [answer] = arrived(
    ({ sipStatus, cseqMethods }) => sipStatus.includes('200') && cseqMethods.includes('MESSAGE'),
  );
  const [back] = arrived(({ sipMethods }) => sipMethods.includes('MESSAGE'));
  for (const [name, exact] of [
    ['message-answered-after', answer!],
    ['message-back-after', back!],
  ] as const) {
    const [value] = valuesOf(one, name);
    // Of several packets that came while the UE was busy, docs/measurements.md takes the last.
    const candidates = arrived(({ at }) => at >= exact).map((at) => at - asked.at);
    expect(candidates.some((ms) => Math.abs(ms - Number(value)) < 0.02)).toBe(true);
  }
});

describe('the sequences of the run', () => {
  let sequences: ReadonlyMap<string, Sequence>;

  beforeAll(async () => {
    sequences = await readSequences(join(folder, 'out'), result);
  });

  const arrows = (id: string): readonly Arrow[] => sequences.get(id)!.arrows;
  const sip = (all: readonly Arrow[]): Arrow[] =>
    all.filter(({ protocol, label }) => protocol === 'sip' && label !== 'CRLF');

  it('are there for every attempt, and whole', () => {
    expect([...sequences.keys()].sort()).toEqual(
      attempts()
        .map(({ id }) => id)
        .sort(),
    );
    for (const { problem, arrows } of sequences.values()) {
      expect(problem).toBeUndefined();
      expect(arrows.length).toBeGreaterThan(0);
    }
  });

  it('end a REGISTER that was denied at the firewall, by the rule and the packet of the evidence', () => {
    const id = '6/register/aes/2-udp:5060';
    const drop = attempt(id).evidence.find((item) => item.kind === 'drop')!;
    const [register, ...others] = arrows(id);
    expect(others).toEqual([]);
    expect(register).toMatchObject({ from: 'ue-6', to: 'pcscf', label: 'REGISTER', carriers: ['udp'] });
    expect(register!.denied).toMatchObject({
      ...{ firewall: drop.firewall, rule: drop.rule },
      place: { capture: drop.capture, frame: drop.frame },
    });
  });

  it('have what was said in TLS, in the clear and in order', () => {
    const [one, challenge, two, ok] = sip(arrows('6/register/aes/3-tls:443'));
    expect([one, challenge, two, ok].map((arrow) => [arrow!.from, arrow!.label])).toEqual([
      ['ue-6', 'REGISTER'],
      ['pcscf', '401 Unauthorized'],
      ['ue-6', 'REGISTER'],
      ['pcscf', '200 OK'],
    ]);
    expect(one!.carriers).toEqual(['tcp', 'tls']);
    expect(one!.text).toMatch(/^REGISTER sip:\S+ SIP\/2\.0\n/);
    expect(two!.text).toMatch(/^Authorization: Digest .*response="[0-9a-f]+"/m);
  });

  it('begin with CONNECT behind a proxy, whose own connection is open before it answers', () => {
    const all = arrows('8/register/aes/3-connect:443');
    const of = (label: RegExp, from: string): number =>
      all.findIndex((arrow) => arrow.from === from && label.test(arrow.label));
    const places = [of(/^CONNECT pcscf/, 'ue-8'), of(/^SYN$/, 'proxy-8'), of(/^200 /, 'proxy-8')];
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(sip(all)[0]).toMatchObject({ from: 'ue-8', to: 'pcscf', carriers: ['tcp', 'connect', 'tls'] });
  });

  // Behind an address translation (type 1) servers go on after the end of an attempt, which is left out.
  it.each(['0', '6', '8'])('of firewall %s have the SIP messages that tshark reads', (firewall) => {
    const rows = shell(
      [
        `tshark -r out/captures/${firewall}-ue-side.pcap -o tls.keylog_file:out/keys.log -d tls.port==443,sip`,
        "-d tls.port==3128,sip -Y 'sip && !icmp' -T fields -E 'aggregator=|'",
        '-e udp.port -e tcp.port -e sip.Request-Line -e sip.Status-Line',
      ].join(' '),
    )
      .split('\n')
      .map((line) => line.split('\t').map((field) => field.split('|').filter((value) => value !== '')));
    for (const { id, sockets } of attempts().filter((one) => one.id.startsWith(`${firewall}/`))) {
      const own = new Set(sockets.map(({ local }) => String(local.port)));
      const theirs = rows
        .filter(([udp = [], tcp = []]) => [...udp, ...tcp].some((port) => own.has(port)))
        .flatMap(([, , requests = [], responses = []]) => [
          ...requests.map((line) => line.split(' ')[0]!),
          ...responses.map((line) => line.replace(/^SIP\/2\.0 /, '')),
        ]);
      const ours = sip(arrows(id))
        .filter(({ place }) => place.capture.endsWith('-ue-side.pcap'))
        .flatMap(({ label, count }) => Array.from({ length: count }, () => label));
      expect({ id, sip: ours.sort() }).toEqual({ id, sip: theirs.sort() });
    }
  });
});
