import { z } from 'zod';
import { flow } from '../../nodes/ue/protocol';
import { packetFacts } from '../evidence/facts';
import { attemptResult, cellResult, runResult } from '../judge/result';

/** The id of this model in a journal and in its JSON Schema. A journal with another id is refused. */
export const eventsSchemaId = 'https://nimsfw-lab.example/events/1';

/** The name of a run's journal in its folder. Each line is one event as JSON. */
export const journalName = 'events.jsonl';

/** Time of writing, milliseconds since the Unix epoch. */
const at = z.number();

/** The first event of every journal: the facts for the result that are known when the lab stands. */
const runBegan = z.object({
  type: z.literal('run-began'),
  at,
  schema: z.literal(eventsSchemaId),
  run: runResult.shape.run.omit({
    durationMs: true,
    interrupted: true,
    versions: true,
    outages: true,
    variants: true,
    mergedFrom: true,
  }),
  /** The planned cells in the order of the result, each with the expected step. */
  cells: z.array(
    cellResult.pick({
      ...{ id: true, variant: true, firewall: true, scenario: true, suite: true, security: true },
      ...{ to: true, expected: true },
    }),
  ),
});

/** The programs have told their versions. */
const versions = z.object({ type: z.literal('versions'), at, versions: z.record(z.string(), z.string()) });

/** The access network of a firewall can be used. */
const networkReady = z.object({ type: z.literal('network-ready'), at, firewall: z.string() });

/** A part of the lab is out of order. Attempts that need it cannot be judged; the others go on. */
const outage = z.object({
  type: z.literal('outage'),
  at,
  /** Id of the node, or `capture ue-6` for the capture on that node. */
  node: z.string(),
  /** Stable, e.g. `NODE_DIED`. */
  code: z.string(),
  /** One line: what happened, the last lines of its output, and what to do. */
  text: z.string(),
});

/** A round of a cell begins. */
const cellBegan = z.object({
  type: z.literal('cell-began'),
  at,
  /** Id of the cell. */
  cell: z.string(),
  round: z.int().min(1),
});

/** An attempt opened a socket. The event comes before the socket's first packet. */
const flowEvent = z.object({ type: z.literal('flow'), at, flow });

/** A firewall denied a packet. The evidence of the attempts tells to which of them it belongs. */
const drop = z.object({
  type: z.literal('drop'),
  at,
  /** Node id of the firewall. */
  firewall: z.string(),
  rule: z.string(),
  /** The packet's own time, milliseconds since the Unix epoch. */
  droppedAt: z.number(),
  /** Its number in the capture of denied packets. */
  frame: z.int().min(1),
  packet: packetFacts,
});

/**
 * An attempt was judged. The event comes again with the same id when more is known of the attempt, from the
 * captures or because a node ended. The latest one counts.
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
  /** True if the capture of the UE's side is complete; an incomplete one gives no evidence. */
  whole: z.boolean(),
});

/** A cell was played to its end, and each of its attempts will not be judged again. */
const cellEnded = z.object({
  type: z.literal('cell-ended'),
  at,
  cell: cellResult.omit({ attempts: true, known: true }),
});

/** Something went wrong that costs no verdict. */
const warning = z.object({
  type: z.literal('warning'),
  at,
  /** Stable, e.g. `NOT_TAKEN_DOWN`. */
  code: z.string(),
  text: z.string(),
});

/** The measurement is over. A journal without this event is that of a run that was killed or still goes on. */
const runEnded = z.object({
  type: z.literal('run-ended'),
  at,
  /** True if a signal or an error ended the run early. */
  interrupted: z.boolean(),
});

/** Something that happens in a run, one line of its journal. */
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
