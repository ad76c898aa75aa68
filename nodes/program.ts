import type { Knobs } from '../firewalls/knobs';

/** How something is asked for its version, and where in its answer that stands. */
export interface VersionQuestion {
  readonly argv: readonly string[];
  /** Its first group is the version. */
  readonly pattern: RegExp;
}

/** A program that a box, or the lab itself, runs: `doctor` looks for it, the set-up installs it, images have it. */
export interface Program {
  /** As it is found in the PATH: `turnserver`. */
  readonly name: string;
  readonly debianPackage: string;
  /** How it says its version. */
  readonly version: VersionQuestion;
  /** What a result calls it in `run.versions`: `coturn`. Absent where its version matters to no result. */
  readonly product?: string;
  /** Without it a lab runs all the same; something else does not. */
  readonly isOptional?: boolean;
  /** Only needed by who is not root. */
  readonly notForRoot?: boolean;
  /** Whether it is needed behind a firewall with these knobs; always unless said otherwise. */
  readonly neededFor?: (knobs: Knobs) => boolean;
}

/** A part of a program that has a Debian package of its own, and that is known by a file. */
export interface ProgramPart {
  /** The line of `doctor` that tells of it; parts with the same one share it. */
  readonly id: string;
  /** What that line says when all is there, e.g. `tls`. */
  readonly works: string;
  /** As a user is told that it is missing: `Kamailio's module tls`. */
  readonly name: string;
  readonly debianPackage: string;
  readonly file: string;
  /** Where it may be; one `*` in place of a folder's name stands for any. */
  readonly folders: readonly string[];
  /** As of a {@link Program}. */
  readonly neededFor?: (knobs: Knobs) => boolean;
}

/** Something that takes more than a program, tried by `doctor` in namespaces as a lab has them. */
export interface Trial {
  readonly id: string;
  /** Without what is `optional` a lab runs all the same. */
  readonly level: 'required' | 'optional';
  /** A shell script; what it says last is why it failed. */
  readonly script: string;
  /** What is said of it when it works, and when it fails. */
  readonly works: string;
  readonly fails: string;
  /** How to mend it. */
  readonly remedy: string;
}
