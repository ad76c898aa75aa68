import { builtInCatalogue } from '../../firewalls/catalogue';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { knobsSchema, type Knobs } from '../../firewalls/knobs';
import { anyKnobs } from '../../firewalls/testing/any-knobs';
import type { RuleId } from '../../firewalls/rules';
import { FirewallLab } from './lab/firewall-lab';
import { answerTo, answerWith, at, echoPort, whoAmI, type Outcome, type Probe } from './lab/probe';

function bytes(...parts: readonly (string | Buffer | readonly number[])[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );
}

/** A TLS record (RFC 8446 section 5.1). */
function record(type: number, payload: Buffer): Buffer {
  return bytes([type, 3, 3, payload.length >> 8, payload.length & 0xff], payload);
}

/** A handshake record; the firewall looks no further than its first two bytes. */
const hello = bytes([0x16, 3, 1, 0, 4], [1, 0, 0, 0]);
const readable = (text: string) => record(23, bytes(text));

/** STUN Binding request (RFC 8489 section 5), cookie at byte 4. */
const stun = bytes([0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42], 'transaction0');
/** ChannelData (RFC 8656 section 12.4) on channel 0x4000 with an RTP packet of payload type 96 and length 24. */
const rtp = bytes([0x80, 0x60, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4], 'voicevoice00');
const channelData = bytes([0x40, 0x00, 0x00, rtp.length], rtp);

/** Rule by type, where the type's number is at least the key's and below the next key's; the rest passes. */
type Expectation = Readonly<Record<number, RuleId | 'passes'>>;

interface Case {
  readonly probe: Probe;
  readonly expected: Expectation;
}

function probe(
  name: string,
  from: Probe['from'],
  protocol: Probe['protocol'],
  port: number,
  send: readonly Buffer[],
  ip: string = at.server,
): Probe {
  return { name, from, protocol, to: { ip, port }, send };
}

/**
 * What each type must make of it, reasoned from what the type adds (docs/firewalls.md): 1 NAPT, 2 protocols, 3 SIP
 * ports, 4 few UDP ports, 5 no UDP, 6 TCP 80 and 443, 7 content, 8 only the proxy goes out, 9 readable bytes.
 */
