import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { programFile } from '../../installation';
import { readyText, type Listing, type MakerName, type SecurityAssociationSet } from '../protocol';
import type { Order } from './end-program';

/** A running command, whoever has started it. */
export interface Running {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<unknown>;
}

/** Starts a command in the network of an end. */
export type Start = (argv: readonly string[]) => Running;

/** An end of security associations: its program `ipsec`, and a program that talks over the protected ports. */
export class End {
  /** What `ipsec` has said so far. */
  readonly said: string[] = [];
  private readonly answers: ((answer: { result?: unknown; error?: string }) => void)[] = [];

  private constructor(
    readonly ipsec: Running,
    private readonly talker: Running,
  ) {
    const lines = createInterface({ input: talker.stdout });
    lines.on('line', (line) =>
      this.answers.shift()?.(JSON.parse(line) as { result?: unknown; error?: string }),
    );
    lines.on('close', () => {
      for (const answer of this.answers.splice(0)) answer({ error: 'the program that talks has ended' });
    });
  }

  /** @throws Error with what `ipsec` has said, if it is not ready */
  static async start(start: Start, address: string, socket: string, maker: MakerName): Promise<End> {
    const argv = ['--address', address, '--socket', socket, '--maker', maker];
    const ipsec = start([process.execPath, programFile('ipsec'), ...argv]);
    const said: string[] = [];
    const lines = createInterface({ input: ipsec.stderr });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        said.push(line);
        if (line === readyText(maker)) resolve();
      });
      lines.on('close', () => reject(new Error(said.join('\n'))));
    });
    const end = new End(ipsec, start([process.execPath, join(__dirname, 'end-program.js'), socket]));
    lines.on('line', (line) => end.said.push(line));
    return end;
  }

  async ask(
    set: SecurityAssociationSet,
    transport: 'udp' | 'tcp',
    bytes: number,
    withinMs = 5000,
  ): Promise<boolean> {
    return (await this.order({ do: 'ask', set, transport, bytes, withinMs })) as boolean;
  }

  async list(): Promise<Listing> {
    return (await this.order({ do: 'list' })) as Listing;
  }

  /** Adds a set, and opens its ports. */
  async open(set: SecurityAssociationSet): Promise<void> {
    await this.order({ do: 'add', set });
    await this.order({ do: 'listen', set });
  }

  async order(order: Order): Promise<unknown> {
    const answer = new Promise<{ result?: unknown; error?: string }>((resolve) => this.answers.push(resolve));
    this.talker.stdin.write(`${JSON.stringify(order)}\n`);
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(error);
    return result;
  }

  async stop(): Promise<void> {
    await this.talker.stop();
    await this.ipsec.stop();
  }
}
