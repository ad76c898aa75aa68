import { builtInCatalogue } from '../../firewalls/catalogue';
import { catalogueHash } from '../../firewalls/catalogue-hash';
import { shellWord } from '../../nodes/shell-word';
import { optionsOf, scenarios } from '../../scenarios';
import type { BoxResult, CellResult, RunResult } from '../judge/result';

/**
 * Returns the command that measures just this cell as the run measured it. What only a file of the
 * user's tells stands in it in capitals, for the reader to replace: CATALOGUE, LAB_FILE.
 */
export function cellCommand({ run }: Pick<RunResult, 'run'>, cell: CellResult): string {
  const services = run.origins[0]?.services ?? {};
  const options = optionsOf(scenarios.filter(({ id }) => id === cell.scenario)).flatMap((option) => {
    const value = services[option.name];
    const isAsUsual = value === undefined || value === option.initial;
    const name = option.flag?.split(' ')[0];
    if (name === undefined || isAsUsual) return [];
    return value === true ? [name] : [name, String(value)];
  });
  const isBuiltIn = run.plan.catalogue.sha256 === catalogueHash(builtInCatalogue);
  const { steps, repeat } = run.plan;
  const words = [
    ...['npx', 'nimsfw', 'run', cell.scenario],
    ...(isBuiltIn ? [] : ['--catalogue', 'CATALOGUE']),
    ...(cell.to === undefined
      ? ['--firewall', cell.firewall]
      : ['--firewall', `${cell.firewall},${cell.to}`, '--move', `${cell.firewall}:${cell.to}`]),
    ...['--suite', cell.suite],
    ...(cell.security === 'digest' ? [] : ['--security', cell.security]),
    ...(steps.length === 3 ? [] : ['--step', steps.join(',')]),
    ...(run.patience === 'evidence' ? [] : ['--patience', run.patience]),
    ...(run.timers === 'rfc' ? [] : ['--timers', run.timers]),
    ...(run.ladder === 'all' ? [] : ['--ladder', run.ladder]),
    ...(repeat === 1 ? [] : ['--repeat', String(repeat)]),
    ...options,
    ...boxesOf({ run }, cell).flatMap(boxWords),
    ...(run.backend === 'netns' ? [] : ['--backend', run.backend]),
  ];
  return words.map(shellWord).join(' ');
}

const boxesOf = ({ run }: Pick<RunResult, 'run'>, { variant }: CellResult): readonly BoxResult[] =>
  run.variants?.find(({ name }) => name === variant)?.boxes ?? run.boxes;

/** The words by which `run` takes a box that is not the lab's own; one behind an interface can only stand in a lab file. */
const boxWords = ({ place, name, isReference, command, image, interface: at }: BoxResult): string[] =>
  isReference
    ? []
    : at !== undefined
      ? ['--lab', 'LAB_FILE']
      : [`--${place === 'firewall' ? 'firewall-box' : place}`, image ?? command ?? name];
