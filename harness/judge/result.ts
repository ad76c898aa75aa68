import { z } from 'zod';
import { knobsSchema } from '../../firewalls/knobs';
import { steps, suiteIds } from '../../ladder';
import { rungFields } from '../../ladder/schema';
import { attemptReport, failureCodes, flow, measurement } from '../../nodes/ue/protocol';
import { evidence } from '../evidence/evidence';

/**
 * The one result model, from which every report is made; its JSON Schema is `docs/result.schema.json`.
 * A stored result can be judged again (`rejudge.ts`): attempts carry what the UE said and the evidence, not only the
 * verdict.
 */

export const verdicts = ['passed', 'blocked', 'failed', 'unsupported', 'inconclusive'] as const;
/**
 * `passed`; `blocked`: failed, and the firewall or proxy is shown to have refused this attempt's own packets or
 * request, by rule; `failed`: no such proof, the lab or a node is at fault; `unsupported`: a node cannot do it;
 * `inconclusive`: could not be judged.
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
 * A cell against its expectation. `inconclusive`: something of it could not be judged, and what could be is as expected;
 * `unsupported`: the phone can do nothing of it; `skipped`: the run ended before it was finished.
 */
export type Outcome = (typeof outcomes)[number];

/** What the UE itself said of the end of an attempt: a witness, not the verdict. */
export const witness = z.object({
  end: attemptReport.shape.end,
  code: z.enum(failureCodes).optional(),
  text: z.string().optional(),
  /** Where several ways were tried: all that failed. */
  ways: attemptReport.shape.failure.unwrap().shape.ways,
});
export type Witness = z.infer<typeof witness>;

export const measurementResult = measurement.extend({
  /** There where the packets in the capture of the UE's side say it; else the programs at the ends do. */
  source: z.literal('capture').optional(),
});
export type MeasurementResult = z.infer<typeof measurementResult>;

export const attemptResult = z.object({
  id: z.string(),
  /** Which repetition of the cell, from 1. */
  round: z.int().min(1),
  /** Id of the firewall, where it is not the cell's own but the one that the UE moves to. */
  at: z.string().optional(),
  ...rungFields,
  verdict: z.enum(verdicts),
  /** What the firewall's knobs let one expect, reasoned in `harness/judge/expectation.ts`. */
  expected: z.enum(verdicts),
  /**
   * When it began and when its end was decided, milliseconds since the Unix epoch. Packets may come later: what takes leave
   * (de-registration, closing) follows the decision.
   */
  startedAt: z.number(),
  endedAt: z.number(),
  durationMs: z.number(),
  /** Its sockets at the UE, by which its packets are found in the captures; `connect`: what the proxy was asked for. */
  sockets: z.array(flow.omit({ attempt: true })),
  /** What its packets carry, by which they are found where addresses were translated. */
  identifiers: z.object({
    /** RFC 3261 8.1.1.4 and 8.1.1.7. */
    callIds: z.array(z.string()),
    branches: z.array(z.string()),
    /** RFC 8489 clause 5: 24 hexadecimal digits. */
    stunTransactions: z.array(z.string()),
  }),
  /** Why it ended as it did, in a few words. */
  reason: z.string(),
  witness,
  evidence: z.array(evidence),
  /** What was measured; each is defined in docs/measurements.md. */
  measurements: z.array(measurementResult).optional(),
});
export type AttemptResult = z.infer<typeof attemptResult>;

const stepOrNone = z.union([z.literal(steps), z.null()]);

export const cellResult = z.object({
  id: z.string(),
  firewall: z.string(),
  scenario: z.string(),
  suite: z.enum(suiteIds),
  /** Id of the firewall that the UE moves to, where the scenario is about that. */
  to: z.string().optional(),
  attempts: z.array(attemptResult),
  /** The first step of the ladder that got through, in the worst round; null where some round got through at none. */
  traversedAt: stepOrNone,
  /** The step that the firewall's knobs let one expect. */
  expected: stepOrNone,
  outcome: z.enum(outcomes),
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
});
export type ClaimResult = z.infer<typeof claimResult>;

