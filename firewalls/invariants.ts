/** A sentence that must hold of any catalogue, and that the lab confirms or contradicts. */
export interface Invariant {
  readonly id: InvariantId;
  /**
   * The document that says it, or the sentence that it follows from. "CR" is the change
   * request to TR 33.830 clause 8.3.
   */
  readonly source: string;
  readonly statement: string;
}

export const invariantIds = [
  ...(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10'] as const),
  ...(['I11', 'I12', 'I13', 'I14'] as const),
] as const;
export type InvariantId = (typeof invariantIds)[number];

export const invariants: readonly Invariant[] = [
  { id: 'I1', source: 'CR', statement: 'With an encrypting suite, step 3 passes on types 1-9' },
  {
    id: 'I2',
    source: 'CR',
    statement: 'With a NULL suite, step 3 passes on types 1-8 and is blocked on type 9',
  },
  { id: 'I3', source: 'TS 33.203 W.3.3', statement: 'Some type is passed only with HTTP CONNECT' },
  {
    id: 'I4',
    source: 'TS 33.203 W.3.1.3',
    statement: 'Some type passes TURN over TLS on port 443 but not TURN over TCP on port 80',
  },
  { id: 'I5', source: 'TS 23.228 U.1.5', statement: 'Some type passes no UDP' },
  { id: 'I6', source: 'TS 33.203 W.2.0', statement: 'Some type is passed below step 3' },
  { id: 'I7', source: 'follows from I1', statement: 'The UE refuses the intercepting proxy' },
  {
    id: 'I8',
    source: 'CR',
    statement: 'A message needs one TLS connection, an MSRP session with one candidate pair three',
  },
  { id: 'I9', source: 'CR', statement: 'There are as many HTTP CONNECT requests as TCP connections' },
  { id: 'I10', source: 'CR', statement: 'No byte of SIP is sent before the TLS handshake has ended' },
  {
    id: 'I11',
    source: 'CR',
    statement: 'Keep-alives maintain the connections, and without them they are lost',
  },
  {
    id: 'I12',
    source: 'CR',
    statement: 'Media over UDP (RTP) and over TCP (MSRP) are both possible on types 1-9',
  },
  {
    id: 'I13',
    source: 'CR',
    statement: 'On a change of access network, the SCC AS transfers a call to the new one (TS 24.237)',
  },
  {
    id: 'I14',
    source: 'CR',
    statement:
      'Existing IMS authentication mechanisms can be reused: a UE that begins with IMS AKA gets through types 1-9, at step 3 by SIP Digest in TLS',
  },
];
