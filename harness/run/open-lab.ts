import { PassThrough, type Writable } from 'node:stream';
import { builtInCatalogue, type Catalogue } from '../../firewalls/catalogue';
import { builtInBoxes } from '../../nodes';
import type { Box } from '../../nodes/box';
import { backendCalled } from '../lab/backends';
import type { ExecResult, StartedNode } from '../lab/backend';
import { ImsLab } from '../lab/ims-lab';
import { requirePrograms } from '../machine/program-checks';
import { requireSurroundings } from '../machine/surroundings';
import { chooseFirewalls } from '../plan/choose-firewalls';

/** Which lab is opened. */
export interface OpenLabOptions {
  /** Ids of the catalogue's; all of it by default. Each gets an access network of its own. */
  readonly firewalls?: readonly string[];
  /** The built-in one by default. */
  readonly catalogue?: Catalogue;
  /** Boxes of one's own: each takes the place of the built-in one of its kind, or comes beside them. */
  readonly boxes?: readonly Box[];
  /** `netns` by default, or `docker`. */
  readonly backend?: string;
  /** Takes the output of each node as it comes; by default it is dropped. */
  readonly onLog?: (node: string, text: string) => void;
  /** Ends the start early. */
  readonly signal?: AbortSignal;
}

/** A lab that stands until it is closed. */
export class OpenLab implements AsyncDisposable {
  /** Use {@link openLab}. */
  constructor(private readonly lab: ImsLab) {}

  /** Ids of the nodes: `ue-6`, `fw-6`, `proxy-8`, `pcscf`, `ims-core`, `turn`, `peer`... */
  get nodes(): readonly string[] {
    return this.lab.topology.nodes.map(({ id }) => id);
  }

  /** The parts of the lab that have failed since. */
  get outages(): readonly { readonly node: string; readonly code: string; readonly text: string }[] {
    return this.lab.outages.all;
  }

  /** A node: where commands are run, files read and written. @throws LabError `UNKNOWN_NODE` */
  node(id: string): StartedNode {
    return this.lab.node(id);
  }

  /**
   * Runs a command in a node to its end.
   * @throws LabError `UNKNOWN_NODE`, and what hinders the backend; that it failed is in its exit code
   */
  exec(
    node: string,
    argv: readonly string[],
    options?: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<ExecResult> {
    return this.node(node).exec(argv, options);
  }

  /** Ends it; nothing of it is left when this resolves. */
  close(): Promise<void> {
    return this.lab[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens the lab and resolves when everything in it is ready. Whoever opened it closes it; however the process ends, nothing
 * of a lab on namespaces is left. Nothing of the process is changed: no signal is caught, nothing is printed.
 *
 * @throws LabError `UNKNOWN_FIREWALL`, `UNKNOWN_BACKEND`, why this machine cannot run it, and what hinders a node
 */
export async function openLab(options: OpenLabOptions = {}): Promise<OpenLab> {
  const { catalogue = builtInCatalogue, onLog, signal } = options;
  const backend = backendCalled(options.backend ?? 'netns');
  const firewalls = chooseFirewalls(catalogue, options.firewalls?.join(','));
  const boxes = builtInBoxes.with(...(options.boxes ?? []));
  if (backend.name === 'netns') {
    requireSurroundings(firewalls);
    requirePrograms(firewalls, undefined, boxes);
  }
  const lab = await ImsLab.start({
    backend,
    catalogue,
    firewalls,
    boxes,
    log: (node) => logTo(node, onLog),
    ...(signal ? { signal } : {}),
  });
  try {
    // The other end is ready when the core is.
    await Promise.all([lab.attendingPeer(), ...firewalls.map((one) => lab.startAccess(one))]);
    return new OpenLab(lab);
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

function logTo(node: string, onLog: OpenLabOptions['onLog']): Writable {
  const log = new PassThrough({ encoding: 'utf8' });
  log.on('data', (text: string) => onLog?.(node, text));
  return log;
}
