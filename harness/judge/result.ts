import { z } from 'zod';
import { knobsSchema } from '../../firewalls/knobs';
import { securities, steps, suiteIds } from '../../ladder';
import { rungFields } from '../../ladder/schema';
import { attemptReport, espSpi, failureCodes, flow, measurement } from '../../nodes/ue/protocol';
import { timerSets } from '../../nodes/ue/timers';
import { evidence } from '../evidence/evidence';
import { knownOutcomes } from '../plan/known-file';
import { observedWays } from '../evidence/observed-attempt';

/**
 * The model of a result, from which every report is made; its JSON Schema is `docs/result.schema.json`. A
 * stored result can be judged again (`rejudge.ts`), because its attempts carry the UE's report and the
 * evidence, not only the verdict.
 */

export const verdicts = ['passed', 'blocked', 'failed', 'unsupported', 'inconclusive'] as const;
/**
 * The verdict on an attempt. `blocked`: it failed, and the evidence shows that the firewall or proxy refused its own
 * packets or request by rule, or that the NAPT left the network no way to it. `failed`: it failed without such proof,
 * so the lab or a node is at fault. `unsupported`: a node cannot do it. `inconclusive`: it could not be judged.
 */
export type Verdict = (typeof verdicts)[number];

export const outcomes = [
  'expected',
  'unexpected',
  'flaky',
  'inconclusive',
  'unsupported',
  'skipped',
] as const;
/**
 * The outcome of a cell against its expectation. `inconclusive`: a part of it could not be judged, and the rest
 * is as expected. `unsupported`: the phone can do nothing of it. `skipped`: the run ended before the cell was
 * finished.
 */
export type Outcome = (typeof outcomes)[number];

/** The UE's own report of the end of an attempt, which is not the verdict, and what it lets the lab observe. */
export const witness = z.object({
  end: attemptReport.shape.end,
  code: z.enum(failureCodes).optional(),
  text: z.string().optional(),
  /** All ways that failed, if several were tried. */
  ways: attemptReport.shape.failure.unwrap().shape.ways,
  /** The ways that the lab observed, if the phone does not tell its sockets. */
  observed: observedWays.optional(),
});
export type Witness = z.infer<typeof witness>;

export const measurementResult = measurement.extend({
  /**
   * Present if the packets in the capture of the UE's side give the value; otherwise the programs at the ends
   * do.
   */
  source: z.literal('capture').optional(),
});
export type MeasurementResult = z.infer<typeof measurementResult>;

export const attemptResult = z.object({
  id: z.string(),
  /** Number of the repetition of the cell, from 1. */
  round: z.int().min(1),
  /** Id of the firewall, if it is not the cell's own but the one that the UE moves to. */
  at: z.string().optional(),
  ...rungFields,
  verdict: z.enum(verdicts),
  /** The verdict that the firewall's knobs let one expect, reasoned in `harness/judge/expectation.ts`. */
  expected: z.enum(verdicts),
  /**
   * Times at which the attempt began and at which its end was decided, milliseconds since the Unix epoch.
   * Packets can come later, because de-registration and closing follow the decision.
   */
  startedAt: z.number(),
  endedAt: z.number(),
  durationMs: z.number(),
  /**
   * Its sockets at the UE, by which its packets are found in the captures; `connect` is the target that the
   * proxy was asked for.
   */
  sockets: z.array(flow.omit({ attempt: true })),
  /** Identifiers in its packets, by which the packets are found after address translation. */
  identifiers: z.object({
    /** RFC 3261 8.1.1.4 and 8.1.1.7. */
    callIds: z.array(z.string()),
    branches: z.array(z.string()),
    /** RFC 8489 clause 5: 24 hexadecimal digits. */
    stunTransactions: z.array(z.string()),
    /** SPIs of ESP (RFC 4303 2.1), 8 hexadecimal digits; missing without IPsec. */
    espSpis: z.array(z.string().regex(espSpi)).optional(),
  }),
  /** A few words on why it ended so. */
  reason: z.string(),
  witness,
  /** The programs beside the phone that did for it what it cannot do itself. */
  shims: attemptReport.shape.shims,
  evidence: z.array(evidence),
  /** The measurements, which docs/measurements.md defines. */
  measurements: z.array(measurementResult).optional(),
});
export type AttemptResult = z.infer<typeof attemptResult>;

const stepOrNone = z.union([z.literal(steps), z.null()]);

