import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { issue, makeCa } from '../../nodes/ue/testing/certificates';
import { TestFolder } from '../../nodes/ue/testing/folder';
import { linkTypes } from '../evidence/pcap';
import { PcapngWriter } from '../evidence/pcapng-writer';
import {
  icmpError,
  nflog,
  pcap,
  record,
  recordAt,
  sipRegister,
  stun,
  tcp,
  udp,
} from '../evidence/testing/builders';
import { segmentsOf, talkTls } from '../evidence/testing/tls-talk';
import { formatJudgedCapture } from './format';
import { judgeCapture, type JudgeOptions, type JudgedCapture } from './judge-capture';
import { readForeignCapture } from './read-capture';

const start = 1_795_424_000_000;
const ue = { ip: '10.0.0.7', port: 40_000 };
const pcscf = { ip: '192.0.2.10', port: 5060 };
const at443 = { ip: pcscf.ip, port: 443 };
const proxy = { ip: '10.0.0.3', port: 3128 };
const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

/** A packet, and when it was captured, in ms since {@link start}. */
type At = readonly [at: number, bytes: Uint8Array];

const captureOf = (packets: readonly At[], linkType: number = linkTypes.raw): Buffer =>
  pcap(
    packets.map(([at, bytes]) => recordAt(start + at, bytes)),
    { linkType },
  );

async function judge(bytes: Uint8Array, options: Omit<JudgeOptions, 'file'> = {}): Promise<JudgedCapture> {
  const file = folder.file('some.pcap');
  writeFileSync(file, bytes);
  return judgeCapture(await readForeignCapture(file), { file: 'some.pcap', ...options });
}

const judgePackets = (...packets: At[]): Promise<JudgedCapture> => judge(captureOf(packets));

function answer(status: string, method = 'REGISTER'): string {
  return [`SIP/2.0 ${status}`, 'Call-ID: call-1', `CSeq: 1 ${method}`, 'Content-Length: 0', '', ''].join(
    '\r\n',
  );
}
const request = (method: string): string => sipRegister().replaceAll('REGISTER', method);

const onePlace = expect.stringMatching(
  /^whether anything was blocked: this capture is of one place/,
) as string;

