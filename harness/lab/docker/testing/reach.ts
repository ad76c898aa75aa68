import { execFileSync } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

/**
 * The attempts from inside a node. This program is sent there as text, so it imports nothing of the project.
 */
export interface Attempts {
  /** The ends that each get a datagram and a connection. */
  readonly ends: readonly { readonly ip: string; readonly port: number }[];
  /** Milliseconds to wait for an end that does not answer. */
  readonly withinMs: number;
  /** A name that the node's own resolver looks up. */
  readonly name: string;
}

export interface Reached {
  /** The result of each connection by address and port: `connected`, `silence`, or the error's code. */
  readonly connections: Readonly<Record<string, string>>;
  /** The neighbours that answered on the link: the complete entries of `/proc/net/arp`. */
  readonly neighbours: readonly string[];
  /** The result of the lookup: addresses, or the error's code. */
  readonly lookup: string;
  /** The lines of its routing table, as `ip route` prints them. */
  readonly routes: readonly string[];
  /** Queries that came to the node's own port 53 meanwhile, latin1. */
  readonly askedOfItself: readonly string[];
}

async function reach({ ends, withinMs, name }: Attempts): Promise<Reached> {
  const askedOfItself: string[] = [];
  const nameServer = createSocket('udp4').on('message', (query, from) => {
    askedOfItself.push(query.toString('latin1'));
    // The answer is REFUSED (RFC 1035 4.1.1), so that no resolver waits.
    const answer = Buffer.from(query);
    answer.writeUInt16BE(0x8005, 2);
    nameServer.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => nameServer.bind(53, '127.0.0.1', resolve));
  const sender = createSocket('udp4').on('error', () => undefined);
  const connections = await Promise.all(
    ends.map(async ({ ip, port }) => {
      sender.send('nimsfw-reach', port, ip, () => undefined);
      return [`${ip}:${port}`, await connection(ip, port, withinMs)] as const;
    }),
  );
  const resolver = new Resolver({ timeout: withinMs, tries: 1 });
  const lookup = await resolver.resolve4(name).then(
    (addresses) => addresses.join(' '),
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
  sender.close();
  nameServer.close();
  const neighbours = readFileSync('/proc/net/arp', 'utf8')
    .split('\n')
    .map((line) => line.split(/\s+/))
    // Flag 2 marks a complete entry, whose neighbour has answered.
    .filter(([, , flags]) => flags === '0x2')
    .map(([ip]) => ip!);
  return {
    connections: Object.fromEntries(connections),
    neighbours: neighbours.sort(),
    lookup,
    routes: execFileSync('ip', ['route'], { encoding: 'utf8' }).trim().split('\n'),
    askedOfItself,
  };
}

function connection(host: string, port: number, withinMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (outcome: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => done('silence'), withinMs);
    socket.on('connect', () => done('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}

const [order] = process.argv.slice(1).filter((word) => word.startsWith('{'));
if (order !== undefined)
  void reach(JSON.parse(order) as Attempts).then((reached) => {
    process.stdout.write(JSON.stringify(reached), () => process.exit(0));
  });
