/**
 * Runs a Docker Engine until the keeper's input ends, and leaves the machine's network as it was. It runs as root:
 *
 *   node engine-keeper.mjs DOCKERD [ARGUMENT...]
 *
 * The process that starts the keeper holds the keeper's input. However that process ends, the input ends, and
 * the engine then stops in order, with the containers that it runs. This works through sudo too, where the
 * process may not send a signal.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { rememberNetwork, restoreNetwork } from './engine-network.mjs';
import { signals } from './programs.mjs';

const [dockerd, ...args] = process.argv.slice(2);
const isOurs = rememberNetwork();
const engine = spawn(dockerd, args, { stdio: ['ignore', 'inherit', 'inherit'] });
const end = () => engine.kill('SIGTERM');
for (const signal of Object.keys(signals)) process.on(signal, end);
process.stdin.on('error', end).on('end', end).resume();
engine.on('error', ({ message }) => {
  console.error(message);
  finish(127);
});
engine.on('exit', (code, signal) => finish(code ?? 128 + constants.signals[signal]));

function finish(status) {
  if (isOurs) restoreNetwork();
  process.exit(status);
}
