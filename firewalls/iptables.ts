import { inspectionMarks, inspectionQueueRule, notInspected } from './inspection';
import { protocolNumbers, type Knobs } from './knobs';
import { markerAddress, naptPorts, nflogGroup } from './nftables';
import { nullSuites } from './null-suites';
import { carriesData, payloadHas, payloadHasBehind } from './packet-filter';
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
  questionsPass,
  type Condition,
  type FirewallAddresses,
  type Passage,
  type Rule,
  type RuleId,
} from './rules';

/** The chains of a table, each with its lines in order. */
type Chains = Map<string, string[]>;

/** Most ports that one match `multiport` takes. */
const portsAtOnce = 15;

/** Bits of the connection mark in which content inspection remembers what it has accepted. */
const clientAccepted = '0x1';
const serverAccepted = '0x2';

const log = (prefix: string): string =>
  // Without a threshold of 1 the kernel would collect packets for up to a second before a reader sees them.
  `-j NFLOG --nflog-group ${nflogGroup} --nflog-prefix ${prefix} --nflog-threshold 1`;

/**
 * Returns the firewall as text for `iptables-nft-restore`: the same rules as `nftables` makes of the knobs, under the
 * same names, logged to the same group. Loading it replaces the tables of an earlier text.
 *
 * @throws RangeError when the knobs ask for a proxy and the addresses name none
 */
export function iptables(knobs: Knobs, addresses: FirewallAddresses): string {
  const rules = compileRules(knobs, addresses);
  const filter: Chains = new Map(['INPUT', 'FORWARD', 'OUTPUT'].map((name) => [name, []]));
  for (const id of new Set(rules.map((rule) => rule.id))) filter.set(`deny-${id}`, deny(id, knobs));
  const write = new Writer(filter, addresses.outside.interface);
  write.forward(rules, addresses, inspects(knobs), questionsPass(knobs, addresses));
  write.input(rules);
  if (rules.length > 0)
    filter.get('OUTPUT')!.push(`-d ${markerAddress} -p udp -m udp --dport 9 ${log('marker')}`);
  return [
    table('mangle', new Map([['FORWARD', inspects(knobs) ? [inspectionQueueRule] : []]])),
    table('filter', filter),
    table('nat', new Map([['POSTROUTING', knobs.napt ? napt(addresses) : []]])),
    '',
  ].join('\n');
}

/** Writes a table. The chains of the kernel are in capitals, and let pass what no rule of theirs denies. */
function table(name: string, chains: Chains): string {
  const names = [...chains.keys()];
  return [
    `*${name}`,
    ...names.map((chain) => `:${chain} ${chain === chain.toUpperCase() ? 'ACCEPT' : '-'} [0:0]`),
    ...names.flatMap((chain) => chains.get(chain)!.map((line) => `-A ${chain} ${line}`)),
    'COMMIT',
  ].join('\n');
}

function deny(id: RuleId, knobs: Knobs): string[] {
  // For the same reasons as in nftables.ts.
  const silent = knobs.verdict === 'drop' || id === 'invalid-state' || id === 'not-followed';
  return [
    log(id),
    ...(silent
      ? ['-j DROP']
      : ['-p tcp -j REJECT --reject-with tcp-reset', '-j REJECT --reject-with icmp-admin-prohibited']),
  ];
}

function napt({ inside, outside }: FirewallAddresses): string[] {
  const leaving = `-s ${inside.subnet} -o ${outside.interface}`;
  const ports = `--to-ports ${naptPorts.first}-${naptPorts.last}`;
  return [
    ...['tcp', 'udp'].map((protocol) => `${leaving} -p ${protocol} -j MASQUERADE ${ports}`),
    `${leaving} -j MASQUERADE`,
  ];
}

const repliesPass = '-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT';

/** The lines that let these packets pass, by UDP and TCP. */
const passage = ({ to, port, from }: Passage): string[] =>
  bothTransports(`${from === undefined ? '' : `-s ${from} `}-d ${to}`, port, '-j ACCEPT');

const bothTransports = (match: string, port: number, target: string): string[] =>
  ['udp', 'tcp'].map((transport) => `${match} -p ${transport} -m ${transport} --dport ${port} ${target}`);

/** Writes the rules into the chains of a table. */
class Writer {
  private helpers = 0;

  constructor(
    private readonly chains: Chains,
    private readonly outside: string,
  ) {}

  forward(
    rules: readonly Rule[],
    { inside, outside }: FirewallAddresses,
    inspected: boolean,
    questions: Passage | undefined,
  ): void {
    const mine = rules.filter(({ chain }) => chain === 'forward');
    const isLast = (id: RuleId): boolean => id === 'everything-else';
    const lines = this.chains.get('FORWARD')!;
    // A connection that has agreed on a suite that encrypts leaves the inspector's queue for good.
    if (inspected)
      lines.push(
        `-m mark --mark ${hex(inspectionMarks.encrypts)} -j CONNMARK --or-mark ${hex(notInspected)}`,
      );
    this.denyIn(
      'FORWARD',
      mine.filter(({ sees }) => sees === 'every-packet'),
    );
    const opening = mine.filter(({ sees }) => sees === 'opens');
    if (opening.length === 0) return;
    lines.push(repliesPass, ...(questions ? passage(questions) : []));
    this.denyIn(
      'FORWARD',
      opening.filter(({ id }) => !isLast(id)),
    );
    lines.push(`-i ${inside.interface} -o ${outside.interface} -j ACCEPT`);
    if (!mine.some(({ id }) => id === 'unsolicited-inbound'))
      lines.push(`-i ${outside.interface} -o ${inside.interface} -j ACCEPT`);
    this.denyIn(
      'FORWARD',
      opening.filter(({ id }) => isLast(id)),
    );
  }

