import { inspectionMarks, notInspected, withoutQueue } from './inspection';
import { longestIdleSeconds, protocolNumbers, type Knobs } from './knobs';
import { nullSuites } from './null-suites';
import {
  httpAnswer,
  httpRequests,
  readablePatterns,
  serverHello,
  sessionIdLengthAt,
  tlsHandshake,
  type Pattern,
} from './payload-patterns';
import {
  compileRules,
  dnsPort,
  inspects,
  type Condition,
  questionsPass,
  type FirewallAddresses,
  type Passage,
  type Rule,
  type RuleId,
} from './rules';

/**
 * The nflog group of every deny rule. `tcpdump -i nflog:5` in the firewall's network
 * namespace reads the denied packets.
 *
 * The prefix in such a record (attribute NFULA_PREFIX) is the rule id followed by one NUL byte and nothing else,
 * without the customary trailing blank, so a reader can compare the whole prefix.
 */
export const nflogGroup = 5;

/**
 * A packet that the firewall itself sends to the discard port (RFC 863) of this address is logged in the
 * same group and then passes. Packets are logged in order, so whoever has read this marker has read every
 * packet that was denied before it.
 */
export const markerAddress = '127.0.0.1';

/** The NAPT's own ports. No UE of the lab uses a port in this range, so a mapping always changes the port. */
export const naptPorts = { first: 50000, last: 59999 } as const;

/** Bits of the connection mark in which content inspection remembers what it has accepted. */
const clientAccepted = '0x1';
const serverAccepted = '0x2';

/**
 * Returns the firewall as text for `nft -f`. Loading it replaces the tables of an earlier text, removes the queue
 * to the inspector (which `queueRules` makes) if nothing is to be inspected, and touches nothing else.
 * `nft list chain ip nimsfw deny-RULE` shows a rule's counter.
 *
 * @throws RangeError when the knobs ask for a proxy and the addresses name none
 */
export function nftables(knobs: Knobs, addresses: FirewallAddresses): string {
  const rules = compileRules(knobs, addresses);
  const ids = [...new Set(rules.map((rule) => rule.id))];
  const inspections = rules.flatMap((rule) =>
    rule.conditions.flatMap((condition) => inspection(rule.id, condition)),
  );
  const body = [
    ...ids.map((id) => denyChain(id, knobs)),
    ...inspections,
    ...(rules.some(({ sees }) => sees === 'opens') ? idleTimeouts(knobs.idle) : []),
    forwardChain(rules, addresses, inspects(knobs), questionsPass(knobs, addresses)),
    inputChain(rules, addresses),
    ...(rules.length > 0 ? [markerChain] : []),
    ...(knobs.napt ? [naptChain(addresses)] : []),
  ];
  return [
    ...(inspects(knobs) ? [] : withoutQueue),
    ...['table ip nimsfw', 'delete table ip nimsfw', 'table ip nimsfw {', body.join('\n\n'), '}', ''],
  ].join('\n');
}

function chain(name: string, lines: readonly string[]): string {
  return [`  chain ${name} {`, ...lines.map((line) => `    ${line}`), '  }'].join('\n');
}

function denyChain(id: RuleId, knobs: Knobs): string {
  // Without queue-threshold 1 the kernel would collect packets for up to a second before a reader sees them.
  const log = `counter log prefix "${id}" group ${nflogGroup} queue-threshold 1`;
  // An answer to a packet outside any connection's state could tear down a healthy connection. Data that the inspector
  // cannot follow yet will be sent again.
  const silent = knobs.verdict === 'drop' || id === 'invalid-state' || id === 'not-followed';
  return chain(
    `deny-${id}`,
    silent
      ? [`${log} drop`]
      : [log, 'meta l4proto 6 reject with tcp reset', 'reject with icmp admin-prohibited'],
  );
}

