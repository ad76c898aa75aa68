import { builtInBoxes } from '../../nodes';
import type { Box, Boxes, Image } from '../../nodes/box';
import { choicesNamed, namesOfChoices } from '../../nodes/choices';
import type { Program } from '../../nodes/program';
import { labPrograms } from './lab-programs';

/** A Debian package that a lab on this machine needs. */
export interface DebianPackage {
  readonly name: string;
  /**
   * A program by which the package is recognised without dpkg; missing for a package that is part of another.
   */
  readonly program?: string;
  /** True if root does not need the package. */
  readonly notForRoot?: boolean;
}

/**
 * Returns the packages that the set-up installs (`bin/setup/debian-packages.mjs`): all but the optional ones,
 * each once.
 */
export function debianPackages(boxes: Boxes = builtInBoxes): DebianPackage[] {
  return packagesOf([...boxes], labPrograms);
}

/** What the set-up has to know: the packages of every lab, and those of the boxes that one can choose, by name. */
export interface NotedPackages {
  readonly lab: readonly DebianPackage[];
  readonly choices: Readonly<Record<string, readonly DebianPackage[]>>;
}

/** Returns the packages that the build notes for the set-up. */
export function notedPackages(): NotedPackages {
  return {
    lab: debianPackages(),
    choices: Object.fromEntries(namesOfChoices.map((name) => [name, packagesOf(choicesNamed(name))])),
  };
}

/** Returns the packages that these boxes and programs need, each once. */
export function packagesOf(all: readonly Box[], more: readonly Program[] = []): DebianPackage[] {
  const programs = [...more, ...all.flatMap((box) => box.programs)].filter(({ isOptional }) => !isOptional);
  const packages: DebianPackage[] = [
    ...programs.map(({ name, debianPackage, notForRoot }) => ({
      name: debianPackage,
      program: name,
      ...(notForRoot ? { notForRoot } : {}),
    })),
    ...all.flatMap(({ parts = [] }) => parts).map(({ debianPackage }) => ({ name: debianPackage })),
    // What a phone of somebody else's needs beside its programs is noted with its image.
    ...all.flatMap(({ image }) => (isDriven(image) ? (image.packages ?? []) : [])).map((name) => ({ name })),
  ];
  return packages.filter(({ name }, index) => packages.findIndex((one) => one.name === name) === index);
}

const isDriven = ({ own = [] }: Image): boolean => own.includes('phone');