export const firewallResult = z.object({
  id: z.string(),
  title: z.string(),
  source: z.string(),
  confidence: z.string(),
  /** What it did, as the catalogue has it. */
  knobs: knobsSchema,
  /** By scenario: the knobs while that played, where they were others. */
  knobsDuring: z.record(z.string(), knobsSchema).optional(),
});
export type FirewallResult = z.infer<typeof firewallResult>;

/** How a run came about: with what, how it was called, and where. */
export const originResult = z.object({
  /** Id of the run. */
  run: z.string(),
  /** The arguments of `nimsfw`. */
  command: z.array(z.string()),
  tool: z.object({
    version: z.string(),
    /** The git checkout that it ran from, if any, and whether its files had been changed since. */
    commit: z.string().optional(),
    changed: z.boolean().optional(),
  }),
  machine: z.object({ processor: z.string(), processors: z.int(), memoryBytes: z.int() }),
  /** How scenarios were played: what was chosen of their options (`scenarios/option.ts`), by name. */
  services: z.record(z.string(), z.number()),
  /** How long was waited for evidence after the UE's word: for the log of a dropped packet, for the proxy's line. */
  limits: z.object({ dropLagMs: z.number(), proxyLagMs: z.number() }),
});
export type OriginResult = z.infer<typeof originResult>;

/** What the JSON Schema and every result call this model. A result of another one is refused, never guessed at. */
export const resultSchemaId = 'https://nimsfw-lab.example/result/3';

/** What a run was to measure: a cell for each of its firewalls, scenarios and suites. */
/** What is to be known of a scenario that was played and is none of the lab's, for its results to be read. */
export const ownScenarioResult = z.object({
  id: z.string(),
  title: z.string(),
  isClaimed: z.boolean(),
  climbs: z.enum(['all', 'first']),
  ladder: z.array(z.object(rungFields)),
  /** Each a title, and the names of the measurements that stand in it. */
  columns: z.array(z.tuple([z.string()], z.string())),
});

export type OwnScenarioResult = z.infer<typeof ownScenarioResult>;

export const planResult = z.object({
  /** Of which catalogue the firewalls are. */
  catalogue: z.object({
    /** Hex SHA-256 of the catalogue as JSON: equal only where the firewalls are the same, in the same order. */
    sha256: z.string(),
    /** Ids of all its firewalls. */
    firewalls: z.array(z.string()),
  }),
  /** Ids of those that were to be measured. */
  firewalls: z.array(z.string()),
  scenarios: z.array(z.string()),
  /** The scenarios that the user brought along. The lab knows its own. */
  ownScenarios: z.array(ownScenarioResult).optional(),
  suites: z.array(z.enum(suiteIds)),
  steps: z.array(z.literal(steps)),
  /** How often each cell was to be run. */
  repeat: z.int().min(1),
  /** From which firewall to which the UE was to move, in scenarios that are about that. */
  moves: z.array(z.object({ scenario: z.string(), from: z.string(), to: z.string() })).optional(),
});
export type PlanResult = z.infer<typeof planResult>;

export const runResult = z.object({
  schema: z.literal(resultSchemaId),
  run: z.object({
    id: z.string(),
    startedAt: z.iso.datetime(),
    durationMs: z.number(),
    backend: z.string(),
    patience: z.enum(['evidence', 'rfc']),
    ladder: z.enum(['all', 'stop']),
    /** True where the run was ended by a signal: cells that were not finished are `skipped`. */
    interrupted: z.boolean(),
    kernel: z.string(),
    /** Program to version, as the programs themselves say. */
    versions: z.record(z.string(), z.string()),
    /** The facts of the run, or of each run where several were merged. */
    origins: z.array(originResult),
    plan: planResult,
    /** Nodes and captures of the lab that failed while it ran: what needed them could not be judged. */
    outages: z.array(z.object({ node: z.string(), code: z.string(), text: z.string() })).optional(),
    /** Ids of the runs that this result was merged from; absent where it is one run's. */
    mergedFrom: z.array(z.string()).optional(),
    /** The firewalls of this run and how sure their description is. */
    firewalls: z.array(firewallResult),
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
  }),
});
export type RunResult = z.infer<typeof runResult>;
