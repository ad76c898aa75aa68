import { resolve } from 'node:path';

/**
 * The top of the installation. This file lies two folders below it, compiled as well as in the bundles of `dist/programs`.
 */
export const installation = resolve(__dirname, '../..');

/** The programs that the build makes of this project, each one file with all that it loads; see `bin/setup/bundle.mjs`. */
export type ProgramOfOurs =
  'nimsfw' | 'keeper' | 'ue' | 'inspector' | 'enter' | 'compose-setup' | 'compose-ready';

/** The file of a program, to be run with Node. */
export const programFile = (name: ProgramOfOurs): string => resolve(installation, 'dist', programPath(name));

/** The same relative to `dist`. */
export const programPath = (name: ProgramOfOurs): string => `programs/${name}.js`;
