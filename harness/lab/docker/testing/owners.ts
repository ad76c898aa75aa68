import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const program = `process.stdout.write(require(${JSON.stringify(join(__dirname, '../owner.js'))}).thisProcess())`;

/** Returns the owner label of a process that has ended. */
export const endedOwner = (): string => execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' });
