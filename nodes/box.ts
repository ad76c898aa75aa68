import type { z } from 'zod';
import type { Knobs } from '../firewalls/knobs';
import type { Placement } from '../topologies/placement';
import type { ProgramOfOurs } from './installation';
import type { BoxFacts, LabFacts, NodeFacts, Ports } from './lab-facts';
import type { Program, ProgramPart, Trial } from './program';
import type { ProbeRequest } from './ue/protocol';

/**
 * One kind of node, whole: where it stands, what it is configured with, what runs, how it shows that it works, and what it
 * takes of the machine or of an image. Lab, compose file, images, doctor and set-up go through the registry of boxes
 * (`nodes/index.ts`) and know nothing of any kind by its name. Make one with {@link defineBox}.
 *
 * @typeParam C what it is configured with
 */
export interface Box<C = unknown, K extends string = string, P extends Ports = Ports> extends BoxFacts {
  /** Names the kind: in the topology, in `nimsfw ps`, in evidence. A box of a kind that is there takes its place. */
  readonly kind: K;
  /** Where it stands. Boxes that stand once come up before those behind firewalls. */
  readonly place: Omit<Placement, 'kind'>;
  /** Whether it stands behind a firewall with these knobs; of those that stand behind firewalls, all unless said otherwise. */
  readonly neededFor?: (knobs: Knobs) => boolean;
  /** Ports that it serves, by what they are for: the only place for the numbers. */
  readonly ports: P;
  /** Its name in the home network, where it has one: it gets a certificate for it, and everybody an entry in `/etc/hosts`. */
  readonly hostName?: string;

  readonly config: z.ZodType<C>;
  /** What it is configured with in this lab; checked against {@link config}. */
  configure(lab: LabFacts, node: NodeFacts): C;
  /** The node's files, by name relative to its folder. */
  files(config: C, folder: string): Record<string, string>;
  /** Commands that are run one after the other to their end, in the node's folder, before its program. */
  setUp?(config: C, folder: string): string[][];
  /** The command that runs its program in the foreground, as argv; run in its folder. */
  command(config: C, folder: string): string[];
  /** Programs that it needs beside its own; without one of them, what it serves does not pass. */
  companions?(config: C): Companion[];
  /**
   * Commands that make it work by files that were written anew while it ran; the last ends when it does. Without it a box
   * keeps the configuration that it was started with.
   */
  reload?(config: C, folder: string): string[][];

  /** How one knows that it is ready. */
  ready(config: C): Readiness;
  /** How one asks a box that runs whether it still does its work; `undefined` where one cannot. */
  answers(config: C, lab: LabFacts): CheckUp | undefined;

  /** Which of its program's outputs are its log. Its other outputs are for its driver, or are evidence. */
  readonly logs: readonly ('stdout' | 'stderr')[];
  /** A log that it writes to a file in its folder, line by line, and that evidence is read from. */
  readonly evidenceLog?: string;

  /** Capabilities that its container needs beyond none, each for a reason that is written beside it. */
  readonly capabilities?: readonly string[];
  /** What its container may take of the machine, where that is more than others may. */
  readonly limits?: Limits;
  /** The programs that it runs. */
  readonly programs: readonly Program[];
  /** Their parts that have packages of their own. */
  readonly parts?: readonly ProgramPart[];
  /** What else it takes of a machine. */
  readonly trials?: readonly Trial[];
  /** The image that its containers are made of. Boxes may share one. */
  readonly image: Image;
  /** How it runs where no lab drives it: in the compose file. As everywhere unless said otherwise. */
  readonly alone?: Alone<C>;
}

/**
 * How a box shows that it is ready, as data; the lab does the asking. `line`: its program says so. `probe`: a UE of its
 * network, or the other end where it belongs to the core, gets an answer. `rpc`: it is a UE, and says so to its driver.
 */