/** A deviation that is known and does not fail a run; `docs/known.schema.json` is the form of the file that lists them. */
export const knownDeviation = z.object({
  /** The id of a cell; `*` stands for any characters. */
  cell: z.string(),
  /** The step that gets through, null for none; missing for any. */
  traversedAt: stepOrNone.optional(),
  /** The outcome; missing for `unexpected` and `flaky`. */
  outcome: z.enum(knownOutcomes).optional(),
  reason: z.string(),
  issue: z.string().optional(),
  /** The last day on which a run may begin in which it counts. */
  until: z.string().optional(),
});
export type KnownDeviation = z.infer<typeof knownDeviation>;

export const cellResult = z.object({
  id: z.string(),
  /** The name of the variant of the lab in which it was measured, in a run over several. */
  variant: z.string().optional(),
  firewall: z.string(),
  scenario: z.string(),
  suite: z.enum(suiteIds),
  /** How UE and network prove who they are on the steps before the third; results of before there was a choice do not tell. */
  security: z.enum(securities).default('digest'),
  /** Id of the firewall that the UE moves to, in a scenario with a move. */
  to: z.string().optional(),
  attempts: z.array(attemptResult),
  /**
   * The first step of the ladder that got through, in the worst round; null if none got through in some round.
   */
  traversedAt: stepOrNone,
  /** The step that the firewall's knobs let one expect. */
  expected: stepOrNone,
  outcome: z.enum(outcomes),
  /** Present if it is known that the cell deviates as it does. */
  known: knownDeviation.pick({ reason: true, issue: true, until: true }).optional(),
});
export type CellResult = z.infer<typeof cellResult>;

export const claimResult = z.object({
  id: z.string(),
  source: z.string(),
  statement: z.string(),
  verdict: z.enum(['confirmed', 'contradicted', 'untested']),
  /** Ids of the cells that the verdict rests on. */
  cells: z.array(z.string()),
  /** Ids of the cells that the claim is about, but that the phone could not try in full: they decide nothing. */
  unsupported: z.array(z.string()).optional(),
  /** Present if only known deviations contradict it. */
  known: z.literal(true).optional(),
});
export type ClaimResult = z.infer<typeof claimResult>;

export const firewallResult = z.object({
  id: z.string(),
  title: z.string(),
  /** One line on what it restricts. */
  summary: z.string().optional(),
  source: z.string(),
  confidence: z.string(),
  /** The knobs of the firewall in the catalogue. */
  knobs: knobsSchema,
  /** The knobs of the firewall while a scenario played, by scenario, if they differed. */
  knobsDuring: z.record(z.string(), knobsSchema).optional(),
});
export type FirewallResult = z.infer<typeof firewallResult>;

/** The origin of a run: its program, its command line and its machine. */
export const originResult = z.object({
  /** Id of the run. */
  run: z.string(),
  /** The arguments of `nimsfw`. */
  command: z.array(z.string()),
  tool: z.object({
    version: z.string(),
    /**
     * The commit of the git checkout that it ran from, if any; `changed` says whether its files had been
     * changed since.
     */
    commit: z.string().optional(),
    changed: z.boolean().optional(),
    /**
     * The version of the catalogue of measurements by which it measured (docs/measurements.md); missing in results of
     * before there was one.
     */
    measurements: z.int().min(1).optional(),
  }),
  machine: z.object({ processor: z.string(), processors: z.int(), memoryBytes: z.int() }),
  /** The values of the scenarios' options (`scenarios/option.ts`), by name. */
  services: z.record(z.string(), z.union([z.number(), z.boolean()])),
  /**
   * Milliseconds to wait for evidence after the UE's report: for the log of a dropped packet and for the
   * proxy's line.
   */
  limits: z.object({ dropLagMs: z.number(), proxyLagMs: z.number() }),
});
export type OriginResult = z.infer<typeof originResult>;

/** The id of this model in the JSON Schema and in every result. A result with another id is refused. */
export const resultSchemaId = 'https://nimsfw-lab.example/result/3';

/** The facts about a scenario of the user that a reader needs to understand its results. */
export const ownScenarioResult = z.object({
  id: z.string(),
  title: z.string(),
  isClaimed: z.boolean(),
  climbs: z.enum(['all', 'first']),
  ladder: z.array(z.object(rungFields)),
  /** The columns of the table: a title each, and the names of its measurements. */
  columns: z.array(z.tuple([z.string()], z.string())),
});

export type OwnScenarioResult = z.infer<typeof ownScenarioResult>;

