import fc from 'fast-check';
import type { Flow, Identifier } from '../../nodes/ue/protocol';
import { evidence } from './evidence';
import { dropEvidenceOf } from './kinds/drop';
import { decisiveOf } from './denial';
import { isDecisive, matchDrop, type Match } from './match';
import {
  attempt,
  dropOf,
  flow,
  nat,
  pcscf,
  proxyEnd,
  proxyTrace,
  rules,
  start,
  ue,
} from './testing/attempts';
import { icmpError, ipv4, record, sipRegister, stun, tcp, u32, udp } from './testing/builders';

const transaction = '0102030405060708090a0b0c';
const branch: Identifier = { attempt: 'a1', kind: 'sip-branch', value: 'z9hG4bKone' };
const callId: Identifier = { attempt: 'a1', kind: 'sip-call-id', value: 'call-1' };
const request: Identifier = { attempt: 'a1', kind: 'stun-transaction', value: transaction.toUpperCase() };
const answer =
  'SIP/2.0 401 No\r\nVia: SIP/2.0/UDP 10.89.8.2;branch=z9hG4bKone\r\nCall-ID: call-1\r\nCSeq: 1 REGISTER\r\n\r\n';
/** An attempt without flows, as if the NAPT's own address hid the UE's. */
const anonymous = attempt([], []);

describe('five-tuple', () => {
  test.each([
    ['on the way out', udp(ue, pcscf, 'x')],
    ['on the way back', udp(pcscf, ue, 'x')],
    ['in an ICMP error about it', icmpError('198.18.0.1', ue.ip, 3, 3, udp(ue, pcscf, 'x'))],
  ])('%s', (_, packet) => {
    expect(matchDrop(dropOf(packet), attempt())).toEqual({ matchedBy: 'five-tuple', flow: flow() });
  });

  test.each([
    ['another local port', udp({ ...ue, port: 32769 }, pcscf, 'x')],
    ['another UE', udp({ ...ue, ip: '10.89.8.9' }, pcscf, 'x')],
    ['another server port', udp(ue, { ...pcscf, port: 5061 }, 'x')],
    ['another server', udp(ue, { ...pcscf, ip: '198.18.0.11' }, 'x')],
    ['another protocol', tcp(ue, pcscf, 'S')],
    ['crossed ends', udp({ ip: ue.ip, port: pcscf.port }, { ip: pcscf.ip, port: ue.port }, 'x')],
  ])('%s is not it', (_, packet) => {
    expect(matchDrop(dropOf(packet), attempt())).toBeUndefined();
  });

  test.each([
    ['50 ms before the socket was told', start + 10 - 50, true],
    ['earlier', start + 10 - 51, false],
    ['half a second after the end', start + 2500, true],
    ['later', start + 2501, false],
  ])('%s', (_, at, matches) => {
    expect(matchDrop(dropOf(udp(ue, pcscf, 'x'), at), attempt()) !== undefined).toBe(matches);
  });
});

/** Makes the payload of ESP: an SPI, a sequence number, and what nobody can read. */
const sealed = (spi: number): Buffer => Buffer.concat([u32(spi), u32(1), Buffer.alloc(40, 7)]);