function forwardChain(
  rules: readonly Rule[],
  { inside, outside }: FirewallAddresses,
  inspected: boolean,
  questions: Passage | undefined,
): string {
  const mine = rules.filter((rule) => rule.chain === 'forward');
  const lines = (sees: Rule['sees'], but: (id: RuleId) => boolean = () => true) =>
    mine
      .filter((rule) => rule.sees === sees && but(rule.id))
      .flatMap((rule) => denyLines(rule, outside.interface));
  const isLast = (id: RuleId) => id === 'everything-else';
  return chain('forward', [
    'type filter hook forward priority filter; policy accept;',
    // A connection that has agreed on a suite that encrypts leaves the inspector's queue for good.
    ...(inspected
      ? [`meta mark ${hex(inspectionMarks.encrypts)} ct mark set ct mark | ${hex(notInspected)}`]
      : []),
    ...lines('every-packet'),
    ...(mine.some((rule) => rule.sees === 'opens')
      ? [
          'ct state established,related accept',
          ...(questions ? passage(questions) : []),
          ...lines('opens', (id) => !isLast(id)),
          `iifname "${inside.interface}" oifname "${outside.interface}" accept`,
          ...(mine.some((rule) => rule.id === 'unsolicited-inbound')
            ? []
            : [`iifname "${outside.interface}" oifname "${inside.interface}" accept`]),
          ...lines('opens', isLast),
        ]
      : []),
  ]);
}

/** Returns the lines that let these packets pass, by UDP and TCP. */
const passage = ({ to, port, from }: Passage): string[] =>
  ['udp', 'tcp'].map(
    (transport) =>
      `${from === undefined ? '' : `ip saddr ${from} `}ip daddr ${to} ${transport} dport ${port} accept`,
  );

function inputChain(rules: readonly Rule[], { outside }: FirewallAddresses): string {
  const mine = rules.filter((rule) => rule.chain === 'input');
  const lines = (sees: Rule['sees']) =>
    mine.filter((rule) => rule.sees === sees).flatMap((rule) => denyLines(rule, outside.interface));
  return chain('input', [
    'type filter hook input priority filter; policy accept;',
    ...lines('every-packet'),
    ...(mine.some((rule) => rule.sees === 'opens')
      ? ['ct state established,related accept', ...lines('opens')]
      : []),
  ]);
}

/**
 * The kernel's names for the states of a TCP connection that is established, half closed, or waiting for an
 * acknowledgement. A connection that is opening or already over is not idle; for it the kernel's own times hold
 * (nf_conntrack-sysctl: 10 to 120 s).
 */
const standingStates = ['established', 'fin_wait', 'close_wait', 'last_ack', 'retrans', 'unack'];

/**
 * Writes after how long conntrack forgets a silent connection; by itself it would forget UDP after 30 or 120 s. The
 * time is set for a connection when its first packet comes.
 */
function idleTimeouts(idle: Knobs['idle']): string[] {
  const seconds = idle === 'none' ? longestIdleSeconds : idle;
  const timeout = (protocol: string, states: readonly string[]): string =>
    [
      `  ct timeout idle-${protocol} {`,
      `    protocol ${protocol}`,
      '    l3proto ip',
      `    policy = { ${states.map((state) => `${state} : ${seconds}`).join(', ')} }`,
      '  }',
    ].join('\n');
  return [
    timeout('udp', ['unreplied', 'replied']),
    timeout('tcp', standingStates),
    chain('idle', [
      'type filter hook prerouting priority filter; policy accept;',
      'meta l4proto 17 ct timeout set "idle-udp"',
      'meta l4proto 6 ct timeout set "idle-tcp"',
    ]),
  ];
}

const markerChain = chain('marker', [
  'type filter hook output priority filter; policy accept;',
  `ip daddr ${markerAddress} udp dport 9 log prefix "marker" group ${nflogGroup} queue-threshold 1`,
]);

function naptChain({ inside, outside }: FirewallAddresses): string {
  const leaving = `ip saddr ${inside.subnet} oifname "${outside.interface}"`;
  return chain('postrouting', [
    'type nat hook postrouting priority srcnat; policy accept;',
    `${leaving} meta l4proto { 6, 17 } masquerade to :${naptPorts.first}-${naptPorts.last}`,
    `${leaving} masquerade`,
  ]);
}

function denyLines(rule: Rule, outside: string): string[] {
  return rule.conditions.flatMap((condition) =>
    matches(condition, outside).map((match) => {
      const verdict =
        condition.kind === 'not-opening' ? `jump ${inspectionChain(condition.port)}` : `goto deny-${rule.id}`;
      return [match, verdict].filter(Boolean).join(' ');
    }),
  );
}

/**
 * Returns nft expressions, any one of which makes the condition true. They name protocols by number, since a
 * minimal image has no /etc/protocols.
 */
