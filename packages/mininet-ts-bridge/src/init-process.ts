import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { answers } from './answers';
import { endGroup } from './end-group';
import { BridgeError } from './errors';
import { CommandProcess } from './network-process';
import { searchPath } from './programs';
import { explainRefusal } from './refusal';
import { explainFailure, parseFeatures, type Script } from './script';
import type { ShapingFeatures } from './shaping';
import { door, makeSecret, parseNews, signalOrder, startOrder, type Beginning } from './spawner';
import { StreamDoor } from './stream-door';

/**
 * The process that a network lives and dies with: PID 1 of its own PID namespace, fed by a pipe of ours. However we
 * end, SIGKILL included, the pipe closes, it exits, and the kernel ends every process and namespace behind it.
 */
export class InitProcess {
  private readonly lines: AsyncIterator<string>;
  private readonly gone: Promise<void>;
  private errors = '';
  private isGone = false;
  private spawnError: Error | undefined;
  /** Its process id as seen from outside; 0 until it has told it. */
  private pid = 0;
  private started = 0;
  private readonly commands = new Map<
    number,
    { readonly process: CommandProcess; readonly secret: string }
  >();
  private door: StreamDoor | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly userNamespace: boolean,
  ) {
    if (!child.stdout || !child.stderr || !child.stdin) throw new Error('the init process has no pipes');
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    // Writing to a process that just died is no news of its own: its end is told by the lines that stop.
    child.stdin.on('error', () => undefined);
    this.gone = new Promise((resolve) => {
      child.once('error', (error) => {
        this.spawnError = error;
        this.isGone = true;
        resolve();
      });
      child.once('close', () => {
        this.isGone = true;
        resolve();
      });
      // Where a user namespace is not permitted, the helper by which unshare maps ids (util-linux 2.38) waits for ever.
      child.once('exit', () => endGroup(child));
    });
  }

  /** Starts a shell in new namespaces, with a user namespace only where it is not root already. */
  static spawn(): InitProcess {
    const userNamespace = process.getuid?.() !== 0;
    const child = spawn(
      'unshare',
      [
        ...(userNamespace ? ['--user', '--map-root-user', '--map-auto'] : []),
        ...['--net', '--mount', '--pid', '--fork', '--kill-child', 'sh'],
      ],
      {
        stdio: 'pipe',
        cwd: '/',
        // A session of its own: Ctrl-C at the terminal is for the program that uses the network to handle.
        detached: true,
        // The environment of the caller is left out, for it could change what the programs do and say.
        env: { PATH: searchPath(), LC_ALL: 'C' },
      },
    );
    return new InitProcess(child, userNamespace);
  }

  /**
   * Runs the first part of the script.
   * @returns the process id of PID 1 as seen from here, and the kernel's features when they were probed
   * @throws BridgeError when the machine does not let us
   */
  async prepare(
    prelude: string,
    probesFeatures: boolean,
  ): Promise<{ pid: number; features: ShapingFeatures }> {
    this.child.stdin?.write(prelude);
    const pid = Number((await this.answer(answers.init)).slice(answers.init.length));
    this.pid = pid;
    const line = probesFeatures ? await this.answer(answers.features) : '';
    return { pid, features: parseFeatures(line) };
  }

  /** Runs the second part; resolves when the network stands. */
  async build(script: Script): Promise<void> {
    this.child.stdin?.write(script.text);
    await this.answer(answers.ready, script);
    this.door = await StreamDoor.open(`/proc/${this.pid}/root${door}`, (greeting, socket) => {
      const command = this.commands.get(greeting.id);
      if (command?.secret === greeting.secret) command.process.attach(greeting.stream, socket);
      else socket.destroy();
    });
    void this.hearNews();
  }

  /**
   * Starts a command in the network that was built.
   * @throws BridgeError `COMMAND_FAILED` for what no command line can hold
   */
  start(beginning: Beginning): CommandProcess {
    const id = ++this.started;
    const secret = makeSecret();
    this.child.stdin?.write(startOrder(id, secret, beginning));
    const process = new CommandProcess((signal, pid) => {
      this.child.stdin?.write(signalOrder(signal, pid));
    });
    if (this.isGone) {
      process.onEnded(constants.signals.SIGKILL);
      process.onCutOff();
    } else {
      this.commands.set(id, { process, secret });
      const forget = (): boolean => this.commands.delete(id);
      process.exited.then(forget, forget);
    }
    return process;
  }

  /** The commands that have not ended, or whose output is still open. */
  get processes(): readonly CommandProcess[] {
    return [...this.commands.values()].map(({ process }) => process);
  }

  /** Resolves when the process is gone, and with it everything in its namespaces. */
  async stop(): Promise<void> {
    this.child.stdin?.destroy();
    await this.gone;
  }

  /** The process ended without being asked to. */
  get hasEnded(): boolean {
    return this.isGone;
  }

  private async hearNews(): Promise<void> {
    for (let line = await this.lines.next(); !line.done; line = await this.lines.next()) {
      const news = parseNews(line.value);
      const command = news && this.commands.get(news.id);
      if (!command) continue;
      if (news.kind === 'started') command.process.onStarted(news.pid);
      else command.process.onEnded(news.status);
    }
    // The kernel ends every process with PID 1.
    await this.gone;
    this.door?.close();
    for (const process of this.processes) {
      process.onEnded(constants.signals.SIGKILL);
      process.onCutOff();
    }
  }

  private async answer(prefix: string, script?: Script): Promise<string> {
    const next = await this.lines.next();
    if (!next.done && next.value.startsWith(prefix)) return next.value;
    const rest = next.done ? [] : [next.value];
    for (let line = await this.lines.next(); !line.done; line = await this.lines.next())
      rest.push(line.value);
    await this.gone;
    if (this.spawnError) throw new BridgeError('NETWORK_START_FAILED', this.spawnError.message);
    const failed = rest.findIndex((line) => line.startsWith(answers.failed));
    if (failed < 0) throw explainRefusal(this.errors, this.userNamespace);
    const label = (rest[failed] ?? '').slice(answers.failed.length);
    const said = rest.slice(failed + 1);
    throw explainFailure([label, ...said, ...this.errors.split('\n')], script);
  }
}
