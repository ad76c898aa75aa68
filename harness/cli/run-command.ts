import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import {
  isClimbable,
  securities,
  steps,
  suiteIds,
  type Security,
  type Step,
  type SuiteId,
} from '../../ladder';
import { optionsOf, scenarios, tableScenarios } from '../../scenarios';
import type { ScenarioOption } from '../../scenarios/option';
import { timerSets, type TimerSet } from '../../nodes/ue/timers';
import type { Box } from '../../nodes/box';
import { codeOf, LabError, noticeLine } from '../lab/lab-error';
import { choose } from '../plan/choice';
import { defaultMoves, whereWords, type LadderMode, type Move, type Patience } from '../plan/plan';
import { createReporters } from '../report';
import { leaveEmptyShard } from '../run/empty-shard';
import { runFolderName, type MeasureOptions } from '../run/measure';
import { chooseFirewalls } from '../plan/choose-firewalls';
import type { PartNumber } from '../plan/part';
import { mostShards } from '../plan/shards';
import type { Variant } from '../plan/lab-file/lab-file';
import { addBoxOptions, boxesChosen, refuseImageVariables } from './box-options';
import { loadCatalogue } from './catalogue-option';
import { Baseline } from './baseline';
import { resultOf } from './compare-command';
import { exitCodeOf, exitCodes } from './exit-code';
import { interruption } from './interruption';
import { knownOption, loadKnown } from './known-option';
import { loadLabFile } from './lab-file-option';
import { openLiveView } from './live-option';
import { exitWith, measureAll, stoppedEarly } from './measuring';
import { knownMoves, readMoves } from './move-option';
import { readFolder } from './out-option';
import { readWhole } from './read-whole';
import { readNames, reporterOption } from './reporter-option';
import { runArgument } from './run-argument';

interface RunFlags {
  readonly firewall?: string;
  readonly shard?: PartNumber;
  readonly suite?: string;
  readonly security?: string;
  readonly step?: string;
  readonly patience: Patience;
  readonly timers: TimerSet;
  readonly ladder: LadderMode;
  readonly repeat: number;
  readonly move: readonly Move[];
  readonly catalogue?: string;
  readonly backend: string;
  readonly out?: string;
  readonly reporter: string;
  readonly lab?: string;
  readonly known?: string;
  readonly baseline?: string;
  readonly open?: true;
  readonly live?: number;
}

/** The options of the scenarios that have a flag. */
const chosenByFlag = optionsOf(scenarios).filter(({ flag }) => flag !== undefined);

function addScenarioOption(command: Command, option: ScenarioOption): void {
  const { flag, description } = option;
  if ('isYesNo' in option) command.option(flag!, description, option.initial);
  else command.option(flag!, description, readWhole(option.least, option.most, option.what), option.initial);
}