/** The plan of a run: a cell for each of its firewalls, scenarios, suites and securities. */
export const planResult = z.object({
  /** The catalogue of the firewalls. */
  catalogue: z.object({
    /**
     * Hex SHA-256 of the catalogue as JSON. It is equal only if the firewalls are the same in the same order.
     */
    sha256: z.string(),
    /** Ids of all its firewalls. */
    firewalls: z.array(z.string()),
  }),
  /** Ids of the firewalls that were to be measured. */
  firewalls: z.array(z.string()),
  /** The variants of the lab, each of which was to be measured with its suites; missing if there is one lab only. */
  variants: z.array(z.object({ name: z.string(), suites: z.array(z.enum(suiteIds)) })).optional(),
  scenarios: z.array(z.string()),
  /** The scenarios of the user. Those of the lab are known. */
  ownScenarios: z.array(ownScenarioResult).optional(),
  suites: z.array(z.enum(suiteIds)),
  securities: z.array(z.enum(securities)).default(['digest']),
  steps: z.array(z.literal(steps)),
  /** Number of times that each cell was to be run. */
  repeat: z.int().min(1),
  /** The moves of the UE from one firewall to another, for scenarios with a move. */
  moves: z.array(z.object({ scenario: z.string(), from: z.string(), to: z.string() })).optional(),
  /** Ids of the cells that were to be measured, if these were not all that the rest of the plan gives. */
  cells: z.array(z.string()).optional(),
});
export type PlanResult = z.infer<typeof planResult>;

/** A box of the lab: what stood at a place. */
export const boxResult = z.object({
  /** The kind of its nodes: `ue`, `pcscf`, `turn`... */
  place: z.string(),
  /** The name by which it was chosen, or that of its program or image. */
  name: z.string(),
  /** True if it is what stands there when nothing is chosen. */
  isReference: z.boolean(),
  /** The program whose version in `versions` is its own. */
  product: z.string().optional(),
  /** The version that it told; `digest` is that of its image. */
  version: z.string().optional(),
  digest: z.string().optional(),
  /** Of a box of somebody else's: its command, its image or the interface behind which it stood. */
  command: z.string().optional(),
  image: z.string().optional(),
  interface: z.string().optional(),
  /** The addresses of a box that stood once in the lab, by network. */
  addresses: z.record(z.string(), z.ipv4()).optional(),
});
export type BoxResult = z.infer<typeof boxResult>;

export const runResult = z.object({
  schema: z.literal(resultSchemaId),
  run: z.object({
    id: z.string(),
    startedAt: z.iso.datetime(),
    durationMs: z.number(),
    backend: z.string(),
    patience: z.enum(['evidence', 'rfc']),
    /** The timers of SIP that the UEs had: those of RFC 3261, or those of TS 24.229 table 7.7.1. */
    timers: z.enum(timerSets),
    ladder: z.enum(['all', 'stop']),
    /** True if a signal or an error ended the run early; cells that were not finished are `skipped`. */
    interrupted: z.boolean(),
    kernel: z.string(),
    /** Maps each program to the version that it reports. */
    versions: z.record(z.string(), z.string()),
    /** The origin of the run, or of each run if several were merged. */
    origins: z.array(originResult),
    plan: planResult,
    /** The boxes that stood in the lab, in the order of the lab's registry. */
    boxes: z.array(boxResult),
    /** Nodes and captures that failed during the run. Attempts that needed them could not be judged. */
    outages: z.array(z.object({ node: z.string(), code: z.string(), text: z.string() })).optional(),
    /** Ids of the runs that this result was merged from; missing for a single run. */
    mergedFrom: z.array(z.string()).optional(),
    /** The variants of the lab that were measured, each by a run of its own whose files are in the folder of its name. */
    variants: z.array(z.object({ name: z.string(), run: z.string(), boxes: z.array(boxResult) })).optional(),
    /** The firewalls of this run, and the confidence of their description. */
    firewalls: z.array(firewallResult),
    /** The deviations that are known, if a file of them was given. */
    known: z.array(knownDeviation).optional(),
  }),
  cells: z.array(cellResult),
  claims: z.array(claimResult),
  summary: z.object({
    expected: z.int(),
    unexpected: z.int(),
    flaky: z.int(),
    inconclusive: z.int(),
    unsupported: z.int(),
    skipped: z.int(),
    /** Number of the cells above that deviate as is known, if any deviation is. */
    known: z.int().optional(),
  }),
});
export type RunResult = z.infer<typeof runResult>;
