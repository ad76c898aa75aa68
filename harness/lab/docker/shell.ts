import type { PassThrough } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { quoted } from '../../../nodes/shell-word';
import type { Channel } from './channel';

/** The result of an order. */
export interface OrderResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The end of a container's start script: a shell that takes orders on its standard input until one of them
 * replaces it. An order is a line with its length in bytes, and its text. Input for the order follows it.
 *
 * Starting another program through the engine (`exec`) costs some 150 ms of processor time, and a lab has
 * dozens of small things to do in its containers before their programs run.
 */
export const takingOrders = 'set +e\nwhile read -r size; do eval "$(head -c "$size")"; done';

/** A container's first process while it takes orders. */
export class Shell {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly channel: Channel) {}

  /**
   * Runs a command line after all earlier ones, and resolves when it has ended.
   *
   * @param input the input of the command, which must read all of it
   * @throws Error with the container's output, when the container ends meanwhile
   */
  run(command: string, input: Buffer = Buffer.alloc(0)): Promise<OrderResult> {
    const result = this.last.then(() => this.order(command, input));
    this.last = result.catch(() => undefined);
    return result;
  }

  /**
   * Replaces the shell by a program, after all earlier orders have ended. The streams then belong to the
   * program.
   */
  async become(argv: readonly string[], folder: string): Promise<Channel> {
    await this.last;
    this.send(`cd ${quoted(folder)} && exec ${argv.map(quoted).join(' ')}`);
    return this.channel;
  }

  private async order(command: string, input: Buffer): Promise<OrderResult> {
    const { stdout, stderr } = this.channel;
    const end = randomBytes(8).toString('hex');
    const said = Promise.allSettled([until(stdout, `${end}\n`), until(stderr, `${end}\n`)]);
    this.send(`${command}\necho " $? ${end}"\necho ${end} >&2`, input);
    const [output, errors] = (await said).map((one) =>
      one.status === 'fulfilled' ? one.value : (one.reason as Error).message,
    ) as [string, string];
    if (stdout.readableEnded) throw new Error(`${output}${errors}`);
    const status = / (\d+) $/.exec(output)!;
    return { exitCode: Number(status[1]), stdout: output.slice(0, status.index), stderr: errors };
  }

  private send(text: string, input: Buffer = Buffer.alloc(0)): void {
    this.channel.stdin.write(Buffer.concat([Buffer.from(`${Buffer.byteLength(text)}\n${text}`), input]));
  }
}

/**
 * Reads until a text has come, and leaves everything after it in the stream for the next reader.
 *
 * @param end ASCII
 * @returns the text before it
 * @throws Error with the text so far, when the stream ends before
 */
export function until(stream: PassThrough, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said: Buffer = Buffer.alloc(0);
    const leave = (): unknown => stream.pause().off('data', look).off('end', ended);
    const look = (chunk: Buffer): void => {
      said = Buffer.concat([said, chunk]);
      const at = said.indexOf(end);
      if (at < 0) return;
      leave();
      const rest = said.subarray(at + end.length);
      if (rest.length > 0) stream.unshift(rest);
      resolve(said.toString('utf8', 0, at));
    };
    const ended = (): void => {
      leave();
      reject(new Error(said.toString('utf8')));
    };
    stream.on('data', look).on('end', ended).resume();
    if (stream.readableEnded) ended();
  });
}