describe('SIP over UDP', () => {
  it('without an answer is not blocked, and it is said what would tell', async () => {
    const register = udp(ue, pcscf, sipRegister());
    const judged = await judgePackets([0, register], [500, register], [1500, register]);
    expect(judged).toMatchObject({ ue: ue.ip, isThrough: false, known: [], unknown: [onePlace] });
    expect(judged.tries).toMatchObject([
      {
        step: 1,
        rung: 'UDP 5060',
        frame: 1,
        events: ['no answer came to REGISTER, sent 3 times within 1.5 s'],
      },
    ]);
    expect(judged.conclusion).toBe(
      'Nothing is seen to have got through. The last try, UDP 5060 (step 1), ended so: no answer came to REGISTER, sent 3 times within 1.5 s.',
    );
  });

  it('got through with a 200 after the challenge, and can be reached when a NOTIFY comes', async () => {
    const packets: At[] = [
      [0, udp(ue, pcscf, sipRegister())],
      [10, udp(pcscf, ue, answer('401 Unauthorized'))],
      [20, udp(ue, pcscf, sipRegister())],
      [45, udp(pcscf, ue, answer('200 OK'))],
    ];
    const judged = await judgePackets(...packets);
    expect(judged.tries[0]!.events).toEqual([
      'REGISTER was challenged once (401 or 407), then answered 200 OK 45 ms after the first was sent',
    ]);
    expect(judged.conclusion).toBe('It got through over UDP 5060 (step 1), at the first try.');
    expect(judged.unknown).toEqual([
      'whether the network can reach the UE: no NOTIFY of its registration came',
    ]);
    const notified = await judgePackets(...packets, [50, udp(pcscf, ue, request('NOTIFY'))]);
    expect(notified.tries[0]!.events).toContain('1 NOTIFY came from the network');
    expect(notified.unknown).toEqual([]);
  });

  it('that is challenged for ever is told so', async () => {
    const loop = [0, 1, 2].flatMap((turn): At[] => [
      [turn * 100, udp(ue, pcscf, sipRegister())],
      [turn * 100 + 10, udp(pcscf, ue, answer('401 Unauthorized'))],
    ]);
    const judged = await judgePackets(...loop);
    expect(judged.tries[0]!.events).toEqual([
      'REGISTER was challenged 3 times (401 or 407), and never granted',
    ]);
    expect(judged).toMatchObject({ isThrough: false, unknown: [] });
    const silent = await judgePackets(...loop.slice(0, 3));
    expect(silent.tries[0]!.events).toEqual([
      'REGISTER was challenged once (401 or 407), and no answer came to the REGISTER after that',
    ]);
    expect(silent.unknown).toEqual([onePlace]);
  });

  it('that is refused is told with the answer', async () => {
    const judged = await judgePackets(
      [0, udp(ue, pcscf, sipRegister())],
      [5, udp(pcscf, ue, answer('403 Forbidden'))],
    );
    expect(judged.tries[0]!.events).toEqual(['REGISTER was refused with 403 Forbidden']);
    expect(judged).toMatchObject({ isThrough: false, unknown: [] });
  });

  it('is step 2 where it asks for RFC 5626', async () => {
    const outbound = sipRegister().replace('Max-', 'Contact: <sip:ue@10.0.0.7;ob>;reg-id=1\r\nMax-');
    expect((await judgePackets([0, udp(ue, pcscf, outbound)])).tries[0]!.step).toBe(2);
  });

  it('is told with the ICMP error that came back', async () => {
    const register = udp(ue, pcscf, sipRegister());
    const judged = await judgePackets([0, register], [2, icmpError('10.0.0.1', ue.ip, 3, 13, register)]);
    expect(judged.tries[0]!.events).toEqual([
      'no answer came to REGISTER, sent once',
      '1 ICMP error came back, the first was ICMP destination (code 13) unreachable, about SIP REGISTER from 10.0.0.1',
    ]);
  });

  it('has a call told by its answers, once it is told who calls', async () => {
    const call: At[] = [
      [0, udp(ue, pcscf, request('INVITE'))],
      [10, udp(pcscf, ue, answer('180 Ringing', 'INVITE'))],
      [900, udp(pcscf, ue, answer('200 OK', 'INVITE'))],
      [910, udp(ue, pcscf, request('ACK'))],
      [5000, udp(pcscf, ue, request('BYE'))],
    ];
    const judged = await judge(captureOf(call), { ue: ue.ip });
    expect(judged.tries[0]!.events).toEqual([
      'INVITE was answered 200 OK 900 ms after the first was sent',
      '1 BYE came from the network',
    ]);
    // Each asks the other, and no REGISTER says who is who.
    await expect(judgePackets(...call)).rejects.toMatchObject({ code: 'UE_UNCLEAR' });
  });
});