function matches(condition: Condition, outside: string): string[] {
  switch (condition.kind) {
    case 'any':
      return [''];
    case 'invalid-state':
      return ['ct state invalid'];
    case 'from-outside':
      return [`iifname "${outside}"`];
    case 'not-syn':
      return ['tcp flags & (fin | syn | rst | ack) != syn'];
    case 'not-from':
      return [`iifname != "${outside}" ip saddr != ${condition.ip}`];
    case 'dns-not-from':
      return ['udp', 'tcp'].map((transport) =>
        [
          `iifname != "${outside}"`,
          ...(condition.ip === undefined ? [] : [`ip saddr != ${condition.ip}`]),
          `${transport} dport ${dnsPort}`,
        ].join(' '),
      );
    case 'protocol-not-in':
      return [`meta l4proto != ${set(condition.protocols.map((name) => protocolNumbers[name]))}`];
    case 'port-in':
      return [`${condition.transport} dport ${set(condition.ports)}`];
    case 'port-not-in':
      return condition.ports.length === 0
        ? [`meta l4proto ${protocolNumbers[condition.transport]}`]
        : [`${condition.transport} dport != ${set(condition.ports)}`];
    case 'not-opening':
      return [`meta l4proto 6 ct original proto-dst ${condition.port}`];
    case 'null-suite':
      return choosingNull.map(
        (hello) => `meta l4proto 6 ct original proto-dst ${condition.port} ct direction reply ${hello}`,
      );
    case 'readable':
      return [
        `meta mark ${hex(inspectionMarks[`readable-${condition.what}`])}`,
        ...readablePatterns[condition.what].map(
          (pattern) => `meta l4proto 6 ct original proto-dst ${condition.port} ${matching(pattern)}`,
        ),
      ];
    case 'not-followed':
      return [`meta mark ${hex(inspectionMarks['not-followed'])}`];
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`;

function set(values: readonly number[]): string {
  return `{ ${values.join(', ')} }`;
}

function inspectionChain(port: number): string {
  return `opening-${port}`;
}

/**
 * Compares payload bytes (`@ih` counts from the end of the TCP header). It is false if the payload is too short.
 */
const matching = (pattern: Pattern): string =>
  pattern
    .map(({ at, hex: value, mask }) => {
      const bits = `@ih,${at * 8},${value.length * 4}`;
      return mask === undefined ? `${bits} 0x${value}` : `${bits} & 0x${mask} == 0x${value}`;
    })
    .join(' ');

/**
 * Matches any packet that carries at least one byte; in an empty packet there is
 * nothing to load, so the match fails.
 */
const carriesData = '@ih,0,8 >= 0x0';

/**
 * The chain that a connection to an inspected port runs through until it is accepted. The connection's mark
 * remembers the acceptance, since later segments may begin anywhere in a message or record. A refused segment
 * leaves no mark, so its retransmission is refused again. Segments without payload pass.
 *
 * The first segment is judged alone: a client that sends its first few bytes one by one is refused.
 */
function inspection(id: RuleId, condition: Condition): string[] {
  if (condition.kind !== 'not-opening') return [];
  const refuse = `${carriesData} goto deny-${id}`;
  const fromClient = 'ct direction original';
  const accept = (bit: string) => `ct mark set ct mark | ${bit} return`;
  const name = inspectionChain(condition.port);
  if (condition.as === 'tls') {
    return [
      chain(name, [
        `ct mark & ${clientAccepted} != 0x0 return`,
        // No TLS server speaks first.
        `${fromClient} ${matching(tlsHandshake)} ${accept(clientAccepted)}`,
        refuse,
      ]),
    ];
  }
  return [
    chain(name, [
      `${fromClient} ct mark & ${clientAccepted} != 0x0 return`,
      `ct direction reply ct mark & ${serverAccepted} != 0x0 return`,
      ...httpRequests.map((request) => `${fromClient} ${matching(request)} ${accept(clientAccepted)}`),
      `ct direction reply ${matching(httpAnswer)} ${accept(serverAccepted)}`,
      refuse,
    ]),
  ];
}

/**
 * Matches a segment that begins with a ServerHello that chooses a NULL suite. nftables cannot add a byte that it
 * reads to an offset, so there is one comparison for each possible length of the session id.
 */
const choosingNull = Array.from({ length: 33 }, (_, sessionId) => {
  const suites = [...nullSuites.keys()].map(hex).join(', ');
  return (
    `${matching(serverHello)} @ih,${sessionIdLengthAt * 8},8 ${hex(sessionId)} ` +
    `@ih,${(sessionIdLengthAt + 1 + sessionId) * 8},16 { ${suites} }`
  );
});
