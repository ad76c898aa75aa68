import { join } from 'node:path';
import { builtInCatalogue, type Catalogue } from '../../firewalls/catalogue';
import {
  securities,
  steps as allSteps,
  suiteIds,
  type Security,
  type Step,
  type SuiteId,
} from '../../ladder';
import { builtInBoxes } from '../../nodes';
import type { Box } from '../../nodes/box';
import type { TimerSet } from '../../nodes/ue/timers';
import { scenarios as builtInScenarios, tableScenarios } from '../../scenarios';
import type { OptionValues } from '../../scenarios/option';
import type { Scenario } from '../../scenarios/scenario';
import type { RunEvent } from '../journal/events';
import type { KnownDeviation, RunResult } from '../judge/result';
import type { Backend } from '../lab/backend';
import { backendCalled } from '../lab/backends';
import { topologyFor } from '../../nodes/topology-for';
import { requireLab } from './require-lab';
import { programVersions } from '../machine/program-versions';
import { choose } from '../plan/choice';
import { chooseFirewalls } from '../plan/choose-firewalls';
import { defaultSuites } from '../plan/default-suites';
import { onlyCells } from '../plan/only-cells';
import { partOf, type PartNumber } from '../plan/part';
import {
  defaultMoves,
  makePlan,
  requirePlayable,
  type LadderMode,
  type Move,
  type Patience,
  type Plan,
} from '../plan/plan';
import { writeResultFiles } from '../report';
import { multiplex } from '../report/multiplexer';
import type { Reporter } from '../report/reporter';
import { isProved, provePhone } from './prove-phone';
import { run } from './run';
import { toolVersion } from './tool-version';

/** The choice of what to measure and how. Every option has the default of `nimsfw run`. */
export interface MeasureOptions {
  /** Ids, or your own scenarios; `register` and `relay` by default. */
  readonly scenarios?: readonly (string | Scenario)[];
  /** Ids of firewalls in the catalogue; all of them by default. */
  readonly firewalls?: readonly string[];
  /** The part of the chosen firewalls that is measured; all of them by default. */
  readonly shard?: PartNumber;
  /** Ids of the cells that are measured, of those that the rest of the choice gives; all of them by default. */
  readonly cells?: readonly string[];
  /** The built-in catalogue by default. */
  readonly catalogue?: Catalogue;
  /** `aes` and `null` by default; for a phone that is known to have neither, those that it has. */
  readonly suites?: readonly SuiteId[];
  /** `digest` by default. */
  readonly securities?: readonly Security[];
  readonly steps?: readonly Step[];
  readonly patience?: Patience;
  /** The timers of SIP that the UEs have: `rfc` by default, or `3gpp` (TS 24.229 table 7.7.1). */
  readonly timers?: TimerSet;
  readonly ladder?: LadderMode;
  /** Number of times that each cell is played. */
  readonly repeat?: number;
  /** Values of the scenarios' options by name, e.g. `{ mediaSeconds: 1 }`. */
  readonly options?: OptionValues;
  /** The pairs of networks between which the UE moves, for scenarios with a move. */
  readonly moves?: readonly Move[];
  /** Your own boxes. Each replaces the built-in box of its kind, or is added where there is none. */
  readonly boxes?: readonly Box[];
  /** Deviations that are known and do not count. */
  readonly known?: readonly KnownDeviation[];
  /** `netns` by default, or `docker`. */
  readonly backend?: string;
  /** A new or an empty folder; `runs/<time>` by default. */
  readonly out?: string;
  /** Reporters that show the run while it goes on. */
  readonly reporters?: readonly Reporter[];
  /** Ends the run early. The result then has what was judged until then, and is marked as interrupted. */
  readonly signal?: AbortSignal;
  /** The command line of the run, for the record. */
  readonly command?: readonly string[];
  /**
   * Called when the lab could not be taken down. Its remains can then keep this process from ending by itself.
   */
  readonly onLeft?: () => void;
}

/** Returns the default folder of a run, `runs/<time>`, to the millisecond so that no two runs share it. */
export const runFolderName = (): string =>
  join('runs', new Date().toISOString().slice(0, 23).replaceAll(/[:.]/g, '-'));

/**
 * Starts a lab, measures on it and takes it down again, and writes result, journal and captures to a folder.
 * The measurement begins at once. It catches no signal of the calling process and prints nothing.
 */
export function measure(options: MeasureOptions = {}): Measurement {
  return new Measurement(options);
}

/**
 * A running measurement. Iterate over it for the events of its journal, and await {@link result} for its
 * result.
 */
export class Measurement implements AsyncIterable<RunEvent> {
  /** The folder of the run's files. */
  readonly out: string;
  /**
   * The result of the measurement. When it resolves, the files are written and the lab is down. It rejects with
   * a LabError when the choice cannot be measured, the machine cannot run the lab, or anything but the signal
   * ended the run early.
   */
  readonly result: Promise<RunResult>;
  private readonly events: RunEvent[] = [];
  private readonly waiting = new Set<() => void>();
  private isOver = false;

