import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Deferred } from '../../../kit/deferred';
import { within } from '../../../kit/deadline';
import { SecurityAssociations } from '../client';
import type { SecurityAssociationSet } from '../protocol';

/**
 * One end of a conversation over protected ports, as a program: `node end-program.js SOCKET`. It reads an order in
 * JSON from each line of standard input and answers in a line. Its server ports send back what they get: over UDP from the
 * protected client port to the other end's protected server port, as SIP does.
 */
export type Order =
  | { readonly do: 'add' | 'listen'; readonly set: SecurityAssociationSet }
  | { readonly do: 'remove'; readonly name: string }
  /** Sends this many datagrams that want no answer, and removes the set as soon as they are sent. */
  | { readonly do: 'leave'; readonly set: SecurityAssociationSet; readonly datagrams: number }
  | { readonly do: 'extend'; readonly name: string; readonly seconds: number }
  | { readonly do: 'list' }
  /** Sends a number of bytes, and says whether the same came back in time. */
  | {
      readonly do: 'ask';
      readonly set: SecurityAssociationSet;
      readonly transport: 'udp' | 'tcp';
      readonly bytes: number;
      readonly withinMs: number;
    };

const udp = new Map<number, { socket: Socket; answers: Map<number, Deferred<Buffer>> }>();

async function udpSocket(address: string, port: number): Promise<Socket> {
  const known = udp.get(port);
  if (known) return known.socket;
  const socket = createSocket('udp4');
  udp.set(port, { socket, answers: new Map() });
  socket.bind(port, address);
  await once(socket, 'listening');
  return socket;
}

/** The first byte of a datagram says whether it is a question or an answer; the next four are its number. */
async function listen({ self, other }: SecurityAssociationSet): Promise<void> {
  const client = await udpSocket(self.address, self.clientPort);
  const server = await udpSocket(self.address, self.serverPort);
  server.on('message', (message, { port }) => {
    if (port !== other.clientPort || message.length < 5) return;
    const number = message.readUInt32BE(1);
    if (message[0] === 1) return udp.get(self.serverPort)!.answers.get(number)?.resolve(message);
    const answer = Buffer.from(message);
    answer[0] = 1;
    return client.send(answer, other.serverPort, other.address);
  });
  const tcp = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  tcp.on('error', () => undefined);
  tcp.listen(self.serverPort, self.address);
}

let number = 0;

async function askUdp(
  { self, other }: SecurityAssociationSet,
  bytes: number,
  withinMs: number,
): Promise<boolean> {
  const message = Buffer.alloc(Math.max(bytes, 5), bytes & 0xff);
  message[0] = 0;
  message.writeUInt32BE((number += 1), 1);
  const answer = new Deferred<Buffer>();
  udp.get(self.serverPort)!.answers.set(number, answer);
  udp.get(self.clientPort)!.socket.send(message, other.serverPort, other.address);
  const got = await within(withinMs, answer.promise, () => new Error('late'));
  got[0] = 0;
  return got.equals(message);
}

/** Resolves when the kernel has taken the datagrams. */
async function sendUnasked({ self, other }: SecurityAssociationSet, datagrams: number): Promise<void> {
  const { socket } = udp.get(self.clientPort)!;
  for (let sent = 0; sent < datagrams; sent++)
    await new Promise((resolve) => socket.send('bye', other.serverPort, other.address, resolve));
}

async function askTcp(
  { self, other }: SecurityAssociationSet,
  bytes: number,
  withinMs: number,
): Promise<boolean> {
  const socket = connect({
    ...{ host: other.address, port: other.serverPort },
    ...{ localAddress: self.address, localPort: self.clientPort },
  });
  const sent = Buffer.alloc(bytes, 7);
  const got = new Promise<boolean>((resolve, reject) => {
    const parts: Buffer[] = [];
    socket.on('error', reject);
    socket.on('data', (part) => parts.push(part));
    socket.on('end', () => resolve(Buffer.concat(parts).equals(sent)));
  });
  socket.end(sent);
  try {
    return await within(withinMs, got, () => new Error('late'));
  } finally {
    socket.destroy();
  }
}

async function carryOut(order: Order, associations: SecurityAssociations): Promise<unknown> {
  switch (order.do) {
    case 'add':
      return associations.add(order.set);
    case 'listen':
      return listen(order.set);
    case 'remove':
      return associations.remove(order.name);
    case 'leave':
      await sendUnasked(order.set, order.datagrams);
      return associations.remove(order.set.name);
    case 'extend':
      return associations.extend(order.name, order.seconds);
    case 'list':
      return associations.list();
    case 'ask': {
      const ask = order.transport === 'udp' ? askUdp : askTcp;
      return ask(order.set, order.bytes, order.withinMs).catch(() => false);
    }
  }
}

async function main(): Promise<void> {
  const associations = await SecurityAssociations.connect(process.argv[2]!);
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await carryOut(JSON.parse(line) as Order, associations).then(
      (result) => ({ result: result ?? true }),
      (error: Error) => ({ error: error.message }),
    );
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

void main();
