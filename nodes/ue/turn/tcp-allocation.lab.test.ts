import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { once } from 'node:events';
import type { Channel } from '../dialler/channel';
import { LocalPorts } from '../dialler/local-ports';
import { StreamChannel } from '../dialler/stream-channel';
import { openTcp } from '../dialler/tcp';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import { issue, makeCa } from '../testing/certificates';
import { TestFolder } from '../testing/folder';
import { freePorts } from '../testing/free-ports';
import { startCoturn } from '../testing/servers';
import type { TestServer } from '../testing/servers';
import { rfcTimers } from '../timers';
import { Ue } from '../ue';
import { TcpAllocation } from './tcp-allocation';
import type { IncomingConnection, TcpAllocationOptions } from './tcp-allocation';
import { TurnClient } from './turn-client';

/** TCP allocations on real coturns, over plain TCP, and how they refuse. */

const credentials = { username: 'ue', password: 'turn secret' };
const ports = new LocalPorts(22_000);
const folders: TestFolder[] = [];
const servers: TestServer[] = [];
const closers: (() => void)[] = [];

/**
 * Ports of three servers: `usual` is an ordinary one; `meagre` has no TCP relays and lets a user have one
 * allocation; `narrow` has a single port to relay.
 */
let usual = 0;
let meagre = 0;
let narrow = 0;

beforeAll(async () => {
  const [relay = 0] = await freePorts(1);
  const start = async (more: readonly string[]): Promise<number> => {
    const folder = new TestFolder();
    folders.push(folder);
    const certificate = issue(folder, makeCa(folder, 'run'), 'turn.example');
    const [plain = 0, tls = 0] = await freePorts(2);
    servers.push(startCoturn(folder, { plain, tls, certificate, realm: 'example', ...credentials, more }));
    return plain;
  };
  usual = await start([]);
  meagre = await start(['--no-tcp-relay', '--user-quota=1']);
  narrow = await start([`--min-port=${relay}`, `--max-port=${relay}`]);
  const probe = new Ue(
    {
      address: '127.0.0.1',
      firstPort: 22_800,
      pcscf: { name: 'x', address: '127.0.0.1', ports: { udp: 1, tls: 1, https: 1 } },
      turn: {
        name: 'x',
        address: '127.0.0.1',
        ports: { udp: usual, tcp: usual, tls: 1, http: 1, https: 1 },
        ...credentials,
      },
      subscriber: { domain: 'x', impi: 'x', impu: 'x', password: 'x' },
      peer: { ip: '127.0.0.1', port: 1 },
      peerIdentity: 'sip:peer@ims.example',
      trustAnchor: '',
    },
    {
      flow: () => undefined,
      identifier: () => undefined,
      keylog: () => undefined,
      espSa: () => undefined,
      note: () => undefined,
    },
  );
  // The probe only connects, because an allocation would count against the quota.
  for (const port of [usual, meagre, narrow]) {
    await probe.probe({ kind: 'tcp', at: { ip: '127.0.0.1', port }, withinMs: 20_000 });
  }
});

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  for (const folder of folders) folder[Symbol.dispose]();
});

async function dial(port: number): Promise<Channel> {
  const remote = { ip: '127.0.0.1', port };
  const { socket, local } = await openTcp(
    '127.0.0.1',
    ports,
    remote,
    () => undefined,
    () => undefined,
  );
  closers.push(() => socket.destroy());
  return new StreamChannel('tcp', socket, local, remote, remote, 'connection to coturn');
}

async function allocate(port: number, change: Partial<TcpAllocationOptions> = {}): Promise<TcpAllocation> {
  const allocation = await TcpAllocation.allocate({
    dial: () => dial(port),
    credentials,
    timers: rfcTimers,
    attempt: {
      tellIdentifier: () => undefined,
      note: (text) => expect(text).toBe(''),
      closeAtEnd: () => undefined,
    },
    lost: (failure) => expect(failure).toBeUndefined(),
    ...change,
  });
  closers.push(() => allocation.close());
  return allocation;
}

/** Makes a client for single requests, also for ones that an allocation would not make. */
async function client(port: number): Promise<TurnClient> {
  const turn = new TurnClient(await dial(port), credentials, rfcTimers, {
    transaction: () => undefined,
    data: () => undefined,
    lost: () => undefined,
  });
  closers.push(() => turn.stop());
  return turn;
}

