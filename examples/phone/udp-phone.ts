import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '../../nodes/installation';
import { definePhone } from '../../nodes/phone';

const program = 'udp-phone.mjs';

/** A phone of one's own: a program that registers over UDP and can do nothing else stands in for the reference UE. */
export const udpPhone = definePhone({
  // Written to the phone's folder, so that it is there in a container too.
  files: () => ({ [program]: readFileSync(join(installation, 'examples/phone', program), 'utf8') }),
  command: () => [process.execPath, program, 'ue.json'],
  // It runs in Node alone.
  programs: [],
});
