import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { builtInCatalogue, type Firewall } from '../../firewalls/catalogue';
import type { SendOrder, SendReport, TlsTalk } from '../../nodes/firewall/lab/probe';
import { waysOfWriting, type WayName } from '../../nodes/firewall/lab/ways-of-writing';
import { readCapture } from '../evidence/capture-facts';
import { DropWatch } from '../evidence/drop-watch';
import { squid } from '../../nodes/proxy/squid';
import type { AccessNetwork } from '../lab/access-network';
import { ImsLab } from '../lab/ims-lab';
import { netns } from '../lab/netns';
import { homeDomain } from '../../nodes/home-network';
import { temporaryFolder } from '../testing/cli';
import { Capture } from './capture';
import { passMarker } from './marker';

/**
 * A phone may write its REGISTER into TLS in any way: the lab's own P-CSCF understands it, and with a NULL
 * suite type 9 stops it. This is tested through the proxy of type 9, and where the phone speaks to the P-CSCF
 * directly, so that the segments are the phone's.
 */

const ofType = (id: string): Firewall => builtInCatalogue.find((firewall) => firewall.id === id)!;
const nine = ofType('9');
const firewalls = {
  open: ofType('0'),
  nine,
  direct: { ...nine, id: 'direct', knobs: { ...nine.knobs, proxy: 'none' } },
} as const satisfies Record<string, Firewall>;
type Place = keyof typeof firewalls;
const places = Object.keys(firewalls) as Place[];
const ways = Object.keys(waysOfWriting) as WayName[];

/** The IMS core challenges a REGISTER; any other method needs a registration. */
const answerTo = (way: WayName): RegExp =>
  way === 'a method that nobody knows' ? /^SIP\/2\.0 403 / : /^\s*SIP\/2\.0 401 /i;

// An answer that does not come is a failure, so a longer wait is useless.
jest.setTimeout(30_000);
const folder = temporaryFolder();
let lab: ImsLab;
let access: Record<Place, AccessNetwork>;
const phones = new Map<Place, (talk: TlsTalk) => Promise<SendReport>>();
const portsOf = new Map<Place, number[]>();

beforeAll(async () => {
  const all = Object.values(firewalls);
  lab = await ImsLab.start({
    backend: netns,
    catalogue: all,
    firewalls: all,
    log: () => new PassThrough().resume(),
  });
  const started = await Promise.all(
    places.map(async (place) => [place, await lab.startAccess(firewalls[place])] as const),
  );
  access = Object.fromEntries(started) as typeof access;
  for (const place of places) phones.set(place, startPhone(place));
  await lab.coreReady;
});

afterAll(() => lab?.[Symbol.asyncDispose]());

let port = 41_000;

/** Starts a program beside the UE that writes TLS as the test tells it. */
function startPhone(place: Place): (talk: TlsTalk) => Promise<SendReport> {
  const program = join(__dirname, '../../nodes/firewall/lab/end-host.js');
  const phone = lab.node(`ue-${firewalls[place].id}`).spawn([process.execPath, program, '', '', '']);
  const waiting = new Map<number, (report: SendReport) => void>();
  createInterface({ input: phone.stdout }).on('line', (line) => {
    if (line === 'ready') return;
    const report = JSON.parse(line) as SendReport;
    waiting.get(report.localPort)?.(report);
  });
  return (tls) => {
    const localPort = ++port;
    portsOf.set(place, [...(portsOf.get(place) ?? []), localPort]);
    const proxy = access[place].at.proxy;
    const order: SendOrder = {
      protocol: 'tcp',
      to: { ip: lab.addressOf('pcscf'), port: 443 },
      ...{ localPort, send: [] },
      tls: {
        ...tls,
        ...{ request: registerFrom(place, localPort) },
        ...(proxy ? { through: { ip: proxy, port: squid.ports.http } } : {}),
      },
    };
    phone.stdin.write(`${JSON.stringify(order)}\n`);
    return new Promise((resolve) => waiting.set(localPort, resolve));
  };
}

function registerFrom(place: Place, localPort: number): string {
  const user = `sip:ue-${firewalls[place].id}@${homeDomain}`;
  const sentBy = `${access[place].at.ue}:${localPort}`;
  return [
    `REGISTER sip:${homeDomain} SIP/2.0`,
    `Via: SIP/2.0/TLS ${sentBy};branch=z9hG4bK${localPort}`,
    'Max-Forwards: 70',
    `From: <${user}>;tag=${localPort}`,
    `To: <${user}>`,
    `Call-ID: ${localPort}`,
    'CSeq: 1 REGISTER',
    `Contact: <sip:phone@${sentBy};transport=tls>`,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}

/** Tries every way at once, each on its own connection; resolves when each is answered. */
const answered = async (place: Place, suite: TlsTalk['suite']): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      ways.map(async (way) => {
        const { error, lastAnswer = '' } = await phones.get(place)!({ suite, way, speaks: 'client' });
        return [way, error ?? Buffer.from(lastAnswer, 'base64').toString('latin1')] as const;
      }),
    ),
  );

const expected = Object.fromEntries(ways.map((way) => [way, expect.stringMatching(answerTo(way))]));

describe.each(['aes alone', 'tls13'] as const)('with %s', (suite) => {
  test.each(['nine', 'direct'] as const)('each way is answered through type 9: %s', async (place) => {
    expect(await answered(place, suite)).toEqual(expected);
  });
});

/** Returns the application data in a stream of TLS records. */
function dataIn(stream: Uint8Array): string {
  const bytes = Buffer.from(stream);
  let text = '';
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
    // The MAC of TLS_RSA_WITH_NULL_SHA has 20 bytes.
    if (bytes[at] === 23) text += bytes.toString('latin1', at + 5, at + 5 + bytes.readUInt16BE(at + 3) - 20);
  return text;
}

test('with a NULL suite each way is answered on the open network, and none is readable behind type 9', async () => {
  const file = join(folder, 'pcscf.pcap');
  const pcscf = lab.node('pcscf');
  const capture = await Capture.start(pcscf, lab.addressOf('pcscf'), createWriteStream(file));
  const watches = {
    nine: new DropWatch(access.nine.drops.stdout, 'fw-9'),
    direct: new DropWatch(access.direct.drops.stdout, 'fw-direct'),
  };
  const refused = (place: keyof typeof watches): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        const denied = watches[place].drops.filter(({ rule }) => rule === 'readable-sip');
        const connections = new Set(denied.map(({ packet }) => ('sport' in packet ? packet.sport : 0)));
        if (connections.size === ways.length) resolve();
      };
      watches[place].onDrop(look);
      for (const way of ways) void phones.get(place)!({ suite: 'null', way, speaks: 'client' });
    });
  const [open] = await Promise.all([answered('open', 'null'), refused('nine'), refused('direct')]);
  expect(open).toEqual(expected);

  await passMarker(lab.node('turn'), [lab.addressOf('pcscf')], (marker) => capture.comesTo(marker));
  await capture.stop();
  const { connections } = await readCapture(createReadStream(file));
  const readable = connections
    .filter(({ fromClient }) => /^\s*\w+ sip:\S+ SIP\/2\.0\r\n/i.test(dataIn(fromClient.bytes)))
    .map(({ client }) => client.ip);
  expect(connections).toHaveLength(3 * ways.length);
  expect(readable).toEqual(ways.map(() => access.open.at.ue));
});