/** Adds `nimsfw run`, which measures a plan. */
export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('measure which step of the ladder gets through which firewall')
    .argument(
      '[scenario...]',
      `${idsOf(scenarios).join(', ')}, or all; when none is named, ${idsOf(tableScenarios).join(' and ')}`,
    )
    .option('--firewall <ids>', 'for example 0-9,closed; all of the catalogue by default')
    .option(
      '--shard <k/n>',
      'measure the k-th of n parts of these firewalls, for example 1/4; nimsfw merge joins them',
      readShard,
    )
    .option('--suite <ids>', `${suiteIds.join(', ')}; aes,null by default, as far as the phone has them`)
    .option(
      '--security <ids>',
      'how UE and network prove who they are at steps 1 and 2: digest (by default), or aka, with IPsec; both with a comma',
    )
    .option('--step <steps>', 'steps of the ladder to try, for example 2,3; all by default')
    .addOption(
      new Option(
        '--patience <kind>',
        'when an attempt that comes to nothing ends: on evidence, or on the RFC timers',
      )
        .choices(['evidence', 'rfc'])
        .default('evidence'),
    )
    .addOption(
      new Option(
        '--timers <set>',
        'timers of SIP in the phones: of RFC 3261 (T1 0.5 s), or of TS 24.229 table 7.7.1 (T1 2 s)',
      )
        .choices(timerSets)
        .default('rfc'),
    )
    .addOption(
      new Option('--ladder <mode>', 'measure all steps, or stop at the first that passes, as a UE does')
        .choices(['all', 'stop'])
        .default('all'),
    )
    .option(
      '--repeat <times>',
      'run each cell so often; differing verdicts make it flaky',
      readWhole(1, 1000),
      1,
    );
  for (const option of chosenByFlag) addScenarioOption(command, option);
  command
    .addOption(
      new Option('--move <moves>', 'access-change: from which firewall to which')
        .argParser(readMoves)
        .default(defaultMoves, movesWords(defaultMoves)),
    )
    .option('--catalogue <file>', 'your own firewalls, as YAML (docs/firewalls.md)')
    .option('--backend <name>', 'what the lab runs on: netns (namespaces) or docker', 'netns')
    .option(
      '--out <folder>',
      'a new or empty folder, where results, captures, logs and configurations go; runs/<time> by default',
      readFolder,
    )
    .addOption(reporterOption())
    .addOption(knownOption())
    .option('--baseline <run>', `compare with this run, and exit 1 if anything became worse: ${runArgument}`)
    .option('--open', 'show the page of the result in a browser while the run goes on')
    .option(
      '--live <port>',
      'serve that page on this port of 127.0.0.1 (0: a free one), at an address that is printed',
      readWhole(0, 65_535),
    )
    .option('--lab <file>', 'a lab file: what stands where, and what is measured (docs/boxes.md)');
  addBoxOptions(command);
  command.action(async (names: string[], flags: RunFlags & Readonly<Record<string, unknown>>) => {
    await exitWith((onLeft) => runCommand(names, withLabFile(command, flags), onLeft));
  });
}

/** The flags of a run, after its lab file has had its say where the command line has none. */
interface Chosen {
  readonly flags: RunFlags & Readonly<Record<string, unknown>>;
  /** The scenarios of the lab file. */
  readonly scenarios?: readonly string[];
  readonly variants: readonly Variant[];
}

/** Reads the lab file of the command line, if there is one. The command line comes before it. */
function withLabFile(command: Command, flags: Chosen['flags']): Chosen {
  if (flags.lab === undefined) return { flags, variants: [{ name: 'lab', boxes: [] }] };
  const { variants, measured } = loadLabFile(flags.lab);
  const { scenarios, firewalls: firewall, suites, securities, steps, backend, catalogue } = measured;
  const said = {
    ...{ firewall, backend, catalogue },
    ...{ suite: suites?.join(','), security: securities?.join(','), step: steps?.join(',') },
  };
  const added = Object.entries(said).filter(
    ([name, value]) =>
      value !== undefined && [undefined, 'default'].includes(command.getOptionValueSource(name)),
  );
  return {
    flags: { ...flags, ...Object.fromEntries(added) },
    ...(scenarios ? { scenarios } : {}),
    variants,
  };
}

