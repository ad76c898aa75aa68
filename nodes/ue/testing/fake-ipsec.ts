import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Answer, Request, SecurityAssociationSet } from '../../ipsec/protocol';

/** A program `ipsec` that makes nothing and remembers what it was asked. Packets of its tests go in the clear. */
export class FakeIpsec {
  /** The sets that are there. */
  readonly sets = new Map<string, SecurityAssociationSet>();
  /** All sets that ever were. */
  readonly made: SecurityAssociationSet[] = [];
  /** The lifetimes that were given to sets, in seconds. */
  readonly extended: number[] = [];
  /** Called for each set that is to be made, before it is; may refuse by throwing. */
  onAdd: (set: SecurityAssociationSet) => void | Promise<void> = () => undefined;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  /** Listens at a Unix stream socket. */
  async listen(path: string): Promise<void> {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      createInterface({ input: socket }).on('line', (line) => {
        void this.answer(JSON.parse(line) as Request).then((answer) =>
          socket.write(`${JSON.stringify(answer)}\n`),
        );
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(path, resolve));
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server?.close();
  }

  private async answer(asked: Request): Promise<Answer> {
    const { id } = asked;
    try {
      if (asked.method === 'add') {
        if (this.sets.has(asked.params.name)) throw new Error(`there is a set ${asked.params.name} already`);
        this.made.push(asked.params);
        await this.onAdd(asked.params);
        this.sets.set(asked.params.name, asked.params);
      }
      if (asked.method === 'remove') this.sets.delete(asked.params.name);
      if (asked.method === 'extend') this.extended.push(asked.params.lifetimeSeconds);
      return { id, result: {} };
    } catch (error) {
      return { id, error: { code: 'REFUSED_BY_KERNEL', message: (error as Error).message } };
    }
  }
}
