import { resolve } from 'node:path';

/**
 * The top folder of the installation. Both the compiled file and the bundles in
 * `dist/programs` lie two folders below it.
 */
export const installation = resolve(__dirname, '../..');

/**
 * The programs that the build makes of this project. Each is one file with all the code that it
 * loads (`bin/setup/bundle.mjs`).
 */
export type ProgramOfOurs =
  | 'nimsfw'
  | 'keeper'
  | 'network-capture'
  | 'ue'
  | 'phone'
  | 'scc-as'
  | 'inspector'
  | 'ipsec'
  | 'enter'
  | 'compose-setup'
  | 'compose-ready';

/** Returns the file of a program, to be run with Node. */
export const programFile = (name: ProgramOfOurs): string => resolve(installation, 'dist', programPath(name));

/** Returns the file of a program, relative to `dist`. */
export const programPath = (name: ProgramOfOurs): string => `programs/${name}.js`;
