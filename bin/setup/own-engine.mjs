import { spawn } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { answers, usualSocket } from './engine-socket.mjs';
import { SetupError } from './failure.mjs';
import { findProgram, rootPrefix, searchPath } from './programs.mjs';

/** Long enough for an engine with many images on a slow disk. */
const answersWithinMs = 60_000;

const keeper = join(dirname(fileURLToPath(import.meta.url)), 'engine-keeper.mjs');

/** A Docker Engine that this process has started. */
export class OwnEngine {
  #socket;
  #process;
  #exited;
  #log;

  /**
   * Starts dockerd.
   * @throws SetupError `NO_ENGINE` if it is not installed, or if this user may not start it
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
    // The usual socket is not named here, since dockerd refuses one that the machine's settings (daemon.json) name too.
    const host = socket === usualSocket ? [] : ['--host', `unix://${socket}`];
    return new OwnEngine(socket, [...asRoot, 'setsid', process.execPath, keeper, dockerd, ...host], folders);
  }

  constructor(socket, [file, ...args], folders) {
    this.#socket = socket;
    this.#log = openUnnamed();
    // The engine has a session of its own (setsid), so that Ctrl-C at the terminal reaches
    // only the command that uses it.
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
   * Resolves when the engine answers, or when the signal says that it is not needed any more.
   * @throws SetupError `ENGINE_NOT_STARTED` with the last line of dockerd
   */
  async ready(signal) {
    let hasExited = false;
    void this.#exited.then(() => (hasExited = true));
    const deadline = Date.now() + answersWithinMs;
    // A starting engine may listen long before it answers, so a failed question does not show that something is wrong.
    while (!signal.aborted && !(await answers(this.#socket).catch(() => false))) {
      if (hasExited) throw this.#failure('dockerd ended');
      if (Date.now() > deadline)
        throw this.#failure(`dockerd did not answer within ${answersWithinMs / 1000} s`);
      await delay(50);
    }
  }

  /** Ends the engine, and the containers that it still runs. */
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

/**
 * Opens a file that no other process sees and that is gone when this process ends. A pipe would not do, because it
 * would end dockerd if this process is killed.
 */
function openUnnamed() {
  // TMPDIR may name a folder that does not exist.
  const parent = [tmpdir(), '/tmp', '/dev/shm'].find(isWritable) ?? tmpdir();
  const folder = mkdtempSync(join(parent, 'nimsfw-engine-'));
  try {
    return openSync(join(folder, 'log'), 'w+');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
