import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Catalogue, Firewall } from '../../firewalls/catalogue';
import { builtInBoxes } from '../../nodes';
import { backends } from '../lab/backends';
import { ImsLab } from '../lab/ims-lab';
import type { ErrorCode } from '../lab/error-codes';
import { LabError } from '../lab/lab-error';
import type { Box, Boxes } from '../../nodes/box';
import { firewallNode } from '../../nodes/firewall/firewall';
import { boxesCalled, type BoxChoices } from '../plan/lab-file/named-box';
import { DropWatch } from '../evidence/drop-watch';
import { packetFactsOf, type Drop } from '../evidence/drop';
import { endingSignals } from '../../kit/ending-signals';
import { keeperSocket, labQuestion, type LabDescription, type LabQuestion } from './lab-description';
import { LogBook } from './log-book';

/** The order of `nimsfw up` to the process that keeps the lab. */
export interface KeepOrder {
  readonly backend: string;
  readonly catalogue: Catalogue;
  readonly firewalls: readonly Firewall[];
  /** The boxes that stand in place of the built-in ones. */
  readonly choices: BoxChoices;
  /** Absolute path of the folder in which those that are commands run. */
  readonly folder: string;
}

/** The answer of that process. */
export type KeepAnswer =
  { readonly ready: true } | { readonly error: { readonly code: ErrorCode; readonly message: string } };

/**
 * Keeps a lab running until it gets SIGTERM, SIGINT or SIGHUP. `nimsfw up` starts it as a separate process. If
 * `up` ends before the lab stands, the lab ends too.
 */
async function keep(order: KeepOrder): Promise<void> {
  const logs = new Map<string, LogBook>();
  const logOf = (id: string): LogBook => {
    const log = logs.get(id) ?? new LogBook();
    logs.set(id, log);
    return log;
  };
  const ending = new Promise<void>((resolve) => {
    for (const signal of endingSignals) process.once(signal, resolve);
    process.once('disconnect', () => {
      if (!ready) resolve();
    });
  });
  let ready = false;
  const server = await listen();
  // A request during the start of the lab is answered when the lab stands.
  let stands: (describeLab: () => LabDescription) => void = () => undefined;
  answerQuestions(server, new Promise((resolve) => (stands = resolve)), logs);
  try {
    const backend = backends[order.backend]!;
    const boxes = builtInBoxes.with(...boxesCalled(order.choices, order));
    const logsDenials = boxes.of(firewallNode.kind).denials !== 'observed';
    const stop = new AbortController();
    void ending.then(() => stop.abort());
    await using lab = await ImsLab.start({ ...order, backend, boxes, log: logOf, signal: stop.signal });
    const standing = Promise.all([
      // The peer attends calls for users who try their own phone.
      lab.attendingPeer(),
      ...order.firewalls.map(async (firewall) => {
        const { drops, nodes } = await lab.startAccess(firewall);
        const id = nodes.firewall;
        if (logsDenials) new DropWatch(drops.stdout, id).onDrop((drop) => logOf(id).write(dropLine(drop)));
      }),
    ]);
    if ((await Promise.race([standing, ending.then(() => 'ended' as const)])) === 'ended') return;
    stands(() => describe(lab, boxes, order.backend));
    ready = true;
    process.send?.({ ready } satisfies KeepAnswer);
    process.disconnect?.();
    await ending;
  } finally {
    server.close();
  }
}

/** The socket is also the lock, because only one process of each user can hold it. */
function listen(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new LabError('LAB_RUNNING', 'a lab is running already; use it, or end it with nimsfw down')
          : new LabError(
              'LAB_NOT_KEPT',
              `the lab's socket cannot be opened (${error.message}); run nimsfw doctor`,
            ),
      ),
    );
    server.listen(keeperSocket(), () => resolve(server));
  });
}

function describe(lab: ImsLab, boxes: Boxes, backend: string): LabDescription {
  return {
    pid: process.pid,
    backend,
    handle: lab.lab.handle,
    nodes: lab.topology.nodes.map(({ id, kind, interfaces }) => ({
      id,
      kind,
      state: lab.isRunning(id) ? 'running' : 'exited',
      addresses: interfaces.map(({ ip, network }) => ({ ip, network })),
      ports: portsOf(boxes.of(kind)),
      folder: lab.node(id).folder,
    })),
  };
}

/** Returns the ports that a box serves, ascending. */
const portsOf = ({ ports }: Pick<Box, 'ports'>): number[] =>
  [...new Set(Object.values(ports))].sort((a, b) => a - b);

function answerQuestions(
  server: Server,
  standing: Promise<() => LabDescription>,
  logs: ReadonlyMap<string, LogBook>,
): void {
  const answer = (socket: Socket, question: LabQuestion | undefined, describeLab: () => LabDescription) => {
    if (question?.ask === 'describe') return socket.end(JSON.stringify(describeLab()));
    const log = question && logs.get(question.node);
    if (!log) return socket.end();
    socket.write(log.text);
    if (!question.follow) return socket.end();
    const stop = log.follow((chunk) => socket.write(chunk));
    return socket.once('close', stop);
  };
  server.on('connection', (socket: Socket) => {
    // The client may be gone before it is answered.
    socket.on('error', () => socket.destroy());
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.once('line', async (line) => answer(socket, readQuestion(line), await standing));
  });
}

/**
 * Parses a question. Any process on this machine can write to the socket, so text that is no question gets no
 * answer.
 */
function readQuestion(line: string): LabQuestion | undefined {
  try {
    return labQuestion.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function dropLine({ at, rule, packet }: Drop): string {
  const { protocol, src, sport, dst, dport, summary } = packetFactsOf(packet);
  const end = (ip: string, port?: number): string => (port === undefined ? ip : `${ip}:${port}`);
  return `${new Date(at).toISOString()} ${rule}: ${protocol} ${end(src, sport)} > ${end(dst, dport)} ${summary}\n`;
}

process.once('message', (order: KeepOrder) => {
  keep(order).then(
    () => process.exit(0),
    (error: Error) => {
      const code = error instanceof LabError ? error.code : 'INTERNAL';
      const answer: KeepAnswer = { error: { code, message: error.message } };
      if (process.send) process.send(answer, () => process.exit(3));
      else process.exit(3);
    },
  );
});
