import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '../../nodes/installation';
import { definePhone } from '../../nodes/phone';

const program = 'udp-phone.mjs';

/** A phone of one's own: a program that only registers over UDP takes the place of the reference UE. */
export const udpPhone = definePhone({
  // The program is written to the phone's folder, so that a container has it too.
  files: () => ({ [program]: readFileSync(join(installation, 'examples/phone', program), 'utf8') }),
  command: () => [process.execPath, program, 'ue.json'],
  // It needs no program but Node.
  programs: [],
});