  constructor(options: MeasureOptions) {
    this.out = options.out ?? runFolderName();
    this.result = this.measure(options).finally(() => {
      this.isOver = true;
      this.wake();
    });
    // A caller that only iterates gets this error from the iterator.
    this.result.catch(() => undefined);
  }

  /**
   * Yields every event from the first one on, no matter when the iteration begins, and ends with the run.
   * @throws the error of {@link result}, after the last event
   */
  async *[Symbol.asyncIterator](): AsyncIterator<RunEvent, void, undefined> {
    for (let next = 0; ;) {
      for (; next < this.events.length; next++) yield this.events[next]!;
      if (this.isOver) break;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
    await this.result;
  }

  private async measure(options: MeasureOptions): Promise<RunResult> {
    const { out } = this;
    const { reporters = [], command = [], known = [], signal, onLeft } = options;
    const backend = backendCalled(options.backend ?? 'netns');
    const boxes = builtInBoxes.with(...(options.boxes ?? []));
    const plan = planOf(options, boxes.of('ue'));
    // A scenario whose box is missing in the lab is refused here, before anything is started.
    for (const { needs } of plan.scenarios) for (const kind of needs) boxes.of(kind);
    requireLab(backend.name, boxes, plan.firewalls);
    // A reporter that throws ends only itself.
    const shown = multiplex(reporters, (why) => this.take(reportFailed(why, out)));
    const common = {
      ...{ plan, backend, boxes, command },
      versions: versionsOf(backend, plan, boxes),
      tool: toolVersion(),
      ...(signal ? { signal } : {}),
      ...(onLeft ? { onLeft } : {}),
    };
    return run({
      ...common,
      ...(known.length > 0 ? { known } : {}),
      out,
      ...(isProved(boxes.of('ue'))
        ? { prove: (folder: string) => provePhone({ ...common, out: folder }, run) }
        : {}),
      reporter: {
        onEvent: (event) => {
          this.take(event);
          shown.onEvent(event);
        },
        // The files are written first, because a reporter that fails must not cost the measurement.
        onEnd: async (result) => {
          await writeResultFiles(result, { out, folder: out });
          await shown.onEnd(result);
        },
      },
    });
  }

  private take(event: RunEvent): void {
    this.events.push(event);
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

const reportFailed = (why: string, out: string): RunEvent => ({
  type: 'warning',
  at: Date.now(),
  code: 'REPORT_FAILED',
  text: `a report broke off (${why}); the files in ${out} have it`,
});

/**
 * Makes the plan for the options.
 * @throws LabError `UNKNOWN_SCENARIO`, `UNKNOWN_FIREWALL`, `UNKNOWN_SUITE`, `UNKNOWN_SECURITY`, `UNKNOWN_CELL`, and the errors of {@link makePlan},
 *   {@link requirePlayable} and {@link partOf}
 */
function planOf(options: MeasureOptions, ue: Box): Plan {
  const { catalogue = builtInCatalogue, moves, repeat = 1 } = options;
  const { patience = 'evidence', timers = 'rfc', ladder = 'all' } = options;
  const own = (options.scenarios ?? []).filter((one) => typeof one !== 'string');
  const known = [...builtInScenarios.filter(({ id }) => own.every((one) => one.id !== id)), ...own];
  const wanted = (options.scenarios ?? tableScenarios).map((one) => (typeof one === 'string' ? one : one.id));
  const idsOf = (some: readonly { readonly id: string }[]): string[] => some.map(({ id }) => id);
  const scenarios = choose(
    { what: 'scenario', code: 'UNKNOWN_SCENARIO', known: idsOf(known) },
    wanted.join(','),
  );
  const firewalls = chooseFirewalls(catalogue, options.firewalls?.join(','));
  const plan = makePlan({
    catalogue,
    firewalls,
    scenarios,
    known,
    suites: choose(
      { what: 'suite', code: 'UNKNOWN_SUITE', known: suiteIds },
      (options.suites ?? defaultSuites(ue, firewalls)).join(','),
    ) as SuiteId[],
    securities: choose(
      { what: 'security', code: 'UNKNOWN_SECURITY', known: securities },
      (options.securities ?? ['digest']).join(','),
    ) as Security[],
    steps: options.steps ?? allSteps,
    patience,
    timers,
    ladder,
    repeat,
    ...(options.options ? { options: options.options } : {}),
    moves: moves ?? defaultMoves,
  });
  requirePlayable(plan, {
    scenarios: options.scenarios ? known.filter(({ id }) => scenarios.includes(id)) : [],
    moves: moves ?? [],
  });
  const chosen = options.cells ? onlyCells(plan, options.cells) : plan;
  return options.shard ? partOf(chosen, options.shard) : chosen;
}

/**
 * Resolves with the version of each program. The run awaits it at its end. If the run fails before, its own
 * error tells why, and nobody needs the one from here.
 */
function versionsOf(
  backend: Backend,
  plan: Plan,
  boxes: typeof builtInBoxes,
): Promise<Readonly<Record<string, string>>> {
  const versions =
    backend.versions?.(topologyFor(plan.firewalls, plan.catalogue, boxes), boxes) ??
    programVersions(undefined, boxes);
  versions.catch(() => undefined);
  return versions;
}
