import { z } from 'zod';
import { flow } from '../../nodes/ue/protocol';
import { packetFacts } from '../evidence/facts';
import { attemptResult, cellResult, runResult } from '../judge/result';

/** What the journal and its JSON Schema call this model. A journal of another one is refused, never guessed at. */
export const eventsSchemaId = 'https://nimsfw-lab.example/events/1';

/** The name of a run's journal in its folder: one event a line, as JSON. */
export const journalName = 'events.jsonl';

/** When it was written, milliseconds since the Unix epoch. */
const at = z.number();

/** Always the first: what the result says of the run and is known when its lab stands. */
const runBegan = z.object({
  type: z.literal('run-began'),
  at,
  schema: z.literal(eventsSchemaId),
  run: runResult.shape.run.omit({
    durationMs: true,
    interrupted: true,
    versions: true,
    outages: true,
    mergedFrom: true,
  }),
  /** What is to be played, in the order of the result, each with the step that one expects. */
  cells: z.array(
    cellResult.pick({ id: true, firewall: true, scenario: true, suite: true, to: true, expected: true }),
  ),
});

/** The programs have said which versions they are. */
const versions = z.object({ type: z.literal('versions'), at, versions: z.record(z.string(), z.string()) });

/** The access network of a firewall can be used. */
const networkReady = z.object({ type: z.literal('network-ready'), at, firewall: z.string() });

/** Something of the lab is out of order: what needs it cannot be judged, the rest goes on. */
const outage = z.object({
  type: z.literal('outage'),
  at,
  /** Id of the node, or `capture ue-6`: what captures there. */
  node: z.string(),
  /** Stable, e.g. `NODE_DIED`. */
  code: z.string(),
  /** What happened, with its last words, and what to do: one line. */
  text: z.string(),
});

/** A round of a cell is played from now on. */
const cellBegan = z.object({
  type: z.literal('cell-began'),
  at,
  /** Id of the cell. */
  cell: z.string(),
  round: z.int().min(1),
});

/** An attempt opened a socket: told before its first packet leaves it. */
const flowEvent = z.object({ type: z.literal('flow'), at, flow });

/** A firewall denied a packet; whose it was, the evidence of the attempts says. */
const drop = z.object({
  type: z.literal('drop'),
  at,
  /** Node id of the firewall. */
  firewall: z.string(),
  rule: z.string(),
  /** The packet's own time, milliseconds since the Unix epoch. */
  droppedAt: z.number(),
  /** Its number in the capture of what the firewall denied. */
  frame: z.int().min(1),
  packet: packetFacts,
});

/**
 * An attempt was judged. It comes again, by the same id, when something more is known of it: what the captures tell, the end
 * of a node. The latest counts.
 */
const attempt = z.object({
  type: z.literal('attempt'),
  at,
  /** Id of the cell. */
  cell: z.string(),
  attempt: attemptResult,
});

/** The captures of an access network have ended. */
const captureRead = z.object({
  type: z.literal('capture-read'),
  at,
  firewall: z.string(),
  /** Whether that of the UE's side could be read; of one that could not, nothing is evidence. */
  whole: z.boolean(),
});

/** A cell was played to its end, and each of its attempts was judged for the last time. */
const cellEnded = z.object({
  type: z.literal('cell-ended'),
  at,
  cell: cellResult.omit({ attempts: true }),
});

/** Something went wrong that costs no verdict. */
const warning = z.object({
  type: z.literal('warning'),
  at,
  /** Stable, e.g. `NOT_TAKEN_DOWN`. */
  code: z.string(),
  text: z.string(),
});

/** Nothing more is measured. A journal without it is that of a run that was killed, or that goes on. */
const runEnded = z.object({
  type: z.literal('run-ended'),
  at,
  /** Whether it ended early, by a signal or an error. */
  interrupted: z.boolean(),
});

/** What happens in a run: a line of its journal. */
export const runEvent = z.discriminatedUnion('type', [
  runBegan,
  versions,
  networkReady,
  outage,
  cellBegan,
  flowEvent,
  drop,
  attempt,
  captureRead,
  cellEnded,
  warning,
  runEnded,
]);
export type RunEvent = z.infer<typeof runEvent>;

/** The event of one type. */
export type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** An event that has not been written yet. */
export type NewEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;