describe('ESP', () => {
  const spi = (value: string): Identifier => ({ attempt: 'a1', kind: 'esp-spi', value });
  const ends = { local: { ip: ue.ip, port: 0 }, remote: { ip: pcscf.ip, port: 0 } };
  const ownFlow = flow({ protocol: 'esp', ...ends });
  const own = attempt([flow(), ownFlow], [spi('0000a001'), spi('0000b001')]);
  const esp = (from: string, to: string, value: number): Buffer => ipv4(50, from, to, sealed(value));
  const inUdp = (value: number): Buffer =>
    udp({ ...ue, port: 4500 }, { ...pcscf, port: 4500 }, sealed(value));

  test.each([
    ['on the way out', esp(ue.ip, pcscf.ip, 0xa001)],
    ['on the way back', esp(pcscf.ip, ue.ip, 0xb001)],
    ['in an ICMP error about it', icmpError('198.18.0.1', ue.ip, 3, 13, esp(ue.ip, pcscf.ip, 0xa001))],
  ])('belongs by its SPI and addresses: %s', (_, packet) => {
    const match = matchDrop(dropOf(packet), own)!;
    expect(match).toEqual({ matchedBy: 'esp-spi', flow: ownFlow });
  });

  test('is decisive on its way out where the rule denies all of its kind', () => {
    const drop = dropOf(esp(ue.ip, pcscf.ip, 0xa001));
    expect(isDecisive(drop, matchDrop(drop, own)!, 'own')).toBe(true);
  });

  test('belongs by its SPI alone where an NAPT hides the UE, and then to no way', () => {
    expect(matchDrop(dropOf(esp(nat.ip, pcscf.ip, 0xa001)), own)).toEqual({ matchedBy: 'esp-spi' });
  });

  test('with an SPI of another attempt between the same addresses is not it', () => {
    expect(matchDrop(dropOf(esp(ue.ip, pcscf.ip, 0xa002)), own)).toBeUndefined();
  });

  test('in UDP: attempts at the same time have the same ports there, and the SPI tells them apart', () => {
    const way = flow({
      local: { ip: ue.ip, port: 4500 },
      remote: { ip: pcscf.ip, port: 4500 },
    });
    const tunnelled = attempt([flow(), way], [spi('0000a001')]);
    expect(matchDrop(dropOf(inUdp(0xa001)), tunnelled)).toEqual({ matchedBy: 'esp-spi', flow: way });
    expect(matchDrop(dropOf(inUdp(0xa002)), tunnelled)).toBeUndefined();
  });

  test.each([
    // RFC 3948 2.3 and 2.2: a NAT-keepalive is one byte 0xFF, and four zero bytes mark what is no ESP. Neither says whose it is.
    ['a NAT-keepalive', Buffer.from([0xff])],
    ['IKE', Buffer.concat([u32(0), Buffer.alloc(28, 7)])],
  ])(
    'on its port in UDP %s belongs to no attempt, although addresses and ports are its own',
    (_, payload) => {
      const [from, to] = [
        { ...ue, port: 4500 },
        { ...pcscf, port: 4500 },
      ];
      const tunnelled = attempt([flow(), flow({ local: from, remote: to })], [spi('0000a001')]);
      const packet = udp(from, to, payload);
      expect(matchDrop(dropOf(packet), tunnelled)).toBeUndefined();
      expect(matchDrop(dropOf(icmpError('198.18.0.1', ue.ip, 3, 3, packet)), tunnelled)).toBeUndefined();
      // Other packets of the attempt are found as ever.
      expect(matchDrop(dropOf(udp(ue, pcscf, 'x')), tunnelled)).toMatchObject({ matchedBy: 'five-tuple' });
    },
  );

  test('before the UE opened its way again explains nothing that came after', () => {
    const twice = attempt([ownFlow, { ...ownFlow, at: start + 1000 }], [spi('0000a001'), spi('0000a002')]);
    const decides = (value: number, at: number): boolean => {
      const drop = dropOf(esp(ue.ip, pcscf.ip, value), at);
      return isDecisive(drop, matchDrop(drop, twice)!, 'all');
    };
    expect(decides(0xa001, start + 500)).toBe(false);
    expect(decides(0xa002, start + 1001)).toBe(true);
  });

  test('is of the way as the UE opened it last, which is told of again although the one before was refused', () => {
    const again = { ...ownFlow, at: start + 1000 };
    const twice = attempt([ownFlow, again], [spi('0000a002')]);
    const drop = dropOf(esp(ue.ip, pcscf.ip, 0xa002), start + 1001);
    expect(matchDrop(drop, twice)?.flow).toBe(again);
  });

  test('before its attempt began is not it', () => {
    expect(matchDrop(dropOf(esp(ue.ip, pcscf.ip, 0xa001), start - 1000), own)).toBeUndefined();
  });
});

