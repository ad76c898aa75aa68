import { builtInBoxes } from '../../nodes';
import type { Boxes } from '../../nodes/box';
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
  const all = [...boxes];
  const programs = [...labPrograms, ...all.flatMap((box) => box.programs)].filter(
    ({ isOptional }) => !isOptional,
  );
  const packages: DebianPackage[] = [
    ...programs.map(({ name, debianPackage, notForRoot }) => ({
      name: debianPackage,
      program: name,
      ...(notForRoot ? { notForRoot } : {}),
    })),
    ...all.flatMap(({ parts = [] }) => parts).map(({ debianPackage }) => ({ name: debianPackage })),
  ];
  return packages.filter(({ name }, index) => packages.findIndex((one) => one.name === name) === index);
}
