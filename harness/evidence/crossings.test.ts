import fc from 'fast-check';
import { Crossings } from './crossings';
import { linkTypes, PcapDecoder, type CapturedPacket } from './pcap';
import { start } from './testing/attempts';
import {
  icmpError,
  ipv4,
  pcap,
  record,
  recordAt,
  sipRegister,
  tcp,
  u32,
  udp,
  type Address,
} from './testing/builders';
import type { Side, Vanished } from './vanished';

const border = { firewall: 'fw-8', subnet: '10.89.8.0/24', inside: '10.89.8.1', outside: '198.19.1.18' };
const ue: Address = { ip: '10.89.8.2', port: 32768 };
const proxy: Address = { ip: '10.89.8.3', port: 40000 };
/** What the NAPT makes of the UE's address. */
const nat: Address = { ip: border.outside, port: 50123 };
const server: Address = { ip: '198.19.0.10', port: 443 };

type Step = readonly [side: Side, afterMs: number, packet: Uint8Array];

const captured = (at: number, packet: Uint8Array, frame: number): CapturedPacket => {
  const [item] = new PcapDecoder().push(pcap([recordAt(at, packet)], { linkType: linkTypes.raw }));
  if (item?.kind !== 'packet') throw new Error('the test built no packet');
  return { ...item, frame };
};

function crossingsOf(steps: readonly Step[]): Crossings {
  const crossings = new Crossings(border);
  const frames = { inside: 0, outside: 0 };
  for (const [side, after, packet] of steps)
    crossings.add(side, captured(start + after, packet, ++frames[side]));
  return crossings;
}

const vanishedIn = (steps: readonly Step[], until = Infinity): Vanished[] =>
  crossingsOf(steps).vanished(until);
const decisiveIn = (steps: readonly Step[]): string[] => vanishedIn(steps).map(({ decisive }) => decisive);

const syn = (from: Address, seq = 1000): Uint8Array => tcp(from, server, 'S', seq);
const data = (from: Address, seq: number, text = 'x'.repeat(100)): Uint8Array =>
  tcp(from, server, 'P.', seq, text);

describe('what left has not vanished', () => {
  test.each<[string, readonly Step[]]>([
    [
      'as it was',
      [
        ['inside', 0, syn(ue)],
        ['outside', 1, syn(ue)],
      ],
    ],
    [
      'with another address and port',
      [
        ['inside', 0, syn(ue)],
        ['outside', 1, syn(nat)],
      ],
    ],
    [
      'when it was sent again',
      [
        ['inside', 0, syn(ue)],
        ['inside', 1000, syn(ue)],
        ['outside', 1001, syn(nat)],
      ],
    ],
    [
      'captured there before it was captured here',
      [
        ['outside', 1, syn(nat)],
        ['inside', 0, syn(ue)],
      ],
    ],
    [
      'in a segment that begins before it',
      [
        ['inside', 0, data(ue, 100)],
        ['inside', 1, data(ue, 200)],
        ['inside', 300, data(ue, 100, 'x'.repeat(200))],
        ['inside', 301, data(ue, 200)],
        ['outside', 302, data(nat, 100, 'x'.repeat(200))],
      ],
    ],
    [
      'where sequence numbers wrap',
      [
        ['inside', 0, data(ue, 0xffffffff)],
        ['inside', 300, data(ue, 0xffffffff)],
        ['outside', 301, data(nat, 0xfffffff0)],
      ],
    ],
  ])('%s', (_, steps) => expect(vanishedIn(steps)).toEqual([]));
});

describe('what may have left changed is left open', () => {
  test.each<[string, readonly Step[]]>([
    [
      'a SYN with a number that the firewall drew',
      [
        ['inside', 0, syn(ue)],
        ['inside', 1000, syn(ue)],
        ['outside', 1001, syn(nat, 77)],
      ],
    ],
    [
      'SIP with an address that a gateway wrote',
      [
        ['inside', 0, udp(ue, server, sipRegister())],
        ['inside', 500, udp(ue, server, sipRegister())],
        ['outside', 501, udp(nat, server, sipRegister().replace(ue.ip, nat.ip))],
      ],
    ],
    [
      'a SYN that the firewall answers in the place of the server',
      [
        ['inside', 0, syn(ue)],
        ['inside', 1, tcp(server, ue, 'S.', 5)],
        ['inside', 2, syn(ue)],
      ],
    ],
  ])('%s', (_, steps) => expect(vanishedIn(steps)).toEqual([]));

  test('but not what another connection sent before', () => {
    expect(
      decisiveIn([
        ['outside', 0, syn(nat, 7)],
        ['inside', 100, syn(ue)],
        ['inside', 1100, syn(ue)],
      ]),
    ).toEqual(['own']);
  });
});

