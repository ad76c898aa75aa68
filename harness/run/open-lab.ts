import { PassThrough, type Writable } from 'node:stream';
import { builtInCatalogue, type Catalogue } from '../../firewalls/catalogue';
import { builtInBoxes } from '../../nodes';
import type { Box } from '../../nodes/box';
import { backendCalled } from '../lab/backends';
import type { ExecResult, StartedNode } from '../lab/backend';
import { ImsLab } from '../lab/ims-lab';
import { requireLab } from './require-lab';
import { chooseFirewalls } from '../plan/choose-firewalls';

/** The choice of the lab to open. */
export interface OpenLabOptions {
  /** Ids of firewalls in the catalogue; all of them by default. Each firewall gets its own access network. */
  readonly firewalls?: readonly string[];
  /** The built-in catalogue by default. */
  readonly catalogue?: Catalogue;
  /** Your own boxes. Each replaces the built-in box of its kind, or is added where there is none. */
  readonly boxes?: readonly Box[];
  /** `netns` by default, or `docker`. */
  readonly backend?: string;
  /** Called with each piece of output of a node; by default the output is dropped. */
  readonly onLog?: (node: string, text: string) => void;
  /** Ends the start early. */
  readonly signal?: AbortSignal;
}

/** A lab that stands until it is closed. */
export class OpenLab implements AsyncDisposable {
  /** Use {@link openLab}. */
  constructor(private readonly lab: ImsLab) {}

  /** Ids of the nodes: `ue-6`, `fw-6`, `proxy-8`, `pcscf`, `hss`, `ims-core`, `scc-as`, `turn`, `peer`... */
  get nodes(): readonly string[] {
    return this.lab.topology.nodes.map(({ id }) => id);
  }

  /** The nodes that have failed since the lab was opened. */
  get outages(): readonly { readonly node: string; readonly code: string; readonly text: string }[] {
    return this.lab.outages.all;
  }

  /** Returns a node, on which you run commands and read and write files. @throws LabError `UNKNOWN_NODE` */
  node(id: string): StartedNode {
    return this.lab.node(id);
  }

  /**
   * Runs a command in a node and resolves when it has ended. A command that fails is told by its exit code.
   * @throws LabError `UNKNOWN_NODE`, or the error of the backend if it cannot run the command
   */
  exec(
    node: string,
    argv: readonly string[],
    options?: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<ExecResult> {
    return this.node(node).exec(argv, options);
  }

  /** Takes the lab down and resolves when nothing of it is left. */
  close(): Promise<void> {
    return this.lab[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens the lab and resolves when everything in it is ready. The caller closes it. A lab on namespaces also
 * goes away when the process ends in any other way. It catches no signal of the process and prints nothing.
 *
 * @throws LabError `UNKNOWN_FIREWALL`, `UNKNOWN_BACKEND`, the reason why this machine cannot run the lab, or
 *   the error of a node that cannot start
 */
export async function openLab(options: OpenLabOptions = {}): Promise<OpenLab> {
  const { catalogue = builtInCatalogue, onLog, signal } = options;
  const backend = backendCalled(options.backend ?? 'netns');
  const firewalls = chooseFirewalls(catalogue, options.firewalls?.join(','));
  const boxes = builtInBoxes.with(...(options.boxes ?? []));
  requireLab(backend.name, boxes, firewalls);
  const lab = await ImsLab.start({
    backend,
    catalogue,
    firewalls,
    boxes,
    log: (node) => logTo(node, onLog),
    ...(signal ? { signal } : {}),
  });
  try {
    // The peer cannot be ready before the core is, so it is not awaited first.
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
