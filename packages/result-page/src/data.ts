/**
 * What a page shows. Everything is in words already where words are needed, so that terminal, reports and page say the
 * same; the page only arranges. All texts may come from outside (a catalogue, a server): they are shown as text.
 * Times are milliseconds since the Unix epoch, durations milliseconds.
 */
export interface PageData {
  readonly run: PageRun;
  /** What a reader has to know before the table, such as what is reconstruction. */
  readonly notes: readonly string[];
  /** What went wrong, such as an outage or a missing cell. */
  readonly warnings: readonly string[];
  /** Versions, machine and provenance. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** In the order of the catalogue. */
  readonly firewalls: readonly PageFirewall[];
  readonly scenarios: readonly { readonly id: string; readonly title: string }[];
  readonly suites: readonly { readonly id: string; readonly title: string }[];
  /** The variants of the lab; empty if there is one lab only. */
  readonly variants: readonly string[];
  readonly steps: readonly { readonly step: number; readonly title: string }[];
  readonly cells: readonly PageCell[];
  readonly claims: readonly PageClaim[];
  /** The measurements that occur, by name. */
  readonly measurements: readonly PageMeasurementKind[];
  /** What changed since another run, if one was given to compare with. */
  readonly comparison?: PageComparison;
}

export interface PageRun {
  readonly id: string;
  readonly startedAt: number;
  readonly durationMs: number;
  /** False while the run goes on. */
  readonly isOver: boolean;
  readonly isInterrupted: boolean;
  /** The command that measures it again. */
  readonly command: string;
  /** One line: so many cells as expected... */
  readonly summary: string;
  /** True if everything was as expected, or known. */
  readonly isAsExpected: boolean;
}

export interface PageFirewall {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly confidence: string;
  /** Its rules, each with its words and its nftables text. */
  readonly rules: readonly PageRule[];
}

export interface PageRule {
  readonly id: string;
  readonly statement: string;
  /** The lines of nftables that make it; missing if the run does not have them. */
  readonly nft?: string;
}

export type PageOutcome =
  'expected' | 'unexpected' | 'flaky' | 'inconclusive' | 'unsupported' | 'skipped' | 'pending' | 'running';

export type PageVerdict = 'passed' | 'blocked' | 'failed' | 'unsupported' | 'inconclusive' | 'mixed';

/** One firewall, scenario and suite. */
export interface PageCell {
  /** `6/register/aes`, the same as in `result.json`. */
  readonly id: string;
  readonly variant?: string;
  readonly firewall: string;
  /** The firewall that the UE moves to. */
  readonly to?: string;
  readonly scenario: string;
  readonly suite: string;
  readonly outcome: PageOutcome;
  /** The first step that got through in every round, null if none. */
  readonly traversedAt: number | null;
  readonly expected: number | null;
  /** The reason in a few words, for the matrix, which has the step: `2: sip-ports`; empty if nothing was in the way. */
  readonly brief: string;
  /** The reason in a sentence. */
  readonly explanation: string;
  /** Why this deviation is known, if it is. */
  readonly known?: string;
  /** The command that measures just this cell. */
  readonly command: string;
  /** In the order in which they were made. */
  readonly attempts: readonly PageAttempt[];
}

/** One try of one rung. */
export interface PageAttempt {
  readonly id: string;
  readonly round: number;
  /** Id of the firewall, if it is the one that the UE moved to. */
  readonly at?: string;
  readonly step: number;
  /** The rung in words: `UDP 5060`, `TLS 443 by CONNECT`. */
  readonly rung: string;
  readonly verdict: PageVerdict;
  readonly expected: PageVerdict;
  readonly reason: string;
  readonly explanation: string;
  readonly startedAt: number;
  readonly durationMs: number;
  /** The nodes that its packets pass, from the UE on. */
  readonly path: readonly PageHop[];
  /** Index in `path` of the node where it ended; missing if nothing shows where. */
  readonly endedAt?: number;
  readonly sequence?: PageSequence;
  /** The packets that were denied to it, the one that decided first. */
  readonly denied: readonly PageDenial[];
  readonly tls: readonly PageTls[];
  readonly measurements: readonly PageMeasurement[];
  /** The other evidence in words. */
  readonly evidence: readonly string[];
  /** The captures that have its packets. */
  readonly captures: readonly PageCapture[];
}

export type PageNodeKind = 'ue' | 'proxy' | 'firewall' | 'pcscf' | 'turn' | 'core' | 'peer' | 'other';

export interface PageHop {
  readonly id: string;
  readonly kind: PageNodeKind;
}

export interface PageDenial {
  readonly firewall: string;
  readonly rule: string;
  readonly at: number;
  /** The packet in a line: `SIP REGISTER, UDP 10.89.3.2:5060 to 198.18.0.10:5060`. */
  readonly packet: string;
  readonly count: number;
  /** The packet decoded, a line each. */
  readonly decoded: readonly string[];
  readonly capture?: string;
  readonly frame?: number;
}

export interface PageTls {
  readonly connection: string;
  readonly version?: string;
  readonly suite?: string;
  readonly handshakeEnded: boolean;
  readonly bytesBeforeHandshakeEnd?: number;
}

export interface PageMeasurement {
  readonly name: string;
  readonly value: number | string | boolean;
  readonly unit: string;
}

export interface PageCapture {
  readonly title: string;
  /** Relative to the page. */
  readonly path: string;
  /** False if the file was not there when the page was made. */
  readonly isThere: boolean;
}

/** A sequence diagram. */
export interface PageSequence {
  /** The lifelines from left to right. */
  readonly parties: readonly PageHop[];
  readonly arrows: readonly PageArrow[];
  /** Number of packets that no arrow stands for. */
  readonly leftOut: number;
  readonly problem?: string;
}

export interface PageArrow {
  /** Since the beginning of the attempt. */
  readonly afterMs: number;
  /** Index of the lifeline in `parties`. */
  readonly from: number;
  readonly to: number;
  /** `sip`, `tls`, `connect`, `stun`, `turn`, `ice`, `msrp`, `rtp`, `tcp`... */
  readonly protocol: string;
  readonly label: string;
  /** What carried it: `TLS over CONNECT`. */
  readonly carriers: string;
  /** Number of messages that it stands for, and when the last one came. */
  readonly count: number;
  readonly lastAfterMs: number;
  readonly capture: string;
  readonly frame: number;
  /** The message in the clear. */
  readonly text?: string;
  /** Present if a firewall denied it: the index of its lifeline, and the rule. */
  readonly denied?: { readonly by: number; readonly rule: string };
}

export interface PageClaim {
  readonly id: string;
  readonly source: string;
  readonly statement: string;
  readonly verdict: 'confirmed' | 'contradicted' | 'untested';
  /** Ids of the cells that it rests on. */
  readonly cells: readonly string[];
  /** Ids of the cells that the phone could not try. */
  readonly unsupported: readonly string[];
}

export interface PageMeasurementKind {
  readonly name: string;
  readonly unit: string;
  readonly definition: string;
  readonly howMeasured: string;
}

export interface PageComparison {
  /** The other run, in words. */
  readonly baseline: string;
  /** What else differs between the two, and what was not compared. */
  readonly notes?: readonly string[];
  readonly changes: readonly PageChange[];
}

export interface PageChange {
  readonly cell: string;
  readonly kind: 'worse' | 'better' | 'other' | 'added' | 'removed';
  readonly text: string;
}
