import { z } from 'zod';
import { knobsSchema, type Knobs } from './knobs';

/**
 * Network interfaces, node ids and file names are made from a firewall's id, and Linux limits the name of an
 * interface to 15 characters. `intercepting` may be longer because the lab knows it by name.
 */
export const firewallId = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be small letters and digits, joined by single hyphens')
  .refine((id) => id.length <= 9 || id === 'intercepting', 'must not be longer than 9 characters');

/** Free text that tables, terminals and Markdown can show unchanged. */
const line = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(300)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters');

export const firewallSchema = z
  .strictObject({
    id: firewallId,
    /** Its name in a few words. */
    title: line,
    /** One line on what it restricts; in the built-in catalogue, what it adds to the type before. */
    summary: line,
    /** Source of the description. */
    source: line.default('the catalogue file'),
    /** How sure we are of it. */
    confidence: line.default('not stated'),
    knobs: knobsSchema,
  })
  .readonly();

/** One firewall: its knob vector, and where the vector comes from. */
export type Firewall = z.infer<typeof firewallSchema>;

/** Firewalls in the order of tables. */
export type Catalogue = readonly Firewall[];

/** Type 0: every knob is as open as it goes. */
const open = knobsSchema.parse({});

// Each type adds one restriction to the type before it, as the table in docs/firewalls.md does.
const type1: Knobs = { ...open, napt: true, unsolicitedInbound: 'deny' };
const type2: Knobs = { ...type1, protocols: ['tcp', 'udp', 'icmp'] };
const type3: Knobs = { ...type2, udp: { except: [5060, 5061] }, tcp: { except: [5060, 5061] } };
const type4: Knobs = { ...type3, udp: { only: [53, 123, 500, 4500] } };
const type5: Knobs = { ...type4, udp: 'none' };
const type6: Knobs = { ...type5, tcp: { only: [80, 443] } };
const type7: Knobs = { ...type6, inspect80: 'http', inspect443: 'tls' };
const type8: Knobs = { ...type7, proxy: 'mandatory' };
const type9: Knobs = { ...type8, payload: 'readable' };

const control = 'control';
/** Confidence in every numbered type, shown wherever the type is: the table of TR 33.830 itself is not available. */
const reconstructed = 'content likely, numbering a guess';
const ladder = 'reconstruction in keeping with TR 33.830 clause 8.3';

/**
 * The catalogue that ships: a reconstruction of types 0-9, and the controls. docs/firewalls.md says what of it is sure.
 */
export const builtInCatalogue: Catalogue = [
  {
    id: '0',
    title: 'open',
    summary: 'plain routing, no NAT, nothing blocked',
    source: 'the lab, to show that nothing else is in the way',
    confidence: control,
    knobs: open,
  },
  {
    id: '1',
    title: 'NAPT',
    summary: 'address and port rewritten, unsolicited inbound dropped',
    source: `${ladder}: step 2 is the NAT-traversal alternative`,
    confidence: reconstructed,
    knobs: type1,
  },
  {
    id: '2',
    title: 'no IPsec',
    summary: 'every IP protocol except TCP, UDP and ICMP dropped (so ESP and AH)',
    source: `${ladder}; TS 33.203 Annex M has ESP in UDP as the other way`,
    confidence: reconstructed,
    knobs: type2,
  },
  {
    id: '3',
    title: 'no SIP ports',
    summary: 'the SIP ports 5060 and 5061 dropped, UDP and TCP',
    source: `${ladder}: "TLS on port 443 instead of the default SIP TLS port"`,
    confidence: reconstructed,
    knobs: type3,
  },
  {
    id: '4',
    title: 'few UDP ports',
    summary: 'UDP only to 53, 123, 500 and 4500',
    source: `${ladder}; the ports of DNS, NTP and IKE`,
    confidence: reconstructed,
    knobs: type4,
  },
  {
    id: '5',
    title: 'no UDP',
    summary: 'no UDP at all',
    source: `${ladder}; TS 23.228 U.1.5 speaks of networks that block UDP`,
    confidence: reconstructed,
    knobs: type5,
  },
  {
    id: '6',
    title: 'web ports only',
    summary: 'TCP only to 80 and 443',
    source: `${ladder}; TS 33.203 W.3.1.3 uses these two ports`,
    confidence: reconstructed,
    knobs: type6,
  },
  {
    id: '7',
    title: 'web protocols only',
    summary: 'port 80 must carry HTTP, port 443 must begin with a TLS handshake',
    source: `${ladder}; TS 33.203 W.3.1.3: TURN over TCP port 80 fails under content inspection`,
    confidence: reconstructed,
    knobs: type7,
  },
  {
    id: '8',
    title: 'mandatory web proxy',
    summary:
      'nothing goes out directly: an explicit web proxy is mandatory, and it allows CONNECT to 443 only',
    source: `${ladder}: the UE supports HTTP CONNECT; TS 33.203 W.3.3`,
    confidence: reconstructed,
    knobs: type8,
  },
  {
    id: '9',
    title: 'reads tunnelled bytes',
    summary: 'readable SIP, STUN/TURN, RTP or MSRP inside TLS records (a NULL suite) is dropped',
    source: `${ladder}: a NULL suite traverses types 1-8, an encrypting one types 1-9`,
    confidence: 'number and effect sure (a NULL suite does not pass), how it is done a guess',
    knobs: type9,
  },
  {
    id: 'closed',
    title: 'closed',
    summary: 'nothing passes',
    source: 'the lab, to show that a block is seen as one',
    confidence: control,
    knobs: { ...open, unsolicitedInbound: 'deny', protocols: [] },
  },
  {
    id: 'intercepting',
    title: 'intercepting proxy',
    summary:
      'as 8, but the proxy re-signs TLS with its own CA: the UE must refuse it on the certificate check',
    source: 'the lab; outside the numbering, since no type of TR 33.830 intercepts TLS',
    confidence: control,
    knobs: { ...type8, proxy: 'intercepting' },
  },
];