describe('identifiers, where the addresses are translated', () => {
  const back = (payload: string | Uint8Array): Buffer => udp(pcscf, nat, payload);

  test.each<[string, Buffer, Identifier, string]>([
    ['the branch in a response', back(answer), branch, 'sip-branch'],
    ['the Call-ID in a response', back(answer), callId, 'sip-call-id'],
    ['the transaction in a STUN response', back(stun(0x0103, transaction)), request, 'stun-transaction'],
    [
      'the branch in a packet that an ICMP error is about',
      icmpError('198.18.0.10', nat.ip, 3, 3, udp(nat, pcscf, sipRegister())),
      branch,
      'sip-branch',
    ],
    [
      'the branch behind a TLS record header',
      tcp(proxyEnd, pcscf, 'P.', 1, record(0x17, sipRegister())),
      branch,
      'sip-branch',
    ],
  ])('%s', (_, packet, identifier, matchedBy) => {
    const drop = dropOf(packet, start + 100, { hook: 1 });
    expect(matchDrop(drop, { ...anonymous, identifiers: [identifier] })).toEqual({ matchedBy });
    const other = { ...identifier, value: `${identifier.value}0` };
    expect(matchDrop(drop, { ...anonymous, identifiers: [other] })).toBeUndefined();
  });

  test('an identifier of one kind is not one of another', () => {
    const mixed = { ...anonymous, identifiers: [{ ...callId, value: branch.value }] };
    expect(matchDrop(dropOf(back(answer)), mixed)).toBeUndefined();
  });

  test('the branch is preferred, a Call-ID may serve several registrations', () => {
    const drop = dropOf(back(answer));
    expect(matchDrop(drop, { ...anonymous, identifiers: [callId, branch] })).toEqual({
      matchedBy: 'sip-branch',
    });
  });

  test("outside the attempt's time an identifier ties nothing", () => {
    const trace = { ...anonymous, identifiers: [branch] };
    expect(matchDrop(dropOf(back(answer), start - 51), trace)).toBeUndefined();
    expect(matchDrop(dropOf(back(answer), start + 2501), trace)).toBeUndefined();
  });
});

describe('what decides', () => {
  const own = flow();
  const ofProxy: Flow = flow({ protocol: 'tcp', remote: proxyEnd, connect: 'pcscf.example:443' });
  const leg = { ip: proxyEnd.ip, port: 51000 };
  const server = { ip: '198.18.0.10', port: 443 };

  // A rule on the opening of connections, which outgoing packets and their answers meet each time.
  test.each<[string, Uint8Array, Match, boolean]>([
    ['a packet that goes out', udp(ue, pcscf, 'x'), { matchedBy: 'five-tuple', flow: own }, true],
    ['one that comes in unasked', udp(pcscf, ue, 'x'), { matchedBy: 'five-tuple', flow: own }, false],
    [
      "the peer's connectivity check",
      udp(pcscf, ue, stun(0x0001, transaction)),
      { matchedBy: 'five-tuple', flow: own },
      false,
    ],
    [
      'the answer to a check',
      udp(pcscf, ue, stun(0x0101, transaction)),
      { matchedBy: 'five-tuple', flow: own },
      true,
    ],
    [
      'the error to one',
      udp(pcscf, ue, stun(0x0111, transaction)),
      { matchedBy: 'five-tuple', flow: own },
      true,
    ],
    [
      'a SIP request from outside',
      udp(pcscf, ue, sipRegister()),
      { matchedBy: 'five-tuple', flow: own },
      false,
    ],
    ['a SIP response at the NAPT', udp(pcscf, nat, answer), { matchedBy: 'sip-branch' }, true],
    [
      "the attempt's own request, translated",
      udp(nat, pcscf, sipRegister()),
      { matchedBy: 'sip-branch' },
      true,
    ],
    [
      'an ICMP error about a packet of its own',
      icmpError('198.18.0.1', ue.ip, 3, 3, udp(ue, pcscf, 'x')),
      { matchedBy: 'five-tuple', flow: own },
      false,
    ],
    ['a SYN of the proxy', tcp(leg, server, 'S'), { matchedBy: 'sole-connect', flow: ofProxy }, true],
    ['the SYN-ACK to it', tcp(server, leg, 'S.'), { matchedBy: 'sole-connect', flow: ofProxy }, true],
    [
      'data to the proxy',
      tcp(server, leg, 'P.', 1, 'x'),
      { matchedBy: 'sole-connect', flow: ofProxy },
      false,
    ],
  ])('%s', (_, packet, match, decides) => {
    expect(isDecisive(dropOf(packet), match, decisiveOf(dropOf(packet), rules))).toBe(decides);
  });

  test.each([
    ['EVERY', true],
    ['STALE', false],
    ['NEW', false],
  ])('of the rule %s whatever it denies is treated alike', (prefix, decides) => {
    const drop = dropOf(udp(pcscf, ue, 'x'), start + 100, { prefix });
    expect(isDecisive(drop, { matchedBy: 'five-tuple', flow: own }, decisiveOf(drop, rules))).toBe(decides);
  });
});