export type Readiness =
  | { readonly by: 'line'; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | Probe
  | { readonly by: 'rpc' };

/** A question that a UE asks over the network until it is answered. */
export interface Probe {
  readonly by: 'probe';
  readonly kind: ProbeRequest['kind'];
  readonly at: ProbeRequest['at'];
}

/** How a box that runs is asked whether it still answers, as data. */
export type CheckUp =
  /** `through`: the kind of box that the question passes. Of what is behind one that hangs nothing can be said. */
  (Probe & { readonly through?: string }) | { readonly by: 'rpc' } | CommandCheck;

/** Asks by a command on the box's own node, which succeeds when there is an answer. */
export interface CommandCheck {
  readonly by: 'command';
  /** @param withinMs how long it may take to be answered, milliseconds */
  argv(withinMs: number): string[];
  /** The request that it does not answer when it hangs: `HTTP at 10.89.8.3:3128`. */
  readonly what: string;
}

/** A program beside a box's own. */
export interface Companion {
  /** `inspector`. */
  readonly name: string;
  readonly argv: string[];
  readonly ready: Extract<Readiness, { by: 'line' }>;
  readonly answers: CommandCheck;
}

/** What a container may take of the machine. */
export interface Limits {
  /** Bytes, with no swap beside them. */
  readonly memory: number;
  /** Threads and processes. */
  readonly processes: number;
}

/** An image of the lab, from which its Dockerfile and its build context are made. */
export interface Image {
  /** `nimsfw/<name>`. */
  readonly name: string;
  /** For the image's labels. */
  readonly title: string;
  readonly description: string;
  /** The user that its programs run as. Docker gives added capabilities to root only, so what needs one says `root`, and why. */
  readonly user: 'own' | { readonly uid: number; readonly gid: number } | { readonly rootBecause: string };
  /** Debian packages beside those of the box's programs and their parts. */
  readonly packages?: readonly string[];
  /** The lab's own programs in it; they bring the Node that builds the image. */
  readonly own?: readonly ProgramOfOurs[];
}

/** How a box runs where no lab drives it. */
export interface Alone<C> {
  /** Its program does not run, for a person uses the node by hand. */
  readonly idles?: boolean;
  /** Its program ends when its input does, and so has an open one. */
  readonly openInput?: boolean;
  /** Another program in place of its own, for people to read what the lab would. */
  command?(config: C, folder: string): string[];
  /** Files beside {@link Box.files}. */
  readonly files?: Readonly<Record<string, string>>;
  /** Logs that its program writes to files only; they go to the container's output. */
  readonly logFiles?: readonly string[];
  /** Whether its image is that of the lab's own services, which stay when another is put in the place of the box's. */
  readonly labImage?: boolean;
}

/**
 * Defines a box, with all of its types from its parts. It is a box of a lab once it is in a registry: `nodes/index.ts`, or
 * one made from that by {@link Boxes.with}.
 */
export function defineBox<C, const K extends string, const P extends Ports>(box: Box<C, K, P>): Box<C, K, P> {
  return box;
}

/** Stable codes of what is wrong with boxes. */
export type BoxErrorCode = 'INVALID_BOX';

/** A box that does not fit the others: one line that says which, and what to do. */
export class BoxError extends Error {
  readonly code: BoxErrorCode = 'INVALID_BOX';

  constructor(message: string) {
    super(message);
    this.name = 'BoxError';
  }
}

/** The boxes of a lab: a registry, in the order in which they are made. */
export class Boxes implements Iterable<Box> {
  private readonly byKind: ReadonlyMap<string, Box>;

  /** @throws BoxError where two are of one kind, or at one address */
  constructor(private readonly boxes: readonly Box[]) {
    this.byKind = new Map(boxes.map((box) => [box.kind, box]));
    for (const [index, { kind }] of boxes.entries())
      if (boxes.findIndex((box) => box.kind === kind) !== index)
        throw new BoxError(`two boxes are of the kind ${kind}; name one otherwise`);
    requireOwnAddresses(boxes);
  }

  /** The box of this kind. @throws BoxError where there is none */
  of(kind: string): Box {
    const box = this.byKind.get(kind);
    if (!box)
      throw new BoxError(`no box is of the kind ${kind}; there is ${[...this.byKind.keys()].join(', ')}`);
    return box;
  }

  /** A registry with these too: each takes the place of the one of its kind, or comes last where there is none. */
  with(...others: readonly Box[]): Boxes {
    const replaced = this.boxes.map((box) => others.find(({ kind }) => kind === box.kind) ?? box);
    return new Boxes([...replaced, ...others.filter(({ kind }) => !this.byKind.has(kind))]);
  }

  [Symbol.iterator](): Iterator<Box> {
    return this.boxes[Symbol.iterator]();
  }

  /** Where they stand, for the topology. */
  get placements(): Placement[] {
    return this.boxes.map(({ kind, place }) => ({ kind, ...place }));
  }
}

function requireOwnAddresses(boxes: readonly Box[]): void {
  const taken = new Map<string, string>();
  for (const { kind, place } of boxes) {
    for (const { network, host } of place.interfaces) {
      const at = `host ${host} of ${network}`;
      const other = taken.get(at);
      if (other !== undefined)
        throw new BoxError(`the boxes ${other} and ${kind} are both ${at}; move one of them`);
      taken.set(at, kind);
    }
  }
}
