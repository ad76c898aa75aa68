#!/usr/bin/env node
/**
 * Runs a command with a Docker Engine: the one that answers, or else one that it starts and that ends with the command.
 *
 *   node bin/with-docker.mjs COMMAND [ARGUMENT...]
 *
 * An engine that it starts keeps its files in the machine's usual places, so that images stay for the next
 * time; this needs root or sudo. Exit status: that of the command, or 3 if no engine answers and none can be
 * started (standard error says why).
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { answers, socketOf } from './setup/engine-socket.mjs';
import { OwnEngine } from './setup/own-engine.mjs';
import { fail, SetupError } from './setup/failure.mjs';
import { signals } from './setup/programs.mjs';

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  fail(error, 'with-docker');
}

async function main(argv) {
  if (argv.length === 0)
    throw new SetupError(
      'USAGE',
      'no command is given; usage: node bin/with-docker.mjs COMMAND [ARGUMENT...]',
    );
  // This program cannot start an engine that is not on a socket of this machine; the command sees whether it answers.
  const socket = socketOf(process.env.DOCKER_HOST);
  if (socket === undefined || (await answers(socket))) return run(argv);

  // From here on a signal must not end this process before the engine, so it ends the
  // command or the wait for the engine.
  const stop = new AbortController();
  let interrupted;
  for (const [signal, status] of Object.entries(signals))
    process.on(signal, () => {
      interrupted ??= status;
      stop.abort();
    });
  const engine = OwnEngine.start(socket);
  try {
    await engine.ready(stop.signal);
    return interrupted ?? (await run(argv));
  } finally {
    await engine.stop();
  }
}

/** Runs the command with this program's standard streams, passes signals on, and resolves with its exit status. */
function run([file, ...args]) {
  return new Promise((resolve, reject) => {
    let child;
    // The handlers are set before the command starts, because a signal that ended this
    // process first would leave it running.
    for (const signal of Object.keys(signals))
      process.on(signal, () => {
        // A terminal sends SIGINT to the command as well.
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      });
    child = spawn(file, args, { stdio: 'inherit' });
    child.on('error', ({ code }) =>
      reject(new SetupError('NO_COMMAND', `cannot run ${file} (${code}); check its name`)),
    );
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
