import type { Firewall } from '../../firewalls/catalogue';
import type { Knobs } from '../../firewalls/knobs';
import { builtInBoxes } from '../../nodes';
import type { Box, Boxes } from '../../nodes/box';
import type { Program, ProgramPart } from '../../nodes/program';
import { standsBehindFirewalls } from '../../topologies/placement';
import { LabError } from '../lab/lab-error';
import { labPrograms } from '../lab/lab-programs';
import { thisMachine, type Machine } from './machine';

/** Returns the command that installs a Debian package. */
export const install = (debianPackage: string): string =>
  `apt-get install --no-install-recommends ${debianPackage}`;

/** Lists every program that a lab on this machine can need, each once. */
export const programChecks = ({ isRoot }: Pick<Machine, 'isRoot'>, boxes: Boxes = builtInBoxes): Program[] =>
  ofMachine([...[...boxes].flatMap(({ programs }) => programs), ...labPrograms], isRoot);

/** Lists every part of a program that a lab on this machine can need. */
export const partChecks = (boxes: Boxes = builtInBoxes): ProgramPart[] =>
  [...boxes].flatMap(({ parts = [] }) => parts);

/** Says whether a part is there. It only looks at files. */
export function hasPart({ list }: Pick<Machine, 'list'>, { file, folders }: ProgramPart): boolean {
  const all = folders.flatMap((folder) => {
    const [before, after] = folder.split('*');
    return after === undefined
      ? [folder]
      : list(before!.slice(0, -1)).map((name) => `${before}${name}${after}`);
  });
  return all.some((folder) => list(folder).includes(file));
}

/**
 * Requires the programs of a lab with these firewalls, before anything is started. It only looks at files, so
 * it takes no time; `nimsfw doctor` tries more.
 *
 * @throws LabError `MISSING_PROGRAM`, which names all missing programs and their Debian packages
 */
export function requirePrograms(
  firewalls: readonly Firewall[],
  machine: Machine = thisMachine(),
  boxes: Boxes = builtInBoxes,
): void {
  const ofBoxes = neededBy(boxes, firewalls, ({ programs }) => programs);
  const missing = [
    ...ofMachine([...ofBoxes, ...labPrograms], machine.isRoot)
      .filter(({ name, isOptional }) => !isOptional && !machine.has(name))
      .map(({ name, debianPackage }) => ({ what: `the program ${name}`, debianPackage })),
    ...neededBy(boxes, firewalls, ({ parts = [] }) => parts)
      .filter((part) => !hasPart(machine, part))
      .map(({ name, debianPackage }) => ({ what: name, debianPackage })),
  ];
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))].join(' ');
  const what = missing.map((one) => one.what).join(', ');
  throw new LabError(
    'MISSING_PROGRAM',
    `${what} ${missing.length > 1 ? 'are' : 'is'} not installed; as root: ${install(packages)}`,
  );
}

/** Returns the programs or parts that the boxes of a lab with these firewalls need. */
function neededBy<T extends { readonly neededFor?: (knobs: Knobs) => boolean }>(
  boxes: Boxes,
  firewalls: readonly Firewall[],
  takes: (box: Box) => readonly T[],
): T[] {
  const knobs = firewalls.map((firewall) => firewall.knobs);
  return [...boxes].flatMap((box) => {
    const there = knobs.filter((vector) => box.neededFor?.(vector) ?? true);
    if (standsBehindFirewalls(box.place) && there.length === 0) return [];
    return takes(box).filter(({ neededFor }) => !neededFor || there.some(neededFor));
  });
}

/** Returns each program once, without those that this user does not need. */
function ofMachine(programs: readonly Program[], isRoot: boolean): Program[] {
  const once = programs.filter(({ name }, index) => programs.findIndex((one) => one.name === name) === index);
  return once.filter(({ notForRoot }) => !(isRoot && notForRoot));
}
