import { writeFileSync } from 'node:fs';
import { TestFolder } from '../../nodes/ue/testing/folder';
import { exportedPdu } from '../evidence/exported-pdu';
import { linkTypes } from '../evidence/pcap';
import { PcapngWriter } from '../evidence/pcapng-writer';
import { ipv4, nflog, sipRegister, tcp, u32, udp, type Address } from '../evidence/testing/builders';
import { judgeCapture, type JudgedCapture } from './judge-capture';
import { readForeignCapture } from './read-capture';

const start = 1_795_424_000_000;
const ue = { ip: '10.0.0.7', port: 40_000 };
const pcscf = { ip: '192.0.2.10', port: 5060 };
const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const agreed = (modes: readonly string[], first: number): string =>
  modes
    .map(
      (mode) =>
        `ipsec-3gpp;alg=hmac-sha-1-96;prot=esp${mode};spi-c=${first};spi-s=${first + 1};port-c=${first + 2};port-s=${first + 3}`,
    )
    .join(', ');
const client = (...modes: string[]): string => `Security-Client: ${agreed(modes, 1000)}`;
const server = (...modes: string[]): string => `Security-Server: ${agreed(modes, 2000)}`;
const trans = ';mod=trans';
const inUdp = ';mod=UDP-enc-tun';

const register = (...header: string[]): string =>
  sipRegister().replace('Max-Forwards: 70', ['Max-Forwards: 70', ...header].join('\r\n'));
const answer = (status: string, ...header: string[]): string =>
  [`SIP/2.0 ${status}`, 'CSeq: 1 REGISTER', ...header, 'Content-Length: 0', '', ''].join('\r\n');
/** An ESP packet (RFC 4303 2). */
const esp = (spi: number): Buffer => Buffer.concat([u32(spi), u32(1), Buffer.alloc(24, 0xaa)]);
const toPcscf = (spi = 2001): Buffer => ipv4(50, ue.ip, pcscf.ip, esp(spi));
const toUe = (spi = 1000): Buffer => ipv4(50, pcscf.ip, ue.ip, esp(spi));

interface Decrypted {
  readonly from: Address;
  readonly to: Address;
  readonly sip: string;
}

/** Judges a capture with packets, denied ones, and SIP that was decrypted. */
async function judge(...items: (Buffer | { readonly denied: Buffer } | Decrypted)[]): Promise<JudgedCapture> {
  const writer = new PcapngWriter();
  const written = items.map((item, index) => {
    if (Buffer.isBuffer(item)) return { interface: 0, bytes: item, originalLength: item.length };
    if ('denied' in item) {
      const bytes = nflog(item.denied, { prefix: 'protocol-not-allowed' });
      return { interface: 1, bytes, originalLength: bytes.length };
    }
    const { from: source, to: destination, sip } = item;
    const bytes = Buffer.from(sip);
    const pdu = {
      dissector: 'sip',
      transport: 'udp',
      source,
      destination,
      bytes,
      length: bytes.length,
    } as const;
    return { interface: 2, ...exportedPdu(pdu, index) };
  });
  const file = folder.file('some.pcapng');
  writeFileSync(
    file,
    Buffer.concat([
      writer.sectionHeader('a test'),
      ...[linkTypes.raw, linkTypes.nflog, linkTypes.upperPdu].map((linkType) =>
        writer.interfaceDescription({ name: '', description: '', linkType }),
      ),
      ...written.map((packet, index) => writer.enhancedPacket({ ...packet, at: start + index * 10 })),
    ]),
  );
  return judgeCapture(await readForeignCapture(file), { file: 'some.pcapng' });
}

const inTheClear = (mode: string): Buffer[] => [
  udp(ue, pcscf, register(client(mode))),
  udp(pcscf, ue, answer('401 Unauthorized', server(mode))),
];

it('goes on in ESP, which nobody calls refused because it cannot be read', async () => {
  const judged = await judge(...inTheClear(trans), toPcscf(), toUe(), toPcscf(), toUe(3000), toPcscf(3001));
  expect(judged.tries).toMatchObject([
    {
      step: 1,
      rung: 'UDP 5060, then ESP',
      espSpis: ['000003e8', '000003e9', '000007d0', '000007d1'],
      events: [
        'REGISTER was challenged once (401 or 407)',
        'it went on in ESP, which is not read: by the SPIs agreed on, 2 packets to the P-CSCF, 1 back',
      ],
      isSilent: false,
    },
  ]);
  expect(judged).toMatchObject({
    isThrough: false,
    unknown: [
      'what went through the ESP of 10.0.0.7:40000, and so whether it got through: nothing in the capture has it in the clear',
    ],
  });
});

