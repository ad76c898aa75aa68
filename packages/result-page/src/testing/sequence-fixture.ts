import type { PageArrow, PageHop, PageSequence } from '../data';

/** Sequences as a run has them, for tests and for whoever wants to see a diagram. */

export const hops = {
  ue: { id: 'ue-8', kind: 'ue' },
  proxy: { id: 'proxy-8', kind: 'proxy' },
  firewall: { id: 'fw-8', kind: 'firewall' },
  pcscf: { id: 'pcscf', kind: 'pcscf' },
  core: { id: 'ims-core', kind: 'core' },
  turn: { id: 'turn', kind: 'turn' },
  peer: { id: 'peer', kind: 'peer' },
} as const satisfies Record<string, PageHop>;

type Extra = Partial<Pick<PageArrow, 'count' | 'lastAfterMs' | 'text' | 'denied'>>;

/** Writes arrows of one capture by the ids of their parties; each takes the next frame. */
function scribe(parties: readonly PageHop[], capture: string) {
  let frame = 0;
  const index = (id: string): number => parties.findIndex((party) => party.id === id);
  return (
    afterMs: number,
    [from, to]: readonly [string, string],
    [protocol, label, carriers]: readonly [string, string, string],
    { count = 1, ...extra }: Extra = {},
  ): PageArrow => ({
    ...{ afterMs, from: index(from), to: index(to), protocol, label, carriers, count },
    ...{ lastAfterMs: afterMs, capture, frame: (frame += 1) },
    ...extra,
  });
}

const home = 'ims.mnc001.mcc001.3gppnetwork.org';

