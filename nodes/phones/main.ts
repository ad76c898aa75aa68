import { runDriver } from './driver';
import { drivers } from './drivers';

/**
 * The driver of somebody else's phone as a program: `node phone.js NAME ue.json [ARGUMENT...]`. It speaks the protocol of
 * `nodes/ue/protocol.ts` on stdin and stdout.
 */
const [name = '', file = 'ue.json', ...argv] = process.argv.slice(2);
const load = drivers[name];
if (load) {
  runDriver(async (config) => (await load())(config, argv), file);
} else {
  process.stderr.write(`there is no driver ${JSON.stringify(name)}\n`);
  process.exitCode = 1;
}
