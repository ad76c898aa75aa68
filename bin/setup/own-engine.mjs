import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answers, usualSocket } from './engine-socket.mjs';
import { SetupError } from './failure.mjs';
import { findProgram, rootPrefix, searchPath } from './programs.mjs';

/** An engine with many images, on a slow disk. */
const answersWithinMs = 60_000;

/**
 * Runs dockerd until the end of its input, which we hold: however we end, it ends in order, with the containers that it
 * runs. That works through sudo too, where we may send no signal.
 */
const untilEndOfInput = `exec 3<&0
"$@" </dev/null 3<&- &
engine=$!
{ cat <&3 >/dev/null; kill "$engine"; } &
watcher=$!
wait "$engine"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"`;

/** A Docker Engine that we started. */
export class OwnEngine {
  #socket;
  #process;
  #exited;
  #log;

  /**
   * Starts dockerd.
   * @throws SetupError `NO_ENGINE` where it is not installed or we may not
   */
  static start(socket) {
    const folders = searchPath();
    const dockerd = findProgram('dockerd', folders);
    if (!dockerd)
      throw new SetupError(
        'NO_ENGINE',
        `no Docker Engine answers at ${socket}, and none is installed; node bin/setup.mjs --for-docker installs it`,
      );
    const asRoot = rootPrefix(folders, 'with-docker: password of %p, to start a Docker Engine: ');
    if (!asRoot)
      throw new SetupError(
        'NO_ENGINE',
        `no Docker Engine answers at ${socket}, and only root may start one; as root: systemctl start docker, or dockerd`,
      );
    // Named only where it must be: the machine's own settings (daemon.json) may name it too, and once is enough.
    const host = socket === usualSocket ? [] : ['--host', `unix://${socket}`];
    return new OwnEngine(
      socket,
      [...asRoot, 'setsid', 'sh', '-c', untilEndOfInput, 'sh', dockerd, ...host],
      folders,
    );
  }

  constructor(socket, [file, ...args], folders) {
    this.#socket = socket;
    this.#log = openUnnamed();
    // In a session of its own (setsid), Ctrl-C at the terminal reaches the command, and not the engine that it uses.
    this.#process = spawn(file, args, {
      stdio: ['pipe', this.#log, this.#log],
      env: { ...process.env, PATH: folders.join(':') },
    });
    this.#process.stdin.on('error', () => undefined);
    this.#exited = new Promise((resolve) => {
      this.#process.on('error', resolve);
      this.#process.on('exit', resolve);
    });
  }

  /**
   * Resolves when it answers, or when the signal says that nobody wants it any more.
   * @throws SetupError `ENGINE_NOT_STARTED` with its last line
   */
  async ready(signal) {
    let hasExited = false;
    void this.#exited.then(() => (hasExited = true));
    const deadline = Date.now() + answersWithinMs;
    while (!signal.aborted && !(await answers(this.#socket))) {
      if (hasExited) throw this.#failure('dockerd ended');
      if (Date.now() > deadline)
        throw this.#failure(`dockerd did not answer within ${answersWithinMs / 1000} s`);
      await delay(50);
    }
  }

  /** Ends it, and the containers that it still runs. */
  async stop() {
    this.#process.stdin.destroy();
    await this.#exited;
    closeSync(this.#log);
  }

  #failure(what) {
    const { size } = fstatSync(this.#log);
    const text = Buffer.alloc(Math.min(size, 4000));
    readSync(this.#log, text, 0, text.length, size - text.length);
    const last = text.toString('utf8').trim().split('\n').at(-1) || 'it said nothing';
    return new SetupError(
      'ENGINE_NOT_STARTED',
      `${what} at its start: ${last}; mend that, or start an engine by other means`,
    );
  }
}

/** A file that nobody else sees, and that is gone with us. (A pipe would end dockerd when we are killed.) */
function openUnnamed() {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-engine-'));
  try {
    return openSync(join(folder, 'log'), 'w+');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