describe('what never left has vanished', () => {
  test('it decides nothing before it was sent again, and nothing is said before the captures are past it', () => {
    const once: Step[] = [['inside', 0, syn(ue)]];
    const twice: Step[] = [...once, ['inside', 1000, syn(ue)]];
    expect(decisiveIn(once)).toEqual(['none']);
    expect(decisiveIn(twice)).toEqual(['own']);
    expect(vanishedIn(twice, start - 1)).toEqual([]);
    expect(vanishedIn(twice, start + 999)).toMatchObject([{ decisive: 'none', seen: [{ frame: 1 }] }]);
  });

  test('its places in the capture are told', () => {
    expect(
      vanishedIn([
        ['inside', 0, udp(ue, server, 'a')],
        ['inside', 500, udp(ue, server, 'a')],
      ]),
    ).toMatchObject([
      {
        firewall: 'fw-8',
        at: start,
        packet: { src: ue.ip, dport: 443 },
        seen: [
          { side: 'inside', frame: 1, at: start },
          { side: 'inside', frame: 2, at: start + 500 },
        ],
      },
    ]);
  });

  test('a connection that stands and loses its data for good', () => {
    expect(
      decisiveIn([
        ['inside', 0, syn(proxy)],
        ['outside', 1, syn(nat)],
        ['inside', 5, data(proxy, 1001, record(0x17, 'REGISTER'.padEnd(90)).toString('latin1'))],
        ['inside', 210, data(proxy, 1001, record(0x17, 'REGISTER'.padEnd(90)).toString('latin1'))],
      ]),
    ).toEqual(['all']);
  });

  test('other packets to the same server do not hide it', () => {
    expect(
      decisiveIn([
        ['inside', 0, udp(ue, server, 'one')],
        ['outside', 1, udp(nat, server, 'one')],
        ['inside', 2, udp(ue, server, 'two')],
        ['inside', 502, udp(ue, server, 'two')],
      ]),
    ).toEqual(['own']);
  });

  test('an answer that the NAPT kept out has the address that it would have got', () => {
    expect(
      vanishedIn([
        ['inside', 0, udp(ue, server, 'ask')],
        ['outside', 1, udp(nat, server, 'ask')],
        ['outside', 5, udp(server, nat, 'answer')],
        ['outside', 505, udp(server, nat, 'answer')],
      ]),
    ).toMatchObject([{ packet: { dst: ue.ip, dport: ue.port }, entered: { dst: nat.ip, dport: nat.port } }]);
  });
});

describe('an answer of the firewall itself decides at once', () => {
  const reset = tcp(server, ue, 'R.', 0);

  test('a reset that no server sent', () => {
    expect(
      vanishedIn([
        ['inside', 0, syn(ue)],
        ['inside', 1, reset],
      ]),
    ).toMatchObject([{ decisive: 'own', answer: { kind: 'reset', side: 'inside', frame: 2 } }]);
  });

  test('also where the server resets another connection later', () => {
    const later = tcp(server, nat, 'R.', 9);
    expect(
      decisiveIn([
        ['inside', 0, syn(ue)],
        ['inside', 1, reset],
        ['outside', 800, later],
        ['inside', 801, tcp(server, proxy, 'R.', 9)],
      ]),
    ).toEqual(['own']);
  });

  test('not a reset that came from the server', () => {
    const steps: Step[] = [
      ['inside', 0, data(ue, 100)],
      ['outside', 1, tcp(server, nat, 'R.', 0)],
      ['inside', 2, reset],
    ];
    expect(decisiveIn(steps)).toEqual(['none']);
  });

  test('an ICMP error from the address of the firewall', () => {
    const packet = udp(ue, server, 'a');
    const error = (from: string): Uint8Array => icmpError(from, ue.ip, 3, 13, packet.subarray(0, 28));
    expect(
      vanishedIn([
        ['inside', 0, packet],
        ['inside', 1, error(border.inside)],
      ]),
    ).toMatchObject([{ decisive: 'own', answer: { kind: 'icmp', frame: 2 } }]);
    expect(
      decisiveIn([
        ['inside', 0, packet],
        ['inside', 1, error(server.ip)],
      ]),
    ).toEqual(['none']);
  });
});

