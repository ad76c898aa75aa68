import type { z } from 'zod';
import type { Knobs } from '../firewalls/knobs';
import type { Placement } from '../topologies/placement';
import type { ProgramOfOurs } from './installation';
import type { BoxFacts, LabFacts, NodeFacts, Ports } from './lab-facts';
import type { Program, ProgramPart, Trial } from './program';
import type { ProxyLogFormat } from './proxy/log-entry';
import type { ProbeRequest } from './ue/protocol';
import type { Wanted } from './wanted';

/**
 * All that there is to know of one kind of node: its place, its configuration, the programs that it runs,
 * how it shows that it works, and what it needs of the machine or of an image. Lab, compose file, images,
 * doctor and set-up go through the registry of boxes (`nodes/index.ts`) and know no kind by its name.
 * Make a box with {@link defineBox}.
 *
 * @typeParam C its configuration
 */
export interface Box<C = unknown, K extends string = string, P extends Ports = Ports> extends BoxFacts {
  /**
   * Name of the kind in the topology, in `nimsfw ps` and in evidence. A box of a known kind
   * replaces the box of that kind.
   */
  readonly kind: K;
  /** The name by which a user chooses it among the boxes of its kind (`nodes/choices.ts`), such as `squid`. */
  readonly name?: string;
  /** What it is, if it is not one of this project's: somebody else's program, image or machine (`nodes/outside/`). */
  readonly outside?: Outside;
  /** Its place in the topology. Boxes that stand once come up before those behind firewalls. */
  readonly place: Omit<Placement, 'kind'>;
  /** Says whether a box that stands behind firewalls is needed behind one with these knobs; by default it always is. */
  readonly neededFor?: (knobs: Knobs) => boolean;
  /**
   * Says what of an attempt it cannot do, in words that complete its name (`cannot re-sign TLS`); undefined if it can
   * do all. The attempt is then `unsupported` and not made. By default it can do all that its place is for.
   */
  readonly lacks?: (wanted: WantedOfBox) => string | undefined;
  /** Ports that it serves, by their purpose. The numbers are written here and nowhere else. */
  readonly ports: P;
  /**
   * Its name in the home network. A box with a name gets a certificate for it, and every
   * node an entry in `/etc/hosts`.
   */
  readonly hostName?: string;

  readonly config: z.ZodType<C>;
  /** Makes its configuration for a node of this lab; the result is checked against {@link config}. */
  configure(lab: LabFacts, node: NodeFacts): C;
  /** Returns the node's files, by name relative to its folder. */
  files(config: C, folder: string): Record<string, string>;
  /** Returns commands that are run in the node's folder before its program, each to its end. */
  setUp?(config: C, folder: string): string[][];
  /** Returns the command, as argv, that runs its program in the foreground, in the node's folder. */
  command(config: C, folder: string): string[];
  /** Returns what its program's environment has beyond that of every program of a lab. */
  environment?(config: C, folder: string): Record<string, string>;
  /** Returns programs that run beside its own. The box does not work without any of them. */
  companions?(config: C, folder: string): Companion[];
  /**
   * Returns commands that make it use files that were written anew while it ran; when the last command ends, it
   * uses them. A box without this keeps the configuration that it was started with.
   */
  reload?(config: C, folder: string): string[][];

  /** Says how the lab finds out that the box is ready. */
  ready(config: C): Readiness;
  /** Says how the lab asks a running box whether it still works; `undefined` if it cannot be asked. */
  answers(config: C, lab: LabFacts): CheckUp | undefined;

  /** The outputs of its program that are its log. The other outputs are for its driver, or are evidence. */
  readonly logs: readonly ('stdout' | 'stderr')[];
  /** For a web proxy: its log, from which evidence is read. Without one, its connections are observed. */
  readonly evidenceLog?: ProxyLogFormat;
  /**
   * For a firewall: `logged`, the default: its program prints the packets that it denies, each with the rule's name, as
   * ours does. `observed`: it tells nothing, and what it drops is seen to enter it and never to leave it.
   */
  readonly denials?: 'logged' | 'observed';

  /** Linux capabilities that its container needs; the reason for each is written beside it. */
  readonly capabilities?: readonly string[];
  /** What its container may take of the machine, if that is more than other containers may. */
  readonly limits?: Limits;
  /** The programs that it runs. */
  readonly programs: readonly Program[];
  /** The parts of those programs that have packages of their own. */
  readonly parts?: readonly ProgramPart[];
  /** Tests of what else it needs of a machine. */
  readonly trials?: readonly Trial[];
  /** The image that its containers are made of. Boxes may share one. */
  readonly image: Image;
  /** What is different when no lab drives it, that is, in the compose file. */
  readonly alone?: Alone<C>;
}

/** Somebody else's box: a command in a folder, a container image with its own command or another, or a machine behind an interface. */
export type Outside =
  | { readonly from: 'command'; readonly command: Command; readonly folder: string }
  | { readonly from: 'image'; readonly reference: string; readonly command?: Command }
  /** Names of interfaces of this machine, one for each network of the place. */
  | { readonly from: 'interface'; readonly interfaces: readonly string[] };

/** A command of a user's: the words of an argv, or a text for the shell. */
export type Command = string | readonly string[];

/** What an attempt asks of a box, behind a firewall with these knobs. */
export interface WantedOfBox extends Wanted {
  readonly knobs: Knobs;
}

