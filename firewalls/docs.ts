import { Document, isCollection, isPair, isScalar, visit } from 'yaml';
import type { Catalogue, Firewall } from './catalogue';
import { invariants } from './invariants';
import { knobMeanings, knobsSchema, knobValues, type Knobs } from './knobs';
import { nflogGroup } from './nftables';
import { proxyPolicy } from './proxy-policy';
import { describeRules, type Rule } from './rules';

/** Returns the text of `docs/firewalls.md`. */
export function firewallsPage(catalogue: Catalogue): string {
  return (
    [
      '# Firewalls',
      '<!-- Made from `firewalls/catalogue.ts` by `firewalls/docs.ts`; a test compares the two. Do not edit by hand. -->',
      sureAndGuessed,
      '## The types',
      table(
        ['id', 'name', 'what it adds to the one before', 'source', 'confidence'],
        catalogue.map((firewall) => [
          firewall.id,
          firewall.title,
          firewall.summary,
          firewall.source,
          firewall.confidence,
        ]),
      ),
      '## What each one denies',
      'In the order in which a packet meets the rules. The names are the ones in evidence and reports.',
      ...catalogue.map(section),
      '## The knobs',
      'A firewall is a vector of these. A knob that is left out stands as in type 0.',
      table(
        ['knob', 'values', 'if left out', 'meaning'],
        (Object.keys(knobMeanings) as (keyof Knobs)[]).map((knob) => [
          `\`${knob}\``,
          knobValues(knob),
          code(openKnobs[knob]),
          knobMeanings[knob],
        ]),
      ),
      howRulesWork,
      '## Bring your own catalogue',
      ownCatalogue,
      fence('yaml', exampleCatalogue),
      'The catalogue that ships, in the same form:',
      fence('yaml', catalogueYaml(catalogue)),
      '## What must hold of any catalogue',
      table(
        ['id', 'statement', 'source'],
        invariants.map(({ id, statement, source }) => [id, statement, source]),
      ),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

/**
 * Writes a catalogue as the text of a catalogue file; reading that file gives the same catalogue.
 */
export function catalogueYaml(catalogue: Catalogue): string {
  const document = new Document(
    {
      firewalls: catalogue.map(({ knobs, ...rest }) => ({ ...rest, knobs: restrictions(knobs) })),
    },
    { aliasDuplicateObjects: false },
  );
  // The lists of ports and protocols stay on the line of their knob.
  visit(document, {
    Pair: (_, pair, path) => {
      const inKnobs = path.some((node) => isPair(node) && isScalar(node.key) && node.key.value === 'knobs');
      if (inKnobs && isCollection(pair.value)) pair.value.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** The example of docs/firewalls.md: an office that lets SIP over TLS out and refuses the rest with an answer. */
export const exampleCatalogue = `# offices.yaml
firewalls:
  - id: office
    title: our office
    summary: NAPT, web and SIP over TLS, nothing else
    knobs: &office
      napt: true
      unsolicitedInbound: deny
      protocols: [tcp, udp, icmp]
      udp: { only: [53] }
      tcp: { only: [80, 443, 5061] }
      verdict: reject
  - id: guests
    title: our guests' network
    summary: as the office, but no SIP ports
    knobs:
      <<: *office
      tcp: { except: [5060, 5061] }
`;

const openKnobs: Knobs = knobsSchema.parse({});

/** Returns the knobs that differ from type 0. */
function restrictions(knobs: Knobs): Partial<Knobs> {
  return Object.fromEntries(
    Object.entries(knobs).filter(([knob, value]) => !same(value, openKnobs[knob as keyof Knobs])),
  );
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function section(firewall: Firewall): string {
  const { id, title, knobs } = firewall;
  const rules = describeRules(knobs);
  const set = Object.entries(restrictions(knobs)).map(([knob, value]) => `\`${knob}: ${flow(value)}\``);
  const policy = proxyPolicy(knobs);
  return [
    `### ${id}: ${title}`,
    set.length > 0 ? `Knobs: ${set.join(', ')}.` : 'Knobs: all as open as they go.',
    rules.length === 0
      ? 'Denies nothing.'
      : table(
          ['rule', 'denies', 'chain'],
          perId(rules).map(({ rule, chains }) => [`\`${rule.id}\``, rule.statement, chains.join(', ')]),
        ),
    ...(policy
      ? [
          `Web proxy: port ${policy.listenPort}, CONNECT to ${policy.connectPorts.join(', ')} only` +
            `${policy.authentication === 'basic' ? ', with Basic authentication' : ''}` +
            `${policy.intercept ? '; re-signs TLS with its own CA' : '; passes the bytes of TLS through'}.`,
        ]
      : []),
  ].join('\n\n');
}

function perId(rules: readonly Rule[]): { rule: Rule; chains: string[] }[] {
  return [...new Set(rules.map(({ id }) => id))].flatMap((id) => {
    const mine = rules.filter((rule) => rule.id === id);
    return mine.slice(0, 1).map((rule) => ({ rule, chains: mine.map(({ chain }) => chain) }));
  });
}

const sureAndGuessed = `How the lab's firewalls behave, and how sure we are that the real ones do.

TR 33.830 numbers the non-IMS-aware firewalls (NIMSFW) 1 to 9, but it was never approved and **its table of types is not
available to us**. The numbered types below are a **reconstruction**: one rung more restrictive each time.

Sure, because it follows from the change request to TR 33.830 clause 8.3 alone, or from TS 33.203:

- Only type 9 looks at the bytes inside TLS records (or refuses NULL suites), and it does so without decrypting.
- No type intercepts TLS.
- Every type lets port 443 through, directly or by HTTP CONNECT.
- Types 1-8 check at most that port 443 carries a well-formed TLS handshake.
- TURN over plain TCP on port 80 fails under content inspection and behind a mandatory proxy (TS 33.203 W.3.1.3).

A guess:

- which restriction has which number, and so in which order they come;
- the ports of types 4 and 6, and that a type drops rather than rejects;
- how type 9 recognises what it drops.

\`0\`, \`closed\` and \`intercepting\` are not types of the TR: they are controls that show the lab to be right.
When the true table turns up, replace the catalogue by a file of your own (below); nothing else needs to change.`;

const howRulesWork = `## How a rule works, and what it does not see

- Every rule has a counter and logs the packet to nflog group ${nflogGroup} with the rule's name as the prefix, exactly and without a trailing
  blank. \`tcpdump -n -i nflog:${nflogGroup} -w -\` in the firewall's network namespace streams the denied packets;
  \`nft list chain ip nimsfw deny-RULE\` shows the counter.
- Replies to what was let out pass. Content rules stand before that and see every packet.
- NAPT always changes the port (to 50000-59999), so a SIP response sent to the port in \`Via\` (no \`rport\`) finds no mapping; it
  reaches the firewall itself and is denied there by \`unsolicited-inbound\` in the chain \`input\`. With \`rport\`, which step 1 has
  (TS 24.229 5.1.1.2.1 d), responses come back. What the network sends to the UE's own address in front of a P-CSCF that does not
  do Annex F has no way there: no rule denies it, as it never comes to the firewall; evidence of the kind \`translation\` shows it.
- A mandatory proxy binds everybody else: a packet that does not come from the proxy is denied by \`direct-not-allowed\`, whatever it
  carries. The proxy itself is bound by the other rules; it may fetch plain HTTP from port 80 and open CONNECT tunnels.
- \`inspect80\` and \`inspect443\` judge the first bytes each connection carries and then remember that they were right. A client that
  sends these bytes one by one is refused.
- \`payload: readable\` sends the packets of port 443, both directions, through the kernel's queue to an inspector beside the
  firewall. It puts the TCP streams together, follows the handshake to the suite that the server chooses, and where that does not
  encrypt it reads the plaintext of the TLS records as one stream; so it does with what is no TLS at all. It lets every packet
  go on and marks the one that completes what it knows: the rules act on the mark, and a whole message may be gone but for that
  packet's last byte. A connection that agreed on a suite that encrypts leaves the queue for good. As a second line, the rules compare
  the TLS record with which a segment begins, of every connection: an encrypted one is mistaken with a probability below 1e-8.
  What the inspector cannot follow does not pass (\`not-followed\`, which proves nothing about an attempt): data of connections
  older than itself, data in a SYN, a segment that contradicts an earlier one, records with compressed text, and more than 128 KiB
  out of order or 256 KiB not acknowledged in a direction. Without the inspector nothing passes on port 443, and the lab says that the
  firewall's node has died.
- What the inspector does not see: SIP, STUN, RTP or MSRP in another port's packets, on a suite that encrypts, or in a renegotiation
  from one to a NULL suite (but for the second line); SIP without "SIP/2.0" anywhere and without a request to a \`sip:\`, \`sips:\` or
  \`tel:\` URI; STUN without the magic cookie (RFC 3489); RTP outside of ChannelData, or in ChannelData longer than 255 bytes
  (the TURN messages before it are seen); a STUN message cut into records of TLS 1.3 with padding.
- \`nullSuites: deny\` is for nftables alone: it looks at the segment that begins with the ServerHello. It fails open where a server writes
  its hello in pieces, or something in front of it in the same segment; \`payload: readable\` does not.
- A packet outside any connection's state (\`invalid-state\`) is dropped silently even where the verdict is \`reject\`, and proves nothing
  about an attempt: it may be a stray latecomer.
- The lab's firewall is nftables. \`--firewall-box iptables\` has iptables make the same of the knobs, with rules of the same names; its
  \`idle\` is a setting of the kernel, which it cannot write in a container. Somebody else's firewall may name no rule: what it takes in
  and never lets out is then evidence of the kind \`vanished\`, with the packet's places in the captures of both sides.
- The lab is IPv4; the firewalls forward no IPv6.`;

const ownCatalogue = `\`nimsfw run --catalogue FILE.yaml\` replaces the whole catalogue. A file has one key, \`firewalls\`, a list of:

| key | | |
|---|---|---|
| \`id\` | required | small letters and digits, joined by single hyphens, at most 9 characters (or \`intercepting\`); each once |
| \`title\` | required | a few words |
| \`summary\` | required | what it does, one line |
| \`source\` | optional | where you know it from |
| \`confidence\` | optional | how sure you are of it |
| \`knobs\` | required | a map of knobs; \`{}\` restricts nothing |

Mistakes are named one a line, as \`FILE:LINE: path.to.key: what is wrong (what is allowed)\`. YAML anchors and merge keys work:`;

function code(value: unknown): string {
  return `\`${flow(value)}\``;
}

/** Writes a knob's value as YAML does on one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${flow(inner)}`)
      .join(', ')} }`;
  }
  return String(value);
}

function fence(language: string, text: string): string {
  return ['```' + language, text.trimEnd(), '```'].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(row)].join('\n');
}
