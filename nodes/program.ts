import type { Knobs } from '../firewalls/knobs';

/** The command that asks a program for its version, and the pattern that finds the version in the answer. */
export interface VersionQuestion {
  readonly argv: readonly string[];
  /** The first group of the pattern is the version. */
  readonly pattern: RegExp;
}

/**
 * Asks Debian for the version of a program that does not tell it itself, or tells it in no fixed form.
 * @param pattern by default it takes the version up to the first character that no upstream version has
 */
export const debianVersion = (
  debianPackage: string,
  pattern: RegExp = /^(?:\d+:)?(\d[\w.+~-]*)/,
): VersionQuestion => ({
  argv: ['dpkg-query', '--show', '--showformat=${Version}', debianPackage],
  pattern,
});

/** A program that a box, or the lab itself, runs: `doctor` looks for it, the set-up installs it, images have it. */
export interface Program {
  /** Its name in the PATH, such as `turnserver`. */
  readonly name: string;
  readonly debianPackage: string;
  /** How it is asked for its version. */
  readonly version: VersionQuestion;
  /** Its name in `run.versions` of a result, such as `coturn`; absent if its version does not matter to results. */
  readonly product?: string;
  /** If set, a lab runs without it; only something else does not work then. */
  readonly isOptional?: boolean;
  /** If set, only users other than root need it. */
  readonly notForRoot?: boolean;
  /** Says whether it is needed behind a firewall with these knobs; by default it always is. */
  readonly neededFor?: (knobs: Knobs) => boolean;
}

/** A part of a program that has a Debian package of its own. It is recognised by a file. */
export interface ProgramPart {
  /** Id of the line of `doctor` that reports it. Parts with the same id share the line. */
  readonly id: string;
  /** Text of that line if the part is there, e.g. `tls`. */
  readonly works: string;
  /** Its name in a message that it is missing, such as `Kamailio's module tls`. */
  readonly name: string;
  readonly debianPackage: string;
  readonly file: string;
  /** The folders that may hold the file; one `*` in place of a folder's name stands for any name. */
  readonly folders: readonly string[];
  /** The same as in {@link Program}. */
  readonly neededFor?: (knobs: Knobs) => boolean;
}

/** A requirement that is more than the presence of a program. `doctor` tries it in namespaces like those of a lab. */
export interface Trial {
  readonly id: string;
  /** A lab runs without an `optional` requirement. */
  readonly level: 'required' | 'optional';
  /** A shell script; if it fails, the last line of its output says why. */
  readonly script: string;
  /** Texts for the user if the trial works, which may say more by the last line of its output, and if it fails. */
  readonly works: string | ((said: string) => string);
  readonly fails: string;
  /** What the user can do about it. */
  readonly remedy: string;
}