async function runCommand(
  names: readonly string[],
  { flags, scenarios: ofFile = [], variants }: Chosen,
  onLeft: () => void,
): Promise<number> {
  refuseImageVariables(process.env);
  const known = idsOf(scenarios);
  const wanted = names.length === 0 ? ofFile : names;
  const chosen =
    wanted.length === 0
      ? undefined
      : choose({ what: 'scenario', code: 'UNKNOWN_SCENARIO', known }, wanted.join(','));
  const catalogue = loadCatalogue(flags.catalogue);
  const deviations = loadKnown(flags.known);
  const before = flags.baseline === undefined ? undefined : await resultOf(flags.baseline);
  const baseline = before && new Baseline(() => before);
  const moves = knownMoves(flags.move, catalogue);
  const boxes = boxesChosen(flags, { backend: flags.backend, folder: process.cwd() });
  const out = flags.out ?? runFolderName();
  const reporters = await createReporters(readNames(flags.reporter), { out, stream: process.stdout });
  // The first signal ends the run in an orderly way. A second one ends the process, and the lab with it.
  const interrupted = interruption();
  const options: MeasureOptions = {
    ...(chosen ? { scenarios: chosen } : {}),
    catalogue,
    firewalls: idsOf(chooseFirewalls(catalogue, flags.firewall)),
    ...(flags.shard ? { shard: flags.shard } : {}),
    ...(flags.suite === undefined ? {} : { suites: readSuites(flags.suite) }),
    ...(flags.security === undefined ? {} : { securities: readSecurities(flags.security) }),
    steps: flags.step === undefined ? steps : readSteps(flags.step),
    patience: flags.patience,
    timers: flags.timers,
    ladder: flags.ladder,
    repeat: flags.repeat,
    options: Object.fromEntries(chosenByFlag.map(({ name }) => [name, flags[name] as number | boolean])),
    ...(moves === defaultMoves ? {} : { moves }),
    ...(deviations ? { known: deviations } : {}),
    backend: flags.backend,
    out,
    // What changed comes before the table, which comes last.
    reporters: [...(baseline ? [baseline.reporter(readNames(flags.reporter))] : []), reporters],
    command: process.argv.slice(2),
    signal: interrupted,
    onLeft,
  };
  const measured = withBoxes(variants, boxes);
  if (!chosen) tellLeftOut(options);
  // From here on everything that fails ends the view too.
  const live = await openLiveView(flags, out);
  const watched = live ? { ...options, reporters: [...(options.reporters ?? []), live] } : options;
  const result = await measureAll(measured, watched).catch(async (error: unknown) => {
    await live?.close();
    if (flags.out !== undefined && codeOf(error) === 'SHARD_EMPTY') await leaveEmptyShard(flags.out);
    throw error;
  });
  const exitCode = baseline?.isWorse(result) ? exitCodes.unexpected : exitCodeOf(result);
  if (interrupted.aborted) throw stoppedEarly(out);
  return exitCode;
}

/** Tells which of the scenarios that are measured when none is named have nothing to be measured, as a reader looks for them. */
function tellLeftOut({ securities: chosen = ['digest'], steps: climbed = steps }: MeasureOptions): void {
  const left = tableScenarios.filter(
    ({ ladder }) => !chosen.some((security) => isClimbable(ladder, security, climbed)),
  );
  // Where nothing is left to measure, an error says so.
  if (left.length === tableScenarios.length) return;
  for (const { id } of left)
    console.error(noticeLine('LEFT_OUT', `${id} is left out: it has nothing ${whereWords(climbed, chosen)}`));
}

/**
 * Puts these boxes in place of those of the same kinds in each variant.
 * @throws LabError `USAGE` if variants differ in a place that the command line has taken
 */
function withBoxes(variants: readonly Variant[], others: readonly Box[]): Variant[] {
  const changed = variants.map(({ name, boxes }) => ({
    name,
    boxes: [...boxes.filter(({ kind }) => others.every((other) => other.kind !== kind)), ...others],
  }));
  const names = changed.map(({ boxes }) =>
    boxes
      .map(({ kind, name = '' }) => `${kind} ${name}`)
      .sort()
      .join(),
  );
  if (new Set(names).size === names.length) return changed;
  const kinds = others.map(({ kind }) => kind).join(', ');
  throw new LabError(
    'USAGE',
    `the lab file lists several boxes where the command line has one (${kinds}); leave one of the two out`,
  );
}

/** Formats moves as `--move` takes them. */
const movesWords = (moves: readonly Move[]): string => moves.map(({ from, to }) => `${from}:${to}`).join(',');

const readSuites = (text: string): SuiteId[] =>
  choose({ what: 'suite', code: 'UNKNOWN_SUITE', known: suiteIds }, text) as SuiteId[];

const readSecurities = (text: string): Security[] =>
  choose({ what: 'security', code: 'UNKNOWN_SECURITY', known: securities }, text) as Security[];

function readSteps(text: string): Step[] {
  return choose({ what: 'step', code: 'UNKNOWN_STEP', known: steps.map(String) }, text).map(Number) as Step[];
}

const idsOf = (some: readonly { readonly id: string }[]): string[] => some.map(({ id }) => id);

/** Reads a part such as `1/4`. */
function readShard(text: string): PartNumber {
  const [, shard, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!shard || !of || shard > of || of > mostShards)
    throw new InvalidArgumentError(
      `it must name one of at most ${mostShards} parts, from 1, for example 1/4.`,
    );
  return { shard, of };
}