describe('connect-leg', () => {
  const server = { ip: '198.18.0.10', port: 443 };
  const leg = { ip: proxyEnd.ip, port: 51000 };
  const own: Flow = flow({ protocol: 'tcp', remote: proxyEnd, connect: 'pcscf.example:443' });
  const line =
    `${(start + 1900) / 1000} 10.89.8.2:32768 TCP_TUNNEL/200 CONNECT pcscf.example:443 198.18.0.10:443 51000 - 39 -/-`.replace(
      /^(\d+\.\d) /,
      '$100 ',
    );
  const out = dropOf(tcp(leg, server, 'P.', 1, 'x'));

  test("a packet of the proxy's connection for the attempt's CONNECT, both ways", () => {
    const proxy = proxyTrace(line);
    const expected = { matchedBy: 'connect-leg', flow: own, served: proxy.log[0] };
    expect(matchDrop(out, attempt([own]), proxy)).toEqual(expected);
    expect(matchDrop(dropOf(tcp(server, leg, 'P.', 1, 'x')), attempt([own]), proxy)).toEqual(expected);
  });

  test.each([
    ['without the log', undefined],
    ['when the log shows another client port', proxyTrace(line.replace(':32768', ':32769'))],
    ['when the log shows another client', proxyTrace(line.replace('10.89.8.2', '10.89.8.4'))],
    ['when the leg had another port', proxyTrace(line.replace('51000', '51001'))],
    ['when the leg led elsewhere', proxyTrace(line.replace('198.18.0.10:443 ', '198.18.0.11:443 '))],
    ['when the leg never came about', proxyTrace(line.replace(' 51000 ', ' 0 '))],
    [
      'when the entry ended before the socket was opened',
      proxyTrace(line.replace(/^\S+/, ((start - 100) / 1000).toFixed(3))),
    ],
    ['when another proxy wrote the log', { ...proxyTrace(line), address: '10.89.9.3' }],
  ])('not %s', (_, proxy) => {
    expect(matchDrop(out, attempt([own]), proxy)).toBeUndefined();
  });

  test('not by a socket that went elsewhere than to the proxy', () => {
    const elsewhere = attempt([{ ...own, remote: server }]);
    expect(matchDrop(out, elsewhere, proxyTrace(line))).toBeUndefined();
  });

  test("not outside the attempt's time", () => {
    const early = dropOf(tcp(leg, server, 'P.', 1, 'x'), start - 100);
    const late = dropOf(tcp(leg, server, 'P.', 1, 'x'), start + 2600);
    expect(matchDrop(early, attempt([own]), proxyTrace(line))).toBeUndefined();
    expect(matchDrop(late, attempt([own]), proxyTrace(line))).toBeUndefined();
  });
});

