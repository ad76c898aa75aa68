import { builtInBoxes } from '../../nodes';
import type { Boxes } from '../../nodes/box';
import { labPrograms } from './lab-programs';

/** A Debian package that a lab on this machine needs. */
export interface DebianPackage {
  readonly name: string;
  /** A program by which it is recognised where there is no dpkg; none where it is a part of another's. */
  readonly program?: string;
  /** Whether root can do without it. */
  readonly notForRoot?: boolean;
}

/** What the set-up installs (`bin/setup/debian-packages.mjs`): all but what is optional, each once. */
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