/** A TCP server on loopback that answers each connection with what `serve` does. */
async function peer(serve: (socket: Socket) => void): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { ip: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** Resolves with what has come on a channel when it is that many bytes. */
function read(channel: Channel, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    channel.listen({
      data: (data) => {
        heard += data.toString('latin1');
        if (heard.length >= bytes) resolve(heard);
      },
      lost: reject,
    });
  });
}

const refused = (text: RegExp) => ({
  code: 'TURN_REFUSED',
  message: expect.stringMatching(text) as string,
});

describe('TcpAllocation', () => {
  it('carries bytes to a peer and back, the first of which the peer sends at once', async () => {
    const at = await peer((socket) => {
      socket.write('MSRP first');
      socket.pipe(socket);
    });
    const allocation = await allocate(usual);
    const channel = await allocation.connect(at);
    channel.send(Buffer.from(' and echo'));
    expect(await read(channel, 19)).toBe('MSRP first and echo');
    await allocation.release();
  });

  it('takes a connection of a peer that it lets in', async () => {
    let arrive: (connection: IncomingConnection) => void = () => undefined;
    const arrival = new Promise<IncomingConnection>((resolve) => (arrive = resolve));
    const allocation = await allocate(usual, { incoming: (connection) => arrive(connection) });
    await allocation.permit({ ip: '127.0.0.1', port: 1 });
    const socket = connect({ host: allocation.relayed.ip, port: allocation.relayed.port });
    closers.push(() => socket.destroy());
    await once(socket, 'connect');
    const connection = await arrival;
    expect(connection.peer).toEqual({ ip: '127.0.0.1', port: socket.localPort });
    const channel = await connection.accept();
    socket.write('from the peer');
    expect(await read(channel, 13)).toBe('from the peer');
    channel.send(Buffer.from('to the peer'));
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toBe('to the peer');
  });

  it('tells when the server drops it', async () => {
    let tell: (failure: AttemptFailure) => void = () => undefined;
    const told = new Promise<AttemptFailure>((resolve) => (tell = resolve));
    let control: Channel | undefined;
    await allocate(usual, {
      dial: async () => (control ??= await dial(usual)),
      lost: (failure) => tell(failure),
    });
    control?.lose(new AttemptFailure('CONNECTION_LOST', 'gone'));
    expect(await told).toMatchObject({ code: 'CONNECTION_LOST', message: 'gone' });
  });

  it('is refused by 401 with a wrong password', async () => {
    const wrong = { ...credentials, password: 'wrong' };
    await expect(allocate(usual, { credentials: wrong })).rejects.toMatchObject(
      refused(/^Allocate: the TURN server answered 401 /),
    );
  });

  it('is refused by 442 where the server relays no TCP', async () => {
    await expect(allocate(meagre)).rejects.toMatchObject(refused(/^Allocate: the TURN server answered 442 /));
  });

  it('is refused by 486 when the user has as many as it may', async () => {
    await (await client(meagre)).allocate('udp');
    await expect((await client(meagre)).allocate('udp')).rejects.toMatchObject(
      refused(/^Allocate: the TURN server answered 486 /),
    );
  });

  it('is refused by 508 when the server has no port left', async () => {
    await allocate(narrow);
    await expect(allocate(narrow)).rejects.toMatchObject(refused(/^Allocate: the TURN server answered 508 /));
  });

  it('is refused by 437 when there is one already, and when there is none', async () => {
    const turn = await client(usual);
    await turn.allocate('tcp');
    await expect(turn.allocate('tcp')).rejects.toMatchObject(
      refused(/^Allocate: the TURN server answered 437 /),
    );
    await expect((await client(usual)).refresh(600)).rejects.toMatchObject(
      refused(/^Refresh: the TURN server answered 437 /),
    );
  });

  it('is refused by 446 when it is connected to the peer already', async () => {
    const at = await peer(() => undefined);
    const allocation = await allocate(usual);
    await allocation.connect(at);
    await expect(allocation.connect(at)).rejects.toMatchObject(
      refused(/^Connect: the TURN server answered 446 /),
    );
  });

  it('is refused by 447 when the peer does not take the connection', async () => {
    const [closed = 0] = await freePorts(1);
    const allocation = await allocate(usual);
    await expect(allocation.connect({ ip: '127.0.0.1', port: closed })).rejects.toMatchObject(
      refused(/^Connect: the TURN server answered 447 /),
    );
  });
});