  input(rules: readonly Rule[]): void {
    const mine = rules.filter(({ chain }) => chain === 'input');
    this.denyIn(
      'INPUT',
      mine.filter(({ sees }) => sees === 'every-packet'),
    );
    const opening = mine.filter(({ sees }) => sees === 'opens');
    if (opening.length === 0) return;
    this.chains.get('INPUT')!.push(repliesPass);
    this.denyIn('INPUT', opening);
  }

  private denyIn(chain: string, rules: readonly Rule[]): void {
    for (const { id, conditions } of rules)
      for (const condition of conditions)
        for (const line of this.linesOf(condition, id)) this.chains.get(chain)!.push(line.trim());
  }

  private linesOf(condition: Condition, id: RuleId): string[] {
    const denied = `-g deny-${id}`;
    switch (condition.kind) {
      case 'any':
        return [denied];
      case 'invalid-state':
        return [`-m conntrack --ctstate INVALID ${denied}`];
      case 'from-outside':
        return [`-i ${this.outside} ${denied}`];
      case 'not-syn':
        return [`-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN ${denied}`];
      case 'not-from':
        return [`! -i ${this.outside} ! -s ${condition.ip} ${denied}`];
      case 'dns-not-from':
        return bothTransports(
          `! -i ${this.outside}${condition.ip === undefined ? '' : ` ! -s ${condition.ip}`}`,
          dnsPort,
          denied,
        );
      case 'protocol-not-in':
        return this.unless(
          condition.protocols.map((name) => `-p ${protocolNumbers[name]}`),
          '',
          denied,
        );
      case 'port-in':
        return portMatches(condition).map((match) => `${match} ${denied}`);
      case 'port-not-in':
        return this.unless(portMatches(condition), `-p ${condition.transport}`, denied);
      case 'not-opening':
        return [`${toPort(condition.port)} -j ${this.opening(condition, denied)}`];
      case 'null-suite': {
        const chosen = payloadHasBehind(serverHello, sessionIdLengthAt, [...nullSuites.keys()]);
        return [`${toPort(condition.port, 'REPLY')} ${bpf(chosen)} ${denied}`];
      }
      case 'readable':
        return [
          `-m mark --mark ${hex(inspectionMarks[`readable-${condition.what}`])} ${denied}`,
          ...readablePatterns[condition.what].map(
            (pattern) => `${toPort(condition.port)} ${bpf(payloadHas(pattern))} ${denied}`,
          ),
        ];
      case 'not-followed':
        return [`-m mark --mark ${hex(inspectionMarks['not-followed'])} ${denied}`];
    }
  }

  /** Denies what none of the matches is true of, which takes a chain of its own. */
  private unless(matches: readonly string[], among: string, denied: string): string[] {
    if (matches.length === 0) return [`${among} ${denied}`];
    const name = `unless-${++this.helpers}`;
    this.chains.set(name, [...matches.map((match) => `${match} -j RETURN`), denied]);
    return [`${among} -j ${name}`];
  }

  /** The chain that a connection to an inspected port runs through until it is accepted, as in nftables.ts. */
  private opening({ port, as }: Extract<Condition, { kind: 'not-opening' }>, denied: string): string {
    const name = `opening-${port}`;
    const fromClient = '-m conntrack --ctdir ORIGINAL';
    const fromServer = '-m conntrack --ctdir REPLY';
    const accepts = (from: string, patterns: readonly Pattern[], bit: string): string[] =>
      patterns.map((pattern) => `${from} ${bpf(payloadHas(pattern))} -j CONNMARK --or-mark ${bit}`);
    const isAccepted = (bit: string): string => `-m connmark --mark ${bit}/${bit} -j RETURN`;
    const [asked, returns] =
      as === 'tls'
        ? [accepts(fromClient, [tlsHandshake], clientAccepted), [isAccepted(clientAccepted)]]
        : [
            [
              ...accepts(fromClient, httpRequests, clientAccepted),
              ...accepts(fromServer, [httpAnswer], serverAccepted),
            ],
            [`${fromClient} ${isAccepted(clientAccepted)}`, `${fromServer} ${isAccepted(serverAccepted)}`],
          ];
    this.chains.set(name, [...returns, ...asked, ...returns, `${bpf(carriesData)} ${denied}`]);
    return name;
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`;

const bpf = (program: string): string => `-m bpf --bytecode "${program}"`;

const toPort = (port: number, direction?: 'REPLY'): string =>
  `-p tcp -m conntrack --ctorigdstport ${port}${direction ? ` --ctdir ${direction}` : ''}`;

/** Returns matches, of which one is true if the packet goes to one of the ports. */
function portMatches({
  transport,
  ports,
}: Extract<Condition, { kind: 'port-in' | 'port-not-in' }>): string[] {
  return Array.from({ length: Math.ceil(ports.length / portsAtOnce) }, (_, part) => {
    const some = ports.slice(part * portsAtOnce, (part + 1) * portsAtOnce);
    return `-p ${transport} -m multiport --dports ${some.join(',')}`;
  });
}