describe.each<[string, (from: Address, to: Address, sealed: Uint8Array) => Buffer]>([
  ['on IP', (from, to, sealed) => ipv4(50, from.ip, to.ip, sealed, 0)],
  ['in UDP', (from, to, sealed) => udp({ ...from, port: 4500 }, { ...to, port: 4500 }, sealed)],
])('ESP %s', (_, packetOf) => {
  /** RFC 4303 2: SPI and sequence number, then what nobody can read; no two packets of it are alike. */
  const esp = (from: Address, to: Address, spi: number, sequence: number, length = 600): Buffer =>
    packetOf(from, to, Buffer.concat([u32(spi), u32(sequence), Buffer.alloc(length, sequence)]));
  const out = (sequence: number, { spi = 0xa001, length = 600, from = ue } = {}): Buffer =>
    esp(from, server, spi, sequence, length);
  const back = (sequence: number, to: Address, spi = 0xb001): Buffer => esp(server, to, spi, sequence);

  test('that left has not vanished, whatever an NAPT made of its address', () => {
    const steps: Step[] = [
      ['inside', 0, out(1)],
      ['outside', 1, out(1, { from: nat })],
      ['outside', 10, back(1, nat)],
      ['inside', 11, back(1, ue)],
    ];
    expect(vanishedIn(steps)).toEqual([]);
  });

  test('has vanished for good once another packet of the same association and length vanished', () => {
    const once: Step[] = [['inside', 0, out(1)]];
    expect(decisiveIn(once)).toEqual(['none']);
    expect(
      vanishedIn([...once, ['inside', 500, out(2)]]).map(({ at, decisive, packet }) => [
        at,
        decisive,
        packet.src,
      ]),
    ).toEqual([
      [start, 'own', ue.ip],
      [start + 500, 'none', ue.ip],
    ]);
  });

  test.each<[string, readonly Step[]]>([
    ['one of another association', [['inside', 500, out(2, { spi: 0xa002 })]]],
    ['one of another length, which is no repetition', [['inside', 500, out(2, { length: 80 })]]],
    ['the same one, captured twice', [['inside', 0, out(1)]]],
    [
      'two, of which the second got through',
      [
        ['inside', 500, out(2)],
        ['outside', 501, out(2)],
      ],
    ],
    [
      'two, and a third one of the association that got through',
      [
        ['inside', 500, out(2)],
        ['inside', 900, out(3, { length: 80 })],
        ['outside', 901, out(3, { length: 80 })],
      ],
    ],
  ])('that vanished decides nothing beside %s', (__, steps) => {
    const decisive = decisiveIn([['inside', 0, out(1)], ...steps]);
    expect(new Set(decisive)).toEqual(new Set(['none']));
  });

  test('that got through before does not hide what vanishes now', () => {
    const steps: Step[] = [
      ['inside', 0, out(1)],
      ['outside', 1, out(1)],
      ['inside', 9000, out(2)],
      ['inside', 9500, out(3)],
    ];
    expect(decisiveIn(steps)).toEqual(['own', 'none']);
  });

  test('is watched for where it may decide something, also behind a marker', () => {
    const crossings = new Crossings(border);
    expect(crossings.add('inside', captured(start, out(1), 1))).toBe(false);
    expect(crossings.add('inside', captured(start + 500, out(2), 2))).toBe(true);
    expect(crossings.vanished(start + 499).map(({ decisive }) => decisive)).toEqual(['none']);
  });

  describe('that comes from the other side', () => {
    const asked: Step[] = [
      ['inside', 0, out(1)],
      ['outside', 1, out(1, { from: nat })],
    ];
    const answered: Step[] = [
      ['outside', 10, back(1, nat)],
      ['outside', 510, back(2, nat)],
    ];

    test('fares alike whatever the UE sends, if the UE has sent some and none has ever come in', () => {
      expect(decisiveIn([...asked, ...answered])).toEqual(['all', 'none']);
    });

    test.each<[string, readonly Step[]]>([
      ['could pass once the UE has sent some', answered],
      [
        'is a request that nobody asked for, if other ESP came in',
        [...asked, ['outside', 5, back(1, nat, 0xb002)], ['inside', 6, back(1, ue, 0xb002)], ...answered],
      ],
    ])('%s', (__, steps) => expect(decisiveIn(steps)).toEqual(['own', 'none']));
  });

  test('an ICMP error of the firewall decides at once, about a packet of the same association', () => {
    const error = (about: Buffer, code = 13): Step => [
      'inside',
      1,
      icmpError(border.inside, ue.ip, 3, code, about.subarray(0, 44)),
    ];
    expect(vanishedIn([['inside', 0, out(1)], error(out(1))])).toMatchObject([
      { decisive: 'own', answer: { kind: 'icmp', frame: 2 } },
    ]);
    expect(decisiveIn([['inside', 0, out(1)], error(out(1, { spi: 0xa002 }))])).toEqual(['none']);
    // RFC 792: fragmentation needed. The packet is to come again in smaller pieces.
    expect(decisiveIn([['inside', 0, out(1)], error(out(1), 4)])).toEqual(['none']);
  });

  describe('in IP fragments', () => {
    /** Cuts a packet in two (RFC 791 3.2). */
    const cut = (packet: Buffer, identification: number): [Buffer, Buffer] => {
      const [src, dst] = [12, 16].map((at) => packet.subarray(at, at + 4).join('.')) as [string, string];
      const parts = [
        ipv4(packet[9]!, src, dst, packet.subarray(20, 20 + 480), 0x2000),
        ipv4(packet[9]!, src, dst, packet.subarray(20 + 480), 480 / 8),
      ] as [Buffer, Buffer];
      for (const part of parts) part.writeUInt16BE(identification, 4);
      return parts;
    };
    const enters = ([one, other]: [Buffer, Buffer], after: number): Step[] => [
      ['inside', after, one],
      ['inside', after, other],
    ];

    test('has left when all of them have, whole or in others', () => {
      const [one, other] = cut(out(1, { from: nat }), 7);
      const entered = enters(cut(out(1), 1), 0);
      expect(vanishedIn([...entered, ['outside', 1, one], ['outside', 1, other]])).toEqual([]);
      expect(vanishedIn([...entered, ['outside', 1, out(1, { from: nat })]])).toEqual([]);
    });

    test('has vanished if only its first one left', () => {
      const steps = [1, 2].flatMap((sequence): Step[] => [
        ...enters(cut(out(sequence), sequence), 500 * sequence),
        ['outside', 500 * sequence + 1, cut(out(sequence, { from: nat }), sequence)[0]],
      ]);
      expect(vanishedIn(steps)).toMatchObject([
        { decisive: 'own', seen: [{ frame: 1 }] },
        { decisive: 'none', seen: [{ frame: 3 }] },
      ]);
    });
  });
});