test('nothing ever matches that shares no tuple and no identifier', () => {
  const ip = fc.constantFrom('10.89.8.2', '10.89.8.3', '198.18.0.10', '198.19.8.1');
  const port = fc.constantFrom(443, 3128, 5060, 32768, 32769, 51000);
  const end = fc.record({ ip, port });
  const protocol = fc.constantFrom('udp' as const, 'tcp' as const);
  const word = fc.constantFrom('z9hG4bKone', 'z9hG4bKon', 'call-1', 'CALL-1');
  fc.assert(
    fc.property(
      fc.array(fc.record({ protocol, local: end, remote: end }), { maxLength: 4 }),
      fc.record({ protocol, src: end, dst: end }),
      fc.record({ branch: word, callId: word }),
      fc.array(
        fc.record({ kind: fc.constantFrom('sip-branch' as const, 'sip-call-id' as const), value: word }),
      ),
      fc.integer({ min: -100, max: 2700 }),
      (sockets, packet, message, ids, offset) => {
        const build =
          packet.protocol === 'udp' ? udp : (a: typeof ue, b: typeof ue, p: string) => tcp(a, b, 'P.', 1, p);
        const drop = dropOf(build(packet.src, packet.dst, sipRegister(message)), start + offset);
        const flows = sockets.map((socket) => flow(socket));
        const identifiers = ids.map((id) => ({ attempt: 'a1', ...id }));
        const text = (e: typeof ue): string => `${e.ip}:${e.port}`;
        const ends = [text(packet.src), text(packet.dst)].sort().join();
        const sharesTuple = sockets.some(
          (s) => s.protocol === packet.protocol && [text(s.local), text(s.remote)].sort().join() === ends,
        );
        const sharesId = ids.some(
          (id) => id.value === (id.kind === 'sip-branch' ? message.branch : message.callId),
        );
        const match = matchDrop(drop, attempt(flows, identifiers));
        if (match) expect(sharesTuple || sharesId).toBe(true);
        // A packet that shares a tuple or an identifier must match, if it is well inside the attempt's time.
        if ((sharesTuple || sharesId) && offset >= 10 && offset <= 2000) expect(match).toBeDefined();
      },
    ),
    { numRuns: 400 },
  );
});

describe('drops as evidence', () => {
  test('an item reads by itself, and repetitions of a packet are counted', () => {
    const packet = udp(ue, pcscf, sipRegister());
    const drops = [100, 600, 1600].map((offset) => dropOf(packet, start + offset));
    const items = dropEvidenceOf([...drops].reverse(), attempt(), { rule: rules, capture: 'fw-8.pcap' });
    expect(items).toEqual([
      {
        kind: 'drop',
        firewall: 'fw-8',
        rule: 'T3-SIP-UDP',
        statement: 'UDP to port 5060',
        decisive: true,
        chain: 'forward',
        at: start + 100,
        packet: {
          protocol: 'udp',
          src: '10.89.8.2',
          sport: 32768,
          dst: '198.18.0.10',
          dport: 5060,
          summary: 'SIP REGISTER',
        },
        matchedBy: 'five-tuple',
        socket: {
          protocol: 'udp',
          local: { ip: '10.89.8.2', port: 32768 },
          remote: { ip: '198.18.0.10', port: 5060 },
        },
        count: 3,
        lastAt: start + 1600,
        capture: 'fw-8.pcap',
        frame: 1,
      },
    ]);
    expect(evidence.parse(JSON.parse(JSON.stringify(items[0])))).toEqual(items[0]);
  });

  test('drops by different rules or in different chains stay apart', () => {
    const packet = udp(ue, pcscf, sipRegister());
    const drops = [
      dropOf(packet),
      dropOf(packet, start + 100, { hook: 1 }),
      dropOf(packet, start + 100, { prefix: 'STALE' }),
    ];
    const items = dropEvidenceOf(drops, attempt(), { rule: rules });
    expect(items.map(({ rule, chain, decisive }) => [rule, chain, decisive])).toEqual([
      ['T3-SIP-UDP', 'forward', true],
      ['T3-SIP-UDP', 'input', true],
      ['STALE', 'forward', false],
    ]);
  });

  test('a rule that the catalogue does not know is never decisive', () => {
    const items = dropEvidenceOf([dropOf(udp(ue, pcscf, 'x'), start, { prefix: 'NEW' })], attempt(), {
      rule: rules,
    });
    expect(items).toMatchObject([
      { rule: 'NEW', statement: 'a rule that is not in the catalogue', decisive: false },
    ]);
  });

  test("other attempts' drops are left out", () => {
    expect(dropEvidenceOf([dropOf(udp(nat, pcscf, 'x'))], attempt(), { rule: rules })).toEqual([]);
  });
});