/**
 * How a box shows that it is ready, as data; the lab does the asking. `line`: its program prints this
 * text. `probe`: a UE on its network, or the other end if the box belongs to the core, gets an answer.
 * `rpc`: it is a UE and tells its driver.
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
  /**
   * `through` is the kind of box that the question passes. If that one hangs, the lab
   * can say nothing about this one.
   */
  (Probe & { readonly through?: string }) | { readonly by: 'rpc' } | CommandCheck;

/** A check by a command on the box's own node. The command succeeds if there is an answer. */
export interface CommandCheck {
  readonly by: 'command';
  /** @param withinMs how long it may take to be answered, milliseconds */
  argv(withinMs: number): string[];
  /** Names the request that a hanging box does not answer, such as `HTTP at 10.89.8.3:3128`. */
  readonly what: string;
}

/** A program that runs beside a box's own. */
export interface Companion {
  /** Name of the program, such as `inspector`. */
  readonly name: string;
  readonly argv: string[];
  /**
   * If set, it works on the node's network with these Linux capabilities, which the node's own programs need not have. In a
   * container it has no others, and shares nothing with those programs but that network.
   */
  readonly capabilities?: readonly string[];
  /** If set, it has a `/tmp` of its own, because it makes files there that would meet those of another lab. */
  readonly ownTmp?: true;
  readonly ready: Extract<Readiness, { by: 'line' }>;
  /** How it is asked whether it still works; missing if the box's own check finds that out. */
  readonly answers?: CommandCheck;
}

/** What a container may take of the machine. */
export interface Limits {
  /** Bytes of memory; it gets no swap. */
  readonly memory: number;
  /** Number of threads and processes. */
  readonly processes: number;
}

/** An image of the lab, from which its Dockerfile and its build context are made. */
export interface Image {
  /** The image is called `nimsfw/<name>`. */
  readonly name: string;
  /** Title for the image's labels. */
  readonly title: string;
  readonly description: string;
  /**
   * The user that its programs run as. Docker gives added capabilities to root only,
   * so a box that needs one says so.
   */
  readonly user: 'own' | { readonly uid: number; readonly gid: number } | { readonly rootBecause: string };
  /** Debian packages besides those of the box's programs and their parts. */
  readonly packages?: readonly string[];
  /** The lab's own programs in it. With them the image gets the Node that the lab runs on. */
  readonly own?: readonly ProgramOfOurs[];
}

/** How a box runs when no lab drives it. */
export interface Alone<C> {
  /** If set, its program does not run, because a person uses the node by hand. */
  readonly idles?: boolean;
  /** If set, its program gets an input that stays open, because the program ends when its input does. */
  readonly openInput?: boolean;
  /** Returns the command of another program in place of its own, which prints for people what the lab would read. */
  command?(config: C, folder: string): string[];
  /** Files besides {@link Box.files}. */
  readonly files?: Readonly<Record<string, string>>;
  /** Log files of its program that are copied to the container's output, because the program writes only to files. */
  readonly logFiles?: readonly string[];
  /**
   * If set, it runs in the image of the lab's own services, which stays when a user
   * replaces the image of another box.
   */
  readonly labImage?: boolean;
}

/**
 * Defines a box and infers its types. A lab has the box once it is in the lab's registry: `nodes/index.ts`, or one made
 * from that by {@link Boxes.with}.
 */
export function defineBox<C, const K extends string, const P extends Ports>(box: Box<C, K, P>): Box<C, K, P> {
  return box;
}

/** Stable codes of errors in the definition of boxes. */
export type BoxErrorCode = 'INVALID_BOX';

/** A box does not fit the others. One line says which box, and what to do. */
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

  /** @throws BoxError if two boxes are of one kind, or at one address */
  constructor(private readonly boxes: readonly Box[]) {
    this.byKind = new Map(boxes.map((box) => [box.kind, box]));
    for (const [index, { kind }] of boxes.entries())
      if (boxes.findIndex((box) => box.kind === kind) !== index)
        throw new BoxError(`two boxes are of the kind ${kind}; name one otherwise`);
    requireOwnAddresses(boxes);
  }

  /** Returns the box of this kind. @throws BoxError if there is none */
  of(kind: string): Box {
    const box = this.byKind.get(kind);
    if (!box)
      throw new BoxError(`no box is of the kind ${kind}; there is ${[...this.byKind.keys()].join(', ')}`);
    return box;
  }

  /** Returns a registry with these boxes too. Each replaces the box of its kind, or comes last if there is none. */
  with(...others: readonly Box[]): Boxes {
    const replaced = this.boxes.map((box) => others.find(({ kind }) => kind === box.kind) ?? box);
    return new Boxes([...replaced, ...others.filter(({ kind }) => !this.byKind.has(kind))]);
  }

  /** Says in words what of an attempt a box of these cannot do; undefined if they can do all. */
  lacking(wanted: WantedOfBox): string | undefined {
    for (const { name, kind, neededFor, lacks } of this.boxes) {
      const what = (neededFor?.(wanted.knobs) ?? true) ? lacks?.(wanted) : undefined;
      if (what !== undefined) return `${name ?? kind} ${what}`;
    }
    return undefined;
  }

  [Symbol.iterator](): Iterator<Box> {
    return this.boxes[Symbol.iterator]();
  }

  /** The places of the boxes, for the topology. */
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
