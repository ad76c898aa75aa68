import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { within } from '../../../kit/deadline';
import { AttemptFailure } from '../../ue/failure';
import { Telling } from '../telling';
import { EventReader, type DaemonEvent } from './event';
import { LogReader, type RegistrationState } from './log';

/** Milliseconds that it may take to deregister and to end. It gives a deregistration up after 2 s. */
const leavesWithinMs = 5000;

/** What linphone-daemon tells while it runs. */
export type Told =
  | { readonly kind: 'event'; readonly event: DaemonEvent }
  | { readonly kind: 'registration'; readonly state: RegistrationState }
  /** The RTP of a call in the last second, kbit/s. */
  | { readonly kind: 'audio'; readonly received: number; readonly sent: number };

/**
 * A linphone-daemon. It takes commands on its stdin, prints events, and registers as its configuration says. An attempt has one of
 * its own, which starts in a tenth of a second: web proxy and trust are read at the start only.
 */
export class LinphoneDaemon {
  private readonly telling = new Telling<Told>();
  private readonly exited: Promise<unknown>;
  private isRegistered = false;
  private isOver = false;

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly log: LogReader,
  ) {
    this.exited = new Promise((resolve) => {
      process.once('error', resolve);
      process.once('close', (code, signal) => resolve(signal ?? `status ${code}`));
    });
    void this.exited.then((how) => {
      this.isOver = true;
      this.isRegistered = false;
      this.telling.end(new AttemptFailure('INTERNAL', `linphone-daemon ended: ${String(how)}`));
    });
  }

  /**
   * Starts it. Its files are in a folder of its own below `parent`, which is removed when it has ended.
   * @param configuration the text of its `linphonerc`
   */
  static start(parent: string, configuration: string): LinphoneDaemon {
    const folder = mkdtempSync(join(parent, 'linphone-'));
    // Without this folder it has no database, and without a database a message makes it crash.
    mkdirSync(join(folder, '.local/share/linphone'), { recursive: true });
    writeFileSync(join(folder, 'linphonerc'), configuration, { mode: 0o600 });
    const pipe = join(folder, 'log');
    spawnSync('mkfifo', [pipe]);
    const process = spawn('linphone-daemon', ['--config', join(folder, 'linphonerc'), '--log', pipe], {
      cwd: folder,
      // Neither the sound server of this machine's user nor a sound card is the phone's.
      env: {
        PATH: '/usr/bin:/bin',
        LANG: 'C.UTF-8',
        HOME: folder,
        PULSE_SERVER: `unix:${folder}/no-pulse`,
        ALSA_CONFIG_PATH: '/dev/null',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // A program that has ended takes no more commands; that it has ended is told elsewhere.
    process.stdin.on('error', () => undefined);
    const log = new LogReader({
      registration: (state) => daemon.registered(state),
      audio: (rate) => daemon.tell({ kind: 'audio', ...rate }),
    });
    const daemon = new LinphoneDaemon(process, folder, log);
    const events = new EventReader((event) => daemon.tell({ kind: 'event', event }));
    readLines(process.stdout, (line) => events.take(line));
    // It is opened for writing too, so that it neither waits for the daemon nor ends with it.
    const logSocket = new Socket({
      fd: openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK),
      writable: false,
    });
    readLines(logSocket, (line) => log.take(line));
    void daemon.exited.then(() => {
      logSocket.destroy();
      rmSync(folder, { recursive: true, force: true });
    });
    return daemon;
  }

  /** Gives it a command, such as `call sip:peer@home`. */
  command(text: string): void {
    this.process.stdin?.write(`${text}\n`);
  }

  /**
   * Waits until it has told something, from now on. A rejection that no caller awaits does not end the process.
   * @param look returns what is awaited, or undefined if that is not told here
   * @throws AttemptFailure `INTERNAL` if it ends before, and what `look` throws
   */
  until<T>(look: (told: Told) => T | undefined): Promise<T> {
    return this.telling.until(look);
  }

  /** See {@link LogReader.registrationFailure}. */
  registrationFailure(isByProxy: boolean): AttemptFailure {
    return this.log.registrationFailure(isByProxy);
  }

  /** See {@link LogReader.relayWithoutAnswer}. */
  get relayWithoutAnswer(): string | undefined {
    return this.log.relayWithoutAnswer;
  }

  /** See {@link LogReader.refusalOf}. */
  refusalOf(method: string): AttemptFailure | undefined {
    return this.log.refusalOf(method);
  }

  /** Ends it: at once, or if it is registered, after it has deregistered. It never rejects. */
  async leave(): Promise<void> {
    if (this.isRegistered) {
      this.command('terminate');
      this.command('quit');
      await within(leavesWithinMs, this.exited, () => new Error('late')).catch(() => undefined);
    }
    if (!this.isOver) this.process.kill('SIGKILL');
    await this.exited;
  }

  private registered(state: RegistrationState): void {
    this.isRegistered = state === 'Ok';
    this.tell({ kind: 'registration', state });
  }

  private tell(told: Told): void {
    this.telling.tell(told);
  }
}

function readLines(input: Readable, take: (line: string) => void): void {
  input.on('error', () => undefined);
  createInterface({ input }).on('line', take);
}