/** A REGISTER with its headers in the order in which a UE writes them. */
export const registerText = (transport: string, cseq: number): string =>
  [
    `REGISTER sip:${home} SIP/2.0`,
    `Via: SIP/2.0/${transport} 10.89.3.2:32771;rport;keep;branch=z9hG4bK789495.06aa13aafb1e42b0`,
    'Max-Forwards: 70',
    `To: <sip:ue-3@${home}>`,
    `From: <sip:ue-3@${home}>;tag=3ulrtcdj2f`,
    'Call-ID: 2k65t307obbt0orac782lt',
    `CSeq: ${cseq} REGISTER`,
    'Contact: <sip:ue-3@10.89.3.2:32771>;expires=600',
    'Supported: path',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

/** Step 1 with the RFCs' timers: the same REGISTER again and again, each dropped by one rule, until a minute of silence. */
export function droppedRegister(): PageSequence {
  const parties = [
    { id: 'ue-3', kind: 'ue' } as const,
    { id: 'fw-3', kind: 'firewall' } as const,
    hops.pcscf,
  ];
  const arrow = scribe(parties, 'captures/3-ue-side.pcap');
  const sent = [0.3, 500.8, 1501.2, 3501.9, 7502.3, 11502.6, 15503.1];
  return {
    parties,
    arrows: sent.map((ms) =>
      arrow(ms, ['ue-3', 'pcscf'], ['sip', 'REGISTER', 'UDP'], {
        text: registerText('UDP', 1),
        denied: { by: 1, rule: 'sip-ports' },
      }),
    ),
    leftOut: 0,
  };
}

/** Step 3 behind a proxy: CONNECT, TLS in it, and SIP in that. */
export function registerByConnect(): PageSequence {
  const parties = [hops.ue, hops.proxy, hops.firewall, hops.pcscf, hops.core];
  const arrow = scribe(parties, 'captures/8-ue-side.pcap');
  const inside = 'TCP, CONNECT, TLS';
  const tls = (label: string) => ['tls', label, 'TCP, CONNECT'] as const;
  const up = ['ue-8', 'pcscf'] as const;
  const down = ['pcscf', 'ue-8'] as const;
  return {
    parties,
    arrows: [
      arrow(0.4, ['ue-8', 'proxy-8'], ['tcp', 'SYN', 'TCP']),
      arrow(0.9, ['ue-8', 'proxy-8'], ['connect', `CONNECT pcscf.${home}:443`, 'TCP'], {
        text: `CONNECT pcscf.${home}:443 HTTP/1.1\r\nHost: pcscf.${home}:443\r\n\r\n`,
      }),
      arrow(4.2, ['proxy-8', 'pcscf'], ['tcp', 'SYN', 'TCP']),
      arrow(6.1, ['proxy-8', 'ue-8'], ['connect', '200 Connection established', 'TCP'], {
        text: 'HTTP/1.1 200 Connection established\r\n\r\n',
      }),
      arrow(8.8, up, tls('ClientHello')),
      arrow(12.5, down, tls('ServerHello, Certificate, ServerHelloDone')),
      arrow(15.1, up, tls('ClientKeyExchange, ChangeCipherSpec, Finished')),
      arrow(17.9, down, tls('ChangeCipherSpec, Finished')),
      arrow(19.3, up, ['sip', 'REGISTER', inside], { text: registerText('TLS', 1) }),
      arrow(22.7, ['pcscf', 'ims-core'], ['sip', 'REGISTER', 'UDP']),
      arrow(25.4, ['ims-core', 'pcscf'], ['sip', '401 Unauthorized', 'UDP']),
      arrow(26.2, down, ['sip', '401 Unauthorized', inside]),
      arrow(28.8, up, ['sip', 'REGISTER', inside], { text: registerText('TLS', 2) }),
      arrow(31.0, ['pcscf', 'ims-core'], ['sip', 'REGISTER', 'UDP']),
      arrow(35.2, ['ims-core', 'pcscf'], ['sip', '200 OK', 'UDP']),
      arrow(36.0, down, ['sip', '200 OK', inside]),
      arrow(37.7, up, ['sip', 'SUBSCRIBE', inside]),
      arrow(41.9, down, ['sip', '200 OK', inside]),
      arrow(46.3, down, ['sip', 'NOTIFY', inside]),
      arrow(47.6, up, ['sip', '200 OK', inside]),
    ],
    leftOut: 14,
  };
}

/** A call with ICE: candidates gathered side by side, of which a firewall denies one, checks, and a second of speech. */
export function callWithIce(): PageSequence {
  const parties = [
    { id: 'ue-6', kind: 'ue' } as const,
    { id: 'fw-6', kind: 'firewall' } as const,
    ...[hops.pcscf, hops.core, hops.turn, hops.peer],
  ];
  const arrow = scribe(parties, 'captures/6-ue-side.pcap');
  const sip = (label: string) => ['sip', label, 'TCP, TLS'] as const;
  const up = ['ue-6', 'pcscf'] as const;
  const down = ['pcscf', 'ue-6'] as const;
  const toTurn = ['ue-6', 'turn'] as const;
  const fromTurn = ['turn', 'ue-6'] as const;
  const turn = (label: string) => ['turn', label, 'TCP'] as const;
  return {
    parties,
    arrows: [
      arrow(0.5, up, ['tls', 'ClientHello', 'TCP']),
      arrow(6.4, down, ['tls', 'ServerHello … Finished', 'TCP']),
      arrow(8.0, up, sip('REGISTER')),
      arrow(15.2, down, sip('401 Unauthorized')),
      arrow(16.9, up, sip('REGISTER')),
      arrow(28.0, down, sip('200 OK')),
      arrow(36.1, down, sip('NOTIFY')),
      arrow(71.7, toTurn, ['turn', 'Allocate request', 'UDP'], {
        denied: { by: 1, rule: 'udp-not-allowed' },
      }),
      arrow(71.9, toTurn, turn('Allocate request')),
      arrow(74.0, fromTurn, turn('Allocate error 401')),
      arrow(74.6, toTurn, turn('Allocate request')),
      arrow(76.8, fromTurn, turn('Allocate success')),
      arrow(80.2, up, sip('INVITE')),
      arrow(81.5, down, sip('100 Trying')),
      arrow(96.6, down, sip('183 Session Progress')),
      arrow(98.8, up, sip('PRACK')),
      arrow(103.7, toTurn, turn('CreatePermission request')),
      arrow(105.1, fromTurn, turn('CreatePermission success')),
      arrow(106.0, ['ue-6', 'peer'], ['ice', 'Binding request', 'UDP'], {
        denied: { by: 1, rule: 'udp-not-allowed' },
        count: 3,
        lastAfterMs: 606.7,
      }),
      arrow(106.4, ['ue-6', 'peer'], ['ice', 'Binding request', 'TCP, TURN']),
      arrow(109.9, ['peer', 'ue-6'], ['ice', 'Binding success', 'TCP, TURN']),
      arrow(118.1, down, sip('200 OK')),
      arrow(119.0, up, sip('ACK')),
      arrow(124.3, ['ue-6', 'peer'], ['rtp', 'PCMA', 'TCP, TURN'], { count: 150, lastAfterMs: 3104.3 }),
      arrow(125.8, ['peer', 'ue-6'], ['rtp', 'PCMA', 'TCP, TURN'], { count: 149, lastAfterMs: 3090.8 }),
      arrow(3110.2, up, sip('BYE')),
      arrow(3118.3, down, sip('200 OK')),
      arrow(3119.0, toTurn, turn('Refresh request')),
      arrow(3120.6, fromTurn, turn('Refresh success')),
    ],
    leftOut: 61,
  };
}

/** MSRP over a TURN TCP allocation (RFC 6062). */
export function msrp(): PageSequence {
  const parties = [
    { id: 'ue-7', kind: 'ue' } as const,
    { id: 'fw-7', kind: 'firewall' } as const,
    ...[hops.pcscf, hops.turn, hops.peer],
  ];
  const arrow = scribe(parties, 'captures/7-ue-side.pcap');
  const turn = (label: string) => ['turn', label, 'TCP, TLS'] as const;
  return {
    parties,
    arrows: [
      arrow(52.0, ['ue-7', 'turn'], turn('Allocate request (TCP)')),
      arrow(55.3, ['turn', 'ue-7'], turn('Allocate success')),
      arrow(61.1, ['ue-7', 'pcscf'], ['sip', 'INVITE', 'TCP, TLS']),
      arrow(80.4, ['pcscf', 'ue-7'], ['sip', '200 OK', 'TCP, TLS']),
      arrow(83.9, ['ue-7', 'turn'], turn('Connect request')),
      arrow(86.2, ['turn', 'peer'], ['tcp', 'SYN', 'TCP']),
      arrow(87.7, ['turn', 'ue-7'], turn('Connect success')),
      arrow(94.0, ['ue-7', 'turn'], turn('ConnectionBind request')),
      arrow(95.6, ['turn', 'ue-7'], turn('ConnectionBind success')),
      arrow(97.1, ['ue-7', 'peer'], ['msrp', 'SEND', 'TCP, TLS, TURN'], { count: 512, lastAfterMs: 168.2 }),
      arrow(97.9, ['peer', 'ue-7'], ['msrp', '200 OK', 'TCP, TLS, TURN'], { count: 512, lastAfterMs: 169.9 }),
      arrow(98.8, ['peer', 'ue-7'], ['msrp', 'SEND', 'TCP, TLS, TURN'], { count: 512, lastAfterMs: 171.4 }),
      arrow(172.3, ['ue-7', 'pcscf'], ['sip', 'BYE', 'TCP, TLS']),
    ],
    leftOut: 340,
  };
}

/** As many messages as one looks at in the worst case, some at the same moment, with hostile names. */
export function crowded(count = 200): PageSequence {
  const { parties, arrows } = callWithIce();
  return {
    parties,
    arrows: Array.from({ length: count }, (_, index) => {
      const arrow = arrows[index % arrows.length]!;
      const afterMs = Math.floor(index / 3) * (index % 50 === 0 ? 40 : 2.5);
      return { ...arrow, afterMs, lastAfterMs: afterMs, count: 1, frame: index + 1 };
    }),
    leftOut: 0,
  };
}