describe('a TCP connection', () => {
  it('without an answer to its SYN', async () => {
    const syn = tcp(ue, at443, 'S', 0);
    const judged = await judgePackets([0, syn], [1000, syn], [3000, syn]);
    expect(judged.tries).toMatchObject([
      { step: 3, rung: 'TLS 443', events: ['no answer came to the SYN, sent 3 times within 3.0 s'] },
    ]);
    expect(judged.unknown).toEqual([onePlace]);
  });

  it('that is reset does not show who did it', async () => {
    const judged = await judgePackets([0, tcp(ue, at443, 'S', 0)], [2, tcp(at443, ue, 'R.', 0)]);
    expect(judged.tries[0]!.events).toEqual([
      'the SYN was answered with a reset from 192.0.2.10:443 2 ms later',
    ]);
    expect(judged.unknown).toEqual([
      "whether the server or something on the way sent the reset: a firewall's reset bears the server's address",
    ]);
  });

  it('whose ClientHello nobody answers', async () => {
    const hello = tcp(ue, at443, 'P.', 1, record(0x16, Buffer.from('010000020303', 'hex')));
    const judged = await judgePackets(
      [0, tcp(ue, at443, 'S', 0)],
      [1, tcp(at443, ue, 'S.', 0)],
      [2, hello],
      [202, hello],
    );
    expect(judged.tries[0]!.events).toEqual([
      'the TCP connection was opened',
      'no answer came to the ClientHello',
      'the last bytes of the UE, sent 2 times within 200 ms, were never acknowledged',
    ]);
    expect(judged.unknown).toContainEqual(onePlace);
  });

  it('that an alert ends is told with who sent it', async () => {
    const judged = await judgePackets(
      [0, tcp(ue, at443, 'S', 0)],
      [1, tcp(at443, ue, 'S.', 0)],
      [2, tcp(ue, at443, 'P.', 1, record(0x16, Buffer.from('010000020303', 'hex')))],
      [3, tcp(at443, ue, 'P.', 1, record(0x15, Buffer.from([2, 40])))],
    );
    expect(judged.tries[0]!.events).toContain('the other end ended it with the TLS alert handshake_failure');
  });

  it('to a proxy that refuses CONNECT', async () => {
    const judged = await judgePackets(
      [0, tcp(ue, proxy, 'S', 0)],
      [1, tcp(proxy, ue, 'S.', 0)],
      [2, tcp(ue, proxy, 'P.', 1, 'CONNECT pcscf.example:5061 HTTP/1.1\r\n\r\n')],
      [3, tcp(proxy, ue, 'P.', 1, 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')],
    );
    expect(judged.tries).toMatchObject([
      {
        ...{ step: 2, rung: 'TLS 5061 by CONNECT', connect: 'pcscf.example:5061', isThrough: false },
        events: ['the TCP connection was opened', 'the proxy refused CONNECT pcscf.example:5061 with 403'],
      },
    ]);
    expect(judged.unknown).toEqual([]);
  });

  it('to a TURN server is told by its answers', async () => {
    const server = { ip: '192.0.2.30', port: 80 };
    const one = '000102030405060708090a0b';
    const judged = await judgePackets(
      [0, tcp(ue, server, 'S', 0)],
      [1, tcp(server, ue, 'S.', 0)],
      [2, tcp(ue, server, 'P.', 1, stun(0x0003, one))],
      [4, tcp(server, ue, 'P.', 1, stun(0x0103, one))],
      // Only what is on a port of the ladder makes a capture one of it.
      [9, tcp(ue, at443, 'S', 0)],
    );
    expect(judged.tries[0]).toMatchObject({ step: 3, rung: 'TURN, TCP 80', isThrough: true });
    expect(judged.tries[0]!.events).toContain(
      'Allocate request was answered success 2 ms after the first was sent',
    );
  });
});

describe('TLS', () => {
  const own = issue(folder, makeCa(folder, 'own'), 'pcscf.example');
  const ciphers = 'AES128-SHA:@SECLEVEL=0';
  const context = createSecureContext({ cert: own.certificate, key: readFileSync(own.keyFile), ciphers });
  const options = { ciphers, maxVersion: 'TLSv1.2' } as const;
  const talk = talkTls(context, options, [[sipRegister(), answer('200 OK')]]);
  const packets = async (): Promise<At[]> =>
    segmentsOf((await talk).chunks).map((bytes, index): At => [index, bytes]);

  it('is read with the secrets of a key log', async () => {
    const judged = await judge(captureOf(await packets()), { keyLog: (await talk).keyLog });
    expect(judged.isThrough).toBe(true);
    expect(judged.tries[0]!.events.join('\n')).toMatch(
      /the TLS handshake ended .*: TLSv1.2 with .*\nREGISTER was answered 200 OK /,
    );
  });

  it('is read with the secrets in a pcapng', async () => {
    const writer = new PcapngWriter();
    const bytes = Buffer.concat([
      writer.sectionHeader('a test'),
      writer.interfaceDescription({ name: 'eth0', description: '', linkType: linkTypes.raw }),
      writer.tlsSecrets((await talk).keyLog),
      ...(await packets()).map(([at, packet]) =>
        writer.enhancedPacket({ interface: 0, at: start + at, bytes: packet, originalLength: packet.length }),
      ),
    ]);
    expect(await judge(bytes)).toMatchObject({ isThrough: true, interface: 'eth0' });
  });

  it('without secrets stays closed, and nobody says that it got through', async () => {
    const judged = await judgePackets(...(await packets()));
    expect(judged.isThrough).toBe(false);
    expect(judged.unknown).toEqual([
      'what went through the TLS of 10.89.6.2:32800, and so whether it is of the ladder at all: there are no secrets of it; name a key log with --keys',
    ]);
  });
});

it('knows of a drop by the log of a firewall that stands in the same capture', async () => {
  const writer = new PcapngWriter();
  const register = udp(ue, pcscf, sipRegister());
  const written = (...later: Buffer[]): Buffer[] =>
    [register, nflog(register, { prefix: 'sip-ports' }), ...later].map((bytes, index) =>
      writer.enhancedPacket({
        ...{ interface: index % 2, at: start + index * 3, bytes, originalLength: bytes.length },
      }),
    );
  const withLog = (...later: Buffer[]): Promise<JudgedCapture> =>
    judge(
      Buffer.concat([
        writer.sectionHeader('a test'),
        writer.interfaceDescription({ name: 'ue', description: '', linkType: linkTypes.raw }),
        writer.interfaceDescription({ name: 'denied', description: '', linkType: linkTypes.nflog }),
        ...written(...later),
      ]),
    );
  const judged = await withLog();
  expect(judged.known).toEqual([
    'the log of a firewall in this capture names the rule `sip-ports` that denied a packet of UDP 5060 from 10.0.0.7:40000, 3 ms after the try began',
  ]);
  expect(judged).toMatchObject({ isThrough: false, unknown: [] });
  // Of what the log does not name, it shows nothing.
  const other = await withLog(tcp(ue, at443, 'S', 0));
  expect(other.unknown).toEqual(['why nothing came back to what no log of a firewall in the capture names']);
});

describe('the link types that people capture with', () => {
  const register = udp(ue, pcscf, sipRegister());
  const ethernet = (type: number, body: Uint8Array): Buffer =>
    Buffer.concat([Buffer.alloc(12), Buffer.from([type >> 8, type & 0xff]), body]);

  it.each([
    ['ethernet', linkTypes.ethernet, ethernet(0x0800, register)],
    ['VLAN', linkTypes.ethernet, ethernet(0x8100, Buffer.concat([Buffer.from([0, 1, 8, 0]), register]))],
    ['raw', linkTypes.raw, register],
    ['IPv4', linkTypes.ipv4, register],
    ['BSD loopback', linkTypes.null, Buffer.concat([Buffer.from([2, 0, 0, 0]), register])],
    ['OpenBSD loopback', linkTypes.loop, Buffer.concat([Buffer.from([0, 0, 0, 2]), register])],
    ['Linux cooked', linkTypes.linuxSll, Buffer.concat([Buffer.alloc(14), Buffer.from([8, 0]), register])],
    ['Linux cooked 2', linkTypes.linuxSll2, Buffer.concat([Buffer.from([8, 0]), Buffer.alloc(18), register])],
  ])('%s', async (_, linkType, bytes) => {
    expect(await judge(captureOf([[0, bytes]], linkType))).toMatchObject({
      ue: ue.ip,
      tries: [{ rung: 'UDP 5060' }],
    });
  });

  it('says what it could not read', async () => {
    const judged = await judge(
      captureOf(
        [
          [0, ethernet(0x0800, register)],
          [1, ethernet(0x86dd, Buffer.alloc(40))],
          [2, ethernet(0x0806, Buffer.alloc(28))],
        ],
        linkTypes.ethernet,
      ),
    );
    expect(judged.unknown).toContain('what is in 1 packet of IPv6, which cannot be read here');
  });
});

it('says of a capture with nothing of SIP what of it could not be read', async () => {
  const ipv6 = Buffer.concat([Buffer.alloc(12), Buffer.from([0x86, 0xdd]), Buffer.alloc(40)]);
  await expect(judge(captureOf([[0, ipv6]], linkTypes.ethernet))).rejects.toThrow(
    'capture while the phone registers; not known is what is in 1 packet of IPv6, which cannot be read here',
  );
});

describe('whose capture it is', () => {
  it('is the one who asks and is not asked', async () => {
    const core = { ip: '192.0.2.20', port: 5060 };
    const judged = await judgePackets(
      [0, udp(ue, pcscf, sipRegister())],
      [1, udp(pcscf, core, sipRegister())],
    );
    expect(judged.ue).toBe(ue.ip);
  });

  it('is the one who registers, though it is asked for other things on the same port', async () => {
    const phone = { ip: ue.ip, port: 5060 };
    const judged = await judgePackets(
      [0, udp(phone, pcscf, sipRegister())],
      [1, udp(pcscf, phone, answer('200 OK'))],
      [2, udp(pcscf, phone, request('NOTIFY'))],
    );
    expect(judged).toMatchObject({ ue: ue.ip, isThrough: true });
  });

  it('is the one at the interface that is described first, where several saw the same', async () => {
    const writer = new PcapngWriter();
    const nat = { ip: '198.51.100.1', port: 50_000 };
    const packets = [udp(nat, pcscf, sipRegister()), udp(ue, pcscf, sipRegister())];
    const judged = await judge(
      Buffer.concat([
        writer.sectionHeader('a test'),
        ...['ue', 'outside'].map((name) =>
          writer.interfaceDescription({ name, description: '', linkType: linkTypes.raw }),
        ),
        ...packets.map((bytes, index) =>
          writer.enhancedPacket({ interface: 1 - index, at: start, bytes, originalLength: bytes.length }),
        ),
      ]),
    );
    expect(judged).toMatchObject({ ue: ue.ip, interface: 'ue' });
    expect(judged.unknown).toContain('what the other interface of the capture saw: only one was read');
  });

  it('has to be told where there are several', async () => {
    const other = { ip: '10.0.0.8', port: 5060 };
    const both: At[] = [
      [0, udp(ue, pcscf, sipRegister())],
      [1, udp(other, pcscf, sipRegister())],
    ];
    await expect(judgePackets(...both)).rejects.toMatchObject({
      code: 'UE_UNCLEAR',
      message: 'some.pcap has several that could be the UE (10.0.0.7, 10.0.0.8); name one with --ue',
    });
    expect((await judge(captureOf(both), { ue: other.ip })).tries).toMatchObject([{ way: { local: other } }]);
    await expect(judge(captureOf(both), { ue: '10.0.0.9' })).rejects.toMatchObject({
      code: 'NOTHING_OF_LADDER',
    });
  });
});

describe('bad input', () => {
  const whole = captureOf([[0, udp(ue, pcscf, sipRegister())]]);

  it.each([
    ['nothing', Buffer.alloc(0), 'CAPTURE_UNREADABLE'],
    ['text', Buffer.from('REGISTER sip:example SIP/2.0\r\n\r\n'), 'CAPTURE_UNREADABLE'],
    ['a capture cut off in its first packet', whole.subarray(0, 60), 'CAPTURE_UNREADABLE'],
    ['a capture without a packet', captureOf([]), 'NOTHING_OF_LADDER'],
    ['nothing of SIP', captureOf([[0, udp(ue, { ip: '192.0.2.1', port: 53 }, 'x')]]), 'NOTHING_OF_LADDER'],
  ])('%s is refused', async (_, bytes, code) => {
    await expect(judge(bytes)).rejects.toMatchObject({ code });
  });

  it('of a truncated capture judges what is there, and says so', async () => {
    const twice = captureOf([0, 500].map((at): At => [at, udp(ue, pcscf, sipRegister())]));
    const judged = await judge(twice.subarray(0, -5));
    expect(judged.tries[0]!.events).toEqual(['no answer came to REGISTER, sent once']);
    expect(judged.unknown.join('\n')).toMatch(
      /the capture ends inside a record .*; what is behind that was not read/,
    );
  });

  it('shows a hostile message as text on its lines', async () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '\u001B[2J\u001B]0;x\u0007',
        '\u009B31m',
        '\u202Eevil',
        '\u2028',
        '<script>alert(1)</script>',
      ),
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (reason, name) => {
        const line = reason.replace(/[\r\n]/g, '');
        const judged = await judgePackets(
          [0, udp(ue, pcscf, sipRegister({ callId: name }))],
          [1, udp(pcscf, ue, answer(`403 ${line}`))],
          [2, tcp(ue, proxy, 'S', 0)],
          [3, tcp(proxy, ue, 'S.', 0)],
          [
            4,
            tcp(
              ue,
              proxy,
              'P.',
              1,
              Buffer.from(`CONNECT ${name.replace(/\s/g, '')}x HTTP/1.1\r\n\r\n`, 'latin1'),
            ),
          ],
        );
        const text = formatJudgedCapture(judged, `${name}.pcap`, false);
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]|[\u202a-\u202e\u2066-\u2069]/u);
        expect(text).toContain('REGISTER was refused with 403');
      }),
      { numRuns: 60 },
    );
  });

  it('never fails otherwise than with one of its codes, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(5000), fc.uint8Array({ maxLength: 90 })), { maxLength: 6 }),
        fc.constantFrom(...Object.values(linkTypes)),
        async (packets, linkType) => {
          const bytes = captureOf([...packets.map(([at, body]): At => [at, body])], linkType);
          const code = await judge(bytes).then(
            () => 'judged',
            (error: { code?: string }) => error.code,
          );
          expect(['judged', 'NOTHING_OF_LADDER', 'UE_UNCLEAR', 'CAPTURE_UNREADABLE']).toContain(code);
        },
      ),
      { numRuns: 60 },
    );
  });
});