test('what does not go through the firewall does not vanish in it', () => {
  const steps: Step[] = [
    // Between two nodes of the access network, to the firewall itself, between others, and a marker of the lab.
    ...[tcp(ue, proxy, 'S', 1), udp(ue, { ip: border.inside, port: 53 }, 'a')].map((one): Step => [
      'inside',
      0,
      one,
    ]),
    ['outside', 0, udp(server, { ip: '198.19.1.17', port: 50000 }, 'b')],
    ['outside', 0, udp(server, { ip: border.outside, port: 9 }, 'marker')],
    // A bare acknowledgement and the end of a connection.
    ['inside', 0, tcp(ue, server, '.', 1)],
    ['inside', 0, tcp(ue, server, 'F.', 1)],
  ];
  expect(vanishedIn([...steps, ...steps])).toEqual([]);
});

test('it makes no difference in which order the two captures are read', () => {
  const inside: Step[] = [
    ['inside', 0, syn(ue)],
    ['inside', 3, udp(ue, server, 'lost')],
    ['inside', 5, data(ue, 1001)],
    ['inside', 503, udp(ue, server, 'lost')],
    ['inside', 900, udp(ue, server, 'kept')],
  ];
  const outside: Step[] = [
    ['outside', 1, syn(nat)],
    ['outside', 6, data(nat, 1001)],
    ['outside', 901, udp(nat, server, 'kept')],
  ];
  const what = (steps: readonly Step[]): unknown =>
    vanishedIn(steps).map(({ at, decisive, seen }) => ({ at, decisive, seen }));
  const expected = what([...inside, ...outside]);
  expect(expected).toEqual([expect.objectContaining({ at: start + 3, decisive: 'own' })]);
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (turns) => {
      const [here, there] = [[...inside], [...outside]];
      const mixed = turns.flatMap((turn) => (turn ? here : there).splice(0, 1));
      expect(what([...mixed, ...here, ...there])).toEqual(expected);
    }),
  );
});

test('no bytes in a capture make it throw', () => {
  const crossings = new Crossings(border);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.uint8Array({ maxLength: 40 }).map((noise) => tcp(ue, server, 'P.', 5, noise)),
    fc.uint8Array({ maxLength: 60 }).map((noise) => icmpError(border.inside, ue.ip, 3, 13, noise)),
  );
  fc.assert(
    fc.property(fc.constantFrom<Side>('inside', 'outside'), bytes, (side, packet) => {
      crossings.add(side, captured(start, packet, 1));
      crossings.vanished(Infinity);
    }),
  );
});