const direct = { 8: 'direct-not-allowed' } as const;
const cases: readonly Case[] = [
  {
    probe: probe('SIP over UDP 5060, answered to the source port', 'ue', 'udp', 5060, [bytes('OPTIONS')]),
    expected: { 3: 'sip-ports', 4: 'udp-not-allowed', ...direct },
  },
  {
    // Without rport the response goes to the port in Via: the NAPT has no mapping for it.
    probe: probe('SIP over UDP 5060, answered to the port in Via', 'ue', 'udp', 5060, [bytes(answerTo)]),
    expected: { 1: 'unsolicited-inbound', 3: 'sip-ports', 4: 'udp-not-allowed', ...direct },
  },
  {
    probe: probe('STUN over UDP 3478', 'ue', 'udp', 3478, [stun]),
    expected: { 4: 'udp-not-allowed', ...direct },
  },
  {
    probe: probe('DNS over UDP 53', 'ue', 'udp', 53, [bytes('query')]),
    expected: { 5: 'udp-not-allowed', ...direct },
  },
  {
    probe: probe('UDP 4500', 'ue', 'udp', 4500, [bytes('ike')]),
    expected: { 5: 'udp-not-allowed', ...direct },
  },
  {
    probe: probe('ESP', 'ue', 'esp', 0, []),
    expected: { 2: 'protocol-not-allowed', ...direct },
  },
  {
    probe: probe('an unasked datagram to the UE', 'server', 'udp', echoPort, [bytes('hello')], at.ue),
    expected: { 1: 'unsolicited-inbound' },
  },
  {
    probe: probe(
      'an unasked datagram to the outside address',
      'server',
      'udp',
      echoPort,
      [bytes('hello')],
      at.outside,
    ),
    // Nobody listens on the firewall of type 0: its own kernel refuses.
    expected: { 1: 'unsolicited-inbound' },
  },
  {
    probe: probe('TCP 5061', 'ue', 'tcp', 5061, [hello]),
    expected: { 3: 'sip-ports', 6: 'tcp-port-not-allowed', ...direct },
  },
  {
    probe: probe('TCP 3478', 'ue', 'tcp', 3478, [stun]),
    expected: { 6: 'tcp-port-not-allowed', ...direct },
  },
  {
    probe: probe('TCP 5349', 'ue', 'tcp', 5349, [hello]),
    expected: { 6: 'tcp-port-not-allowed', ...direct },
  },
  {
    probe: probe('STUN over TCP 80', 'ue', 'tcp', 80, [stun]),
    expected: { 7: 'not-http-on-80', ...direct },
  },
  {
    probe: probe('HTTP over TCP 80', 'ue', 'tcp', 80, [
      bytes(`GET / ${answerWith}HTTP/1.1 200`),
      bytes('any more'),
    ]),
    expected: direct,
  },
  {
    probe: probe('HTTP request answered by something else', 'ue', 'tcp', 80, [
      bytes(`GET / ${answerWith}SSH`),
    ]),
    expected: { 7: 'not-http-on-80', ...direct },
  },
  {
    probe: probe('TLS over TCP 443', 'ue', 'tcp', 443, [hello, bytes('the rest of a record')]),
    expected: direct,
  },
  {
    probe: probe('SIP over TCP 443 without TLS', 'ue', 'tcp', 443, [bytes('REGISTER sip:x SIP/2.0')]),
    expected: { 7: 'not-tls-on-443', ...direct },
  },
  {
    probe: probe('SSH on port 443, where the server speaks first', 'ue', 'tcp', 443, [], at.banner),
    expected: { 7: 'not-tls-on-443', ...direct },
  },
  {
    probe: probe('UE: readable SIP in TLS on 443', 'ue', 'tcp', 443, [
      hello,
      readable('REGISTER sip:x SIP/2.0'),
    ]),
    expected: direct,
  },
  { probe: probe('proxy: UDP 53', 'proxy', 'udp', 53, [bytes('query')]), expected: { 5: 'udp-not-allowed' } },
  {
    probe: probe('proxy: TCP 22', 'proxy', 'tcp', 22, [bytes('x')]),
    expected: { 6: 'tcp-port-not-allowed' },
  },
  {
    probe: probe('proxy: HTTP on 80', 'proxy', 'tcp', 80, [bytes(`GET / ${answerWith}HTTP/1.1 200`)]),
    expected: {},
  },
  { probe: probe('proxy: STUN on 443', 'proxy', 'tcp', 443, [stun]), expected: { 7: 'not-tls-on-443' } },
  ...['REGISTER', 'INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'MESSAGE', 'SUBSCRIBE']
    .concat(['NOTIFY', 'PUBLISH', 'PRACK', 'UPDATE', 'INFO', 'REFER'])
    .map((method): Case => ({
      probe: probe(`proxy: readable ${method}`, 'proxy', 'tcp', 443, [
        hello,
        readable(`${method} sip:x SIP/2.0`),
      ]),
      expected: { 9: 'readable-sip' },
    })),
  {
    probe: probe('proxy: readable SIP response', 'proxy', 'tcp', 443, [hello, readable('SIP/2.0 200 OK')]),
    expected: { 9: 'readable-sip' },
  },
  {
    probe: probe('proxy: readable STUN', 'proxy', 'tcp', 443, [hello, record(23, stun)]),
    expected: { 9: 'readable-stun' },
  },
  {
    probe: probe('proxy: readable RTP in ChannelData', 'proxy', 'tcp', 443, [hello, record(23, channelData)]),
    expected: { 9: 'readable-rtp' },
  },
  {
    probe: probe('proxy: readable MSRP', 'proxy', 'tcp', 443, [hello, readable('MSRP a786hjs2 SEND')]),
    expected: { 9: 'readable-msrp' },
  },
  {
    // To type 9 an encrypted record is one whose bytes begin like no protocol that it knows.
    probe: probe('proxy: an encrypted record', 'proxy', 'tcp', 443, [
      hello,
      record(23, bytes([0x9c, 0x41, 0x07, 0xee, 0x55], 'REGISTER is but a word')),
    ]),
    expected: {},
  },
  {
    // A readable word in a record of another type (here: handshake) is no application data.
    probe: probe('proxy: SIP words in a handshake record', 'proxy', 'tcp', 443, [
      hello,
      record(22, bytes('REGISTER ')),
    ]),
    expected: {},
  },
  {
    // A channel that no TURN client binds (0x4000-0x4fff), so this is an encrypted record that looks a little like RTP.
    probe: probe('proxy: four bytes of RTP by chance', 'proxy', 'tcp', 443, [
      hello,
      record(23, bytes([0x52, 0x00, 0x00, rtp.length], rtp)),
    ]),
    expected: {},
  },
];

function ruleOn(type: number, expected: Expectation): string {
  const from = Object.keys(expected)
    .map(Number)
    .filter((key) => key <= type);
  return expected[Math.max(...from, -1)] ?? 'passes';
}

const kernelRefuses = 'an unasked datagram to the outside address';

describe('firewalls, with real packets', () => {
  let lab: FirewallLab;
  beforeAll(async () => {
    lab = await FirewallLab.start();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.each(builtInCatalogue.map(({ id, knobs }) => [id, knobs] as const))('%s', async (id, knobs) => {
    const mine = cases.filter(({ probe: { name } }) => !(id === '0' && name === kernelRefuses));
    const seen = await lab.measure(
      knobs,
      mine.map((one) => one.probe),
    );
    const outcomes = mine.map(({ probe: { name } }) => {
      const outcome = seen.get(name);
      return [name, outcome?.kind === 'denied' ? outcome.rule : outcome?.kind];
    });
    // The firewall of `intercepting` is that of type 8; only its proxy intercepts.
    const type = id === 'intercepting' ? 8 : Number(id);
    const expected = mine.map((one) => [
      one.probe.name,
      id === 'closed' ? 'everything' : ruleOn(type, one.expected),
    ]);
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(expected));
  });

  test('the stream shows a denied packet at once and whole', async () => {
    const text = 'x'.repeat(900);
    const delays: number[] = [];
    for (let packet = 0; packet < 5; packet++) {
      const seen = await lab.measure(knobsOf('5'), [probe('long', 'ue', 'udp', echoPort, [bytes(text)])]);
      const denied = deniedOf(seen.get('long'));
      // IPv4 and UDP headers: 20 and 8 bytes.
      expect(denied.packet.length).toBe(928);
      expect(denied.packet.subarray(28).toString()).toBe(text);
      delays.push(denied.afterMs);
    }
    // Without queue-threshold the kernel would keep each packet for a second. A busy machine
    // can only make the delays longer.
    expect(Math.min(...delays)).toBeLessThan(700);
  });

  test('a reply that the NAPT has no mapping for is seen as it came, on the way to the firewall itself', async () => {
    const seen = await lab.measure(knobsOf('1'), [probe('reply', 'ue', 'udp', 5060, [bytes(answerTo)])]);
    const { packet } = deniedOf(seen.get('reply'));
    expect(addressesOf(packet)).toEqual({ source: at.server, destination: at.outside });
    expect(packet.subarray(28).toString()).toMatch(/^VIA:\d+$/);
  });

  test.each([
    ['0', new RegExp(`^${at.ue}:(3[2-9]|40)\\d{3}$`)],
    ['1', new RegExp(`^${at.outside}:5\\d{4}$`)],
  ])('on type %s the server sees %s', async (id, address) => {
    const seen = await lab.measure(knobsOf(id), [probe('who', 'ue', 'udp', 5060, [bytes(whoAmI)])]);
    const outcome = seen.get('who');
    expect(outcome?.kind === 'passes' && outcome.lastAnswer.toString()).toMatch(address);
  });

  test('a retransmission of what was refused is refused again', async () => {
    const sip = probe('no TLS', 'ue', 'tcp', 443, [bytes('REGISTER sip:x SIP/2.0')]);
    const { denied } = await lab.watch(
      knobsOf('7'),
      sip,
      'a retransmission',
      (seen) => seen.denied.length === 2,
    );
    // One more may come before the stream has ended.
    expect(denied.length).toBeGreaterThanOrEqual(2);
    expect(new Set(denied.map(({ rule }) => rule))).toEqual(new Set(['not-tls-on-443']));
    expect(denied[1]?.packet.subarray(-10)).toEqual(denied[0]?.packet.subarray(-10));
  });

  test('the counter of a rule counts what it denied', async () => {
    await lab.measure(knobsOf('6'), [
      probe('one', 'ue', 'udp', 53, [bytes('a')]),
      probe('two', 'ue', 'udp', 5060, [bytes('b')]),
    ]);
    expect(await lab.onFirewall(['nft', 'list', 'chain', 'ip', 'nimsfw', 'deny-udp-not-allowed'])).toContain(
      'counter packets 2 bytes',
    );
  });

  test('records of random bytes pass type 9', async () => {
    // By the probabilities in firewalls/nftables.ts one run in 400 000 fails; comparing RTP's version alone, all would.
    const send = [hello, ...Array.from({ length: 300 }, () => record(23, randomBytes(60)))];
    const seen = await lab.measure(knobsOf('9'), [probe('encrypted', 'proxy', 'tcp', 443, send)]);
    expect(seen.get('encrypted')?.kind).toBe('passes');
  });

  // Linux tells the socket what it was answered: a reset (RFC 9293), or ICMP type 3 code 13 (RFC 1812 section 5.2.7.1).
  test.each([
    ['udp', 53, 'EHOSTUNREACH', 'udp-not-allowed'],
    ['tcp', 22, 'ECONNREFUSED', 'tcp-port-not-allowed'],
  ] as const)(
    'where the verdict is reject, %s to port %i ends with %s',
    async (protocol, port, error, rule) => {
      const knobs: Knobs = { ...knobsOf('6'), verdict: 'reject' };
      const refused = probe('refused', 'ue', protocol, port, [bytes('x')]);
      const seen = await lab.watch(
        knobs,
        refused,
        'the refusal, by the firewall and by the sender',
        ({ denied, reports }) => denied.length > 0 && reports.length > 0,
      );
      expect(seen.reports[0]?.error).toBe(error);
      expect(seen.denied[0]?.rule).toBe(rule);
    },
  );

  test('a reject in the middle of a connection ends it with a reset', async () => {
    const knobs: Knobs = { ...knobsOf('7'), verdict: 'reject' };
    const { reports } = await lab.watch(
      knobs,
      probe('no TLS', 'ue', 'tcp', 443, [bytes('REGISTER')]),
      'the end of the connection',
      (seen) => seen.reports.length > 0,
    );
    expect(reports[0]?.error).toBe('ECONNRESET');
  });

  test('without NAPT and with inbound allowed, what is let in is bound by the ports only', async () => {
    const knobs = knobsSchema.parse({ udp: { only: [echoPort] } });
    const seen = await lab.measure(knobs, [
      probe('allowed', 'server', 'udp', echoPort, [bytes('x')], at.ue),
      probe('other', 'server', 'udp', 9, [bytes('x')], at.ue),
    ]);
    expect(seen.get('allowed')?.kind).toBe('passes');
    expect(deniedOf(seen.get('other')).rule).toBe('udp-not-allowed');
  });

  // The kernel must have the seconds of the knob, or a day for `none`. Its own values would be 30 and 120 s for UDP.
  test.each<[Knobs['idle'], number]>([
    ['none', 86_400],
    [77, 77],
  ])('with idle %s the kernel forgets what is silent after %i s', async (idle, seconds) => {
    const knobs = knobsSchema.parse({ napt: true, unsolicitedInbound: 'deny', idle });
    const first = lab.nextLocalPort;
    const outcomes = await lab.measure(knobs, [
      probe('answered', 'ue', 'udp', 53, [bytes('x'), bytes('y')]),
      probe('answered where nobody knows of it', 'ue', 'udp', 5060, [bytes(answerTo)]),
      probe('standing', 'ue', 'tcp', 22, [bytes('x'), bytes('y')]),
    ]);
    expect([...outcomes.values()].map(({ kind }) => kind)).toEqual(['passes', 'denied', 'passes']);
    const known = await lab.onFirewall(['cat', '/proc/net/nf_conntrack']);
    const left = [0, 1, 2].map((index) => {
      const line = known.split('\n').find((each) => each.includes(` sport=${first + index} `));
      return Number(/^ipv4 +2 (?:udp +17|tcp +6) (\d+) /.exec(line ?? '')?.[1]);
    });
    // The table shows the time that is left, and a busy machine may read it some seconds later.
    for (const value of left) {
      expect(value).toBeLessThanOrEqual(seconds);
      expect(value).toBeGreaterThan(seconds - 30);
    }
  });

  test('reloaded, it forgets the bindings of UDP, and follows TCP connections on', async () => {
    const knobs = knobsSchema.parse({ napt: true, unsolicitedInbound: 'deny' });
    const first = lab.nextLocalPort;
    const outcomes = await lab.measure(knobs, [
      probe('answered', 'ue', 'udp', 53, [bytes('x'), bytes('y')]),
      probe('ESP in UDP', 'ue', 'udp', 4500, [bytes('x')]),
      probe('standing', 'ue', 'tcp', 22, [bytes('x'), bytes('y')]),
    ]);
    expect([...outcomes.values()].map(({ kind }) => kind)).toEqual(['passes', 'passes', 'passes']);
    const followed = async (): Promise<boolean[]> => {
      const known = await lab.onFirewall(['cat', '/proc/net/nf_conntrack']);
      return [0, 1, 2].map((index) => known.includes(` sport=${first + index} `));
    };
    expect(await followed()).toEqual([true, true, true]);
    await lab.reload({ ...knobs, idle: 5 });
    expect(await followed()).toEqual([false, false, true]);
  });

  test('reloaded in the middle of a refused connection, it refuses what is sent again by the same rule', async () => {
    let reload: Promise<void> | undefined;
    let before = Infinity;
    const { denied } = await lab.watch(
      knobsOf('9'),
      {
        ...probe('SIP', 'proxy', 'tcp', 443, [], at.tls),
        tls: { suite: 'null', way: 'at once', speaks: 'client' },
      },
      'a packet that is refused again after the reload',
      (seen) => {
        reload ??= lab.reload({ ...knobsOf('9'), idle: 60 }).then(() => void (before = seen.denied.length));
        return seen.denied.length > before;
      },
    );
    await reload;
    expect(new Set(denied.map(({ rule }) => rule))).toEqual(new Set(['readable-sip']));
  });

  test('nft accepts whatever knobs there can be', async () => {
    const vectors = fc.sample(anyKnobs, 60);
    const refused: unknown[] = [];
    for (const knobs of vectors) {
      const complaint = await lab.check(knobs);
      if (complaint !== '') refused.push({ knobs, complaint });
    }
    expect(refused).toEqual([]);
  });
});

function knobsOf(id: string): Knobs {
  const found = builtInCatalogue.find((firewall) => firewall.id === id);
  if (!found) throw new Error(`no firewall ${id}`);
  return found.knobs;
}

function deniedOf(outcome: Outcome | undefined): Extract<Outcome, { kind: 'denied' }> {
  if (outcome?.kind !== 'denied') throw new Error(`not denied: ${outcome?.kind}`);
  return outcome;
}

function addressesOf(packet: Buffer): { source: string; destination: string } {
  return {
    source: [...packet.subarray(12, 16)].join('.'),
    destination: [...packet.subarray(16, 20)].join('.'),
  };
}