it('is step 2 in UDP, also before an answer has come', async () => {
  const packets = [...inTheClear(inUdp), udp({ ...ue, port: 4500 }, { ...pcscf, port: 4500 }, esp(2000))];
  const judged = await judge(...packets);
  expect(judged.tries).toMatchObject([{ step: 2, rung: 'UDP 5060, then ESP in UDP 4500', isSilent: true }]);
  expect(judged.tries[0]!.events.at(-1)).toBe(
    'it went on in ESP, which is not read: by the SPIs agreed on, 1 packet to the P-CSCF, none back',
  );
  expect((await judge(packets[0]!)).tries).toMatchObject([{ step: 2, rung: 'UDP 5060' }]);
  // Transport mode is what no mode means (TS 33.203 Annex H); of two that are offered, the P-CSCF chooses.
  expect((await judge(...inTheClear(''))).tries).toMatchObject([{ step: 1 }]);
  const both = udp(ue, pcscf, register(client(trans, inUdp)));
  expect((await judge(both, packets[1]!)).tries).toMatchObject([{ step: 2 }]);
});

it('is read where the capture has the SIP in the clear, also over fresh security associations', async () => {
  const [ueClient, ueServer] = [1002, 1003].map((port) => ({ ip: ue.ip, port }));
  const [itsClient, itsServer] = [2002, 2003].map((port) => ({ ip: pcscf.ip, port }));
  const fresh = `Security-Client: ${agreed([trans], 5000)}`;
  const judged = await judge(
    ...inTheClear(trans),
    toPcscf(),
    { from: ueClient!, to: itsServer!, sip: register(client(trans)) },
    toUe(),
    { from: itsServer!, to: ueClient!, sip: answer('200 OK') },
    toUe(1001),
    { from: itsClient!, to: ueServer!, sip: sipRegister().replaceAll('REGISTER', 'NOTIFY') },
    { from: ueClient!, to: itsServer!, sip: register(fresh) },
    {
      from: itsServer!,
      to: ueClient!,
      sip: answer('401 Unauthorized', `Security-Server: ${agreed([trans], 6000)}`),
    },
    toPcscf(6001),
    { from: { ...ue, port: 5002 }, to: { ...pcscf, port: 6003 }, sip: register(fresh) },
    // What is of somebody else does not count.
    { from: { ...ue, port: 7000 }, to: itsServer!, sip: sipRegister().replaceAll('REGISTER', 'MESSAGE') },
  );
  expect(judged.tries).toMatchObject([
    {
      step: 1,
      events: [
        'REGISTER was challenged once (401 or 407), then answered 200 OK 50 ms after the first was sent',
        '1 NOTIFY came from the network',
        'it went on in ESP, which the capture has in the clear: by the SPIs agreed on, 2 packets to the P-CSCF, 2 back',
      ],
    },
  ]);
  expect(judged).toMatchObject({
    conclusion: 'It got through over UDP 5060, then ESP (step 1), at the first try.',
    unknown: [],
  });
});

it('is told by the rule that dropped the ESP, where the log of a firewall is there', async () => {
  const judged = await judge(...inTheClear(trans), toPcscf(), { denied: toPcscf() });
  expect(judged.known).toEqual([
    'the log of a firewall in this capture names the rule `protocol-not-allowed` that denied a packet of UDP 5060, then ESP from 10.0.0.7:40000, 30 ms after the try began',
  ]);
  expect(judged.unknown).toEqual([]);
});

it('never went on where no ESP follows', async () => {
  expect((await judge(...inTheClear(trans))).tries[0]!.events).toEqual([
    'REGISTER was challenged once (401 or 407), and never granted',
    'the UE sent nothing in the ESP that it had agreed on',
  ]);
});

it('may begin over TCP', async () => {
  const [first, second] = [register(client(trans)), answer('401 Unauthorized', server(trans))];
  const judged = await judge(
    tcp(ue, pcscf, 'S', 0),
    tcp(pcscf, ue, 'S.', 0),
    tcp(ue, pcscf, 'P.', 1, first),
    tcp(pcscf, ue, 'P.', 1, second),
    toPcscf(),
    toUe(),
  );
  expect(judged.tries).toMatchObject([{ step: 1, rung: 'TCP 5060, then ESP' }]);
  expect(judged.tries[0]!.events).toContain('REGISTER was challenged once (401 or 407)');
});
