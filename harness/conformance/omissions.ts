/** Something of the standards that the lab leaves out, so that no rule can be about it. */
export interface Omission {
  readonly what: string;
  /** Where the standards have it. */
  readonly clause: string;
  readonly why: string;
}

/** What is left out of IMS as it is written. A part that is built loses its line here and gets rules. */
export const omissions: readonly Omission[] = [
  {
    what: 'I-CSCF, with its part of the interface Cx (UAR, LIR)',
    clause: 'TS 24.229 5.3; TS 29.228 6.1.1, 6.1.4',
    why: 'There is one S-CSCF, so that nothing has to be found. The P-CSCF knows its address. The S-CSCF asks the HSS (MAR, SAR); the HSS takes no registration back (RTR), since nothing in the lab has a network do that.',
  },
  {
    what: 'IMS-ALG and IMS-AGW at the P-CSCF',
    clause: 'TS 23.228 Annex G; TS 24.229 F.5',
    why: 'The CR has media pass by ICE and TURN. An IMS-ALG would draw the media to the P-CSCF and hide what is measured; without it a UE behind an NAPT is reached only over a flow that it keeps open.',
  },
  {
    what: 'Of hosted NAT: the P-CSCF finds out that a UE is behind an NAT, and the UE has its public address in the Contact of a protected REGISTER',
    clause: 'TS 33.203 M.1; TS 24.229 F.1, F.2.1.2.2 c), F.4',
    why: 'Each attempt offers one mode of IPsec, which the P-CSCF takes, so that each is measured by itself. Without IPsec, what the network sends to a UE behind an NAPT has no way at step 1, which is what step 1 is to show.',
  },
  {
    what: 'Preconditions',
    clause: 'RFC 3312; TS 24.229 5.1.3.1',
    why: 'Access by Wi-Fi or a fixed line reserves no resources, so there is nothing to wait for.',
  },
  {
    what: 'Of IMS AKA and IPsec: SIP over TCP on the protected ports, and algorithms other than HMAC-SHA-1-96, HMAC-MD5-96, AES-CBC and NULL',
    clause: 'TS 33.203 7.1, Annex H',
    why: 'A firewall sees ESP whatever is in it. Long messages go in fragments of UDP.',
  },
  {
    what: 'Discovery of the P-CSCF',
    clause: 'TS 24.229 9.2.1; RFC 3263',
    why: 'The UE is configured with names and ports. Which way through a firewall works does not depend on how a UE learned them.',
  },
  {
    what: 'Compression of signalling',
    clause: 'TS 24.229 8; RFC 5049',
    why: 'It is for narrow radio, and TS 24.229 leaves it out over access by Wi-Fi and fixed lines.',
  },
  {
    what: 'Emergency sessions',
    clause: 'TS 24.229 5.1.6',
    why: 'They take another P-CSCF and other identities; the way through the firewall is the same.',
  },
  {
    what: 'SMS over IP and CPM',
    clause: 'TS 24.341; OMA CPM',
    why: '`message` is pager mode (RFC 3428) and `msrp` the transport of session mode (RFC 4975), which is what the CR counts connections of.',
  },
  {
    what: 'GRUUs',
    clause: 'RFC 5627; TS 24.229 5.4.7A',
    why: 'A UE is reached by its identity and over its flow. Nothing that is measured addresses one of several UEs.',
  },
  {
    what: 'The rest of session continuity: circuit-switched access, part of the media, early dialogs, third-party REGISTER at the SCC AS',
    clause: 'TS 24.237 6.3, 7 to 9, 10.3; TS 23.237 6.3.2.2.2 to 6.3.2.2.4',
    why: 'The CR moves a UE between networks behind firewalls, with all of a session that stands. The SCC AS refuses to transfer an early dialog with 480, like one that it does not know, which is from memory of TS 24.237 10.3 and was not looked up.',
  },
  {
    what: 'Transfer of an MSRP session',
    clause: 'TS 24.237 10.2; RFC 4975 5.4',
    why: 'Its stream is a TCP connection, which ends with the network. A UE begins a new session on the new network, where `msrp` measures it.',
  },
  {
    what: 'Speech coding',
    clause: 'TS 26.114; RFC 4867',
    why: 'RTP carries payloads of the size and rate of a codec, but no speech: a firewall cannot tell.',
  },
  {
    what: 'The EFTF tunnel',
    clause: 'TS 24.322; TS 33.203 W.2',
    why: 'It is the rival of the CR, which claims that no new network element is needed.',
  },
  {
    what: 'IPv6',
    clause: 'TS 23.221 5.1',
    why: 'The types of firewalls are told apart by what an NAPT of IPv4 does.',
  },
];
