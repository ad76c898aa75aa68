import { isDeepStrictEqual } from 'node:util';
import { builtInCatalogue, firewallSchema, type Catalogue } from '../../firewalls/catalogue';
import { catalogueHash } from '../../firewalls/catalogue-hash';
import type { Box } from '../../nodes/box';
import { optionsOf, scenarios } from '../../scenarios';
import type { OptionValues, ScenarioOption } from '../../scenarios/option';
import { cellsOf, type CellName } from '../judge/missing';
import type { RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { findCells } from '../plan/find-cells';
import type { MeasureOptions } from '../run/measure';
import type { LabVariant } from '../run/measure-variants';
import { boxesOfRun } from './boxes-of-run';

/** A run that is to be measured again. */
export interface PlanOfRun {
  readonly options: MeasureOptions;
  /** The lab, or several in which the same is measured; the names are those of the stored run. */
  readonly variants: readonly LabVariant[];
}

/** What a user says of a rerun. */
export interface RerunChoice {
  /** Ids of the cells that are measured again; all that the run planned by default. */
  readonly cells?: readonly string[];
  /** The boxes that stand there instead of those of the run. */
  readonly boxes?: readonly Box[];
  /** The backend, if it is not the one of the run. */
  readonly backend?: string;
}

/**
 * Makes of a stored run what measures the same plan here: the same scenarios, firewalls with the knobs that they had, suites,
 * steps, moves, options, boxes, timers, patience and known deviations. Nothing in it is run as a command.
 *
 * @throws LabError `UNKNOWN_CELL`, and `NOT_RERUNNABLE` that names all that cannot be had here
 */
export function planOfRun(
  { run }: RunResult,
  { cells: ids = [], boxes = [], backend }: RerunChoice = {},
): PlanOfRun {
  const { plan } = run;
  const planned = cellsOf(plan);
  const cells = ids.length > 0 ? findCells(planned, ids) : planned;
  const isPart = ids.length > 0 || plan.cells !== undefined;
  const lacking: string[] = [];
  const scenarioIds = [...new Set(cells.map(({ scenario }) => scenario))];
  lacking.push(...scenariosLacking(scenarioIds, run));
  const catalogue = catalogueOf(run, cells, lacking);
  const options = optionsOfRun(run, lacking);
  const variants = variantsOf(run, cells, boxes, isPart, lacking);
  if (cells.length === 0) throw notRerunnable(['nothing to measure']);
  if (lacking.length > 0) throw notRerunnable(lacking);
  const firewalls = new Set(
    cells.flatMap(({ firewall, to }) => [firewall, ...(to === undefined ? [] : [to])]),
  );
  const moves = (plan.moves ?? [])
    .map(({ from, to }) => ({ from, to }))
    .filter(({ from, to }) => cells.some((cell) => cell.firewall === from && cell.to === to));
  return {
    options: {
      scenarios: scenarioIds,
      firewalls: isPart ? [...firewalls] : plan.firewalls,
      catalogue,
      suites: plan.suites,
      securities: plan.securities,
      steps: plan.steps,
      patience: run.patience,
      timers: run.timers,
      ladder: run.ladder,
      repeat: plan.repeat,
      options,
      ...(moves.length > 0 ? { moves: distinct(moves) } : {}),
      ...(run.known ? { known: run.known } : {}),
      backend: backend ?? run.backend,
    },
    variants,
  };
}

function scenariosLacking(ids: readonly string[], { plan }: RunResult['run']): string[] {
  const known = new Set(scenarios.map(({ id }) => id));
  const own = new Set(plan.ownScenarios?.map(({ id }) => id));
  return ids
    .filter((id) => own.has(id) || !known.has(id))
    .map((id) => `the scenario ${JSON.stringify(id)}, which is of the program that measured`);
}

/** Returns the catalogue that ships, if it was the run's; else one of the firewalls that the run had. */
function catalogueOf(
  { plan, firewalls }: RunResult['run'],
  cells: readonly CellName[],
  lacking: string[],
): Catalogue {
  if (plan.catalogue.sha256 === catalogueHash(builtInCatalogue)) return builtInCatalogue;
  const made = firewalls.flatMap(({ id, title, summary = title, source, confidence, knobs }) => {
    // The names of nodes and files are made of an id.
    const checked = firewallSchema.safeParse({ id, title, summary, source, confidence, knobs });
    if (checked.success) return [checked.data];
    lacking.push(`the firewall ${JSON.stringify(id)}, of which the result says what no catalogue can`);
    return [];
  });
  const needed = new Set(cells.flatMap(({ firewall, to }) => [firewall, ...(to === undefined ? [] : [to])]));
  for (const id of needed)
    if (!firewalls.some((one) => one.id === id))
      lacking.push(`the firewall ${JSON.stringify(id)}, whose knobs the result does not have`);
  return made;
}

/** Returns the values that the options of scenarios had. Those that this version does not know decide nothing here. */
function optionsOfRun({ origins }: RunResult['run'], lacking: string[]): OptionValues {
  const [first, ...others] = origins.map(({ services }) => services);
  if (others.some((other) => !isDeepStrictEqual(other, first)))
    lacking.push('the options of several runs that were merged, and are not the same');
  const values = optionsOf(scenarios).flatMap((option): [string, number | boolean][] => {
    const value = first?.[option.name];
    if (value === undefined) return [];
    if (!isAllowed(option, value)) lacking.push(`the option ${option.name} with ${JSON.stringify(value)}`);
    return [[option.name, value]];
  });
  return Object.fromEntries(values);
}

function isAllowed(option: ScenarioOption, value: number | boolean): boolean {
  if ('isYesNo' in option) return typeof value === 'boolean';
  return (
    typeof value === 'number' && Number.isInteger(value) && value >= option.least && value <= option.most
  );
}

function variantsOf(
  { plan, boxes, variants }: RunResult['run'],
  cells: readonly CellName[],
  chosen: readonly Box[],
  isPart: boolean,
  lacking: string[],
): LabVariant[] {
  const labs = plan.variants?.map(({ name, suites }) => ({
    ...{ name, suites },
    stored: variants?.find((one) => one.name === name)?.boxes,
    ids: cells.filter(({ variant }) => variant === name).map(({ id }) => id.slice(name.length + 1)),
  })) ?? [{ name: 'lab', suites: plan.suites, stored: boxes, ids: cells.map(({ id }) => id) }];
  return labs
    .filter(({ ids }) => ids.length > 0)
    .map(({ name, suites, stored, ids }): LabVariant => {
      if (!isVariantName(name)) lacking.push(`the variant ${JSON.stringify(name)}, which can be no folder`);
      if (!stored) lacking.push(`the boxes of the variant ${JSON.stringify(name)}, which was not measured`);
      const found = boxesOfRun(stored ?? [], chosen);
      lacking.push(...found.lacking);
      return { name, boxes: found.boxes, suites, ...(isPart ? { cells: ids } : {}) };
    });
}

/** Says whether a name has the form that a lab file gives to variants. */
const isVariantName = (name: string): boolean => /^[\w+][\w.+-]{0,199}$/.test(name);

const distinct = <T>(values: readonly T[]): T[] =>
  values.filter((value, index) => values.findIndex((one) => isDeepStrictEqual(one, value)) === index);

const notRerunnable = (lacking: readonly string[]): LabError =>
  new LabError(
    'NOT_RERUNNABLE',
    `this run cannot be measured again here, as it had ${[...new Set(lacking)].join('; ')}; choose something else for it, or name cells that do not need it`,
  );
