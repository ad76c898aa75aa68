import { Attempt } from '../attempt';
import { toPcscf } from '../../../ladder/testing/rungs';
import type { Access } from '../dialler/dialler';
import { LocalPorts } from '../dialler/local-ports';
import type { AttemptRequest, FiveTuple, Flow, UeConfig } from '../protocol';
import { issue, makeCa } from '../testing/certificates';
import { TestFolder } from '../testing/folder';
import { freePorts } from '../testing/free-ports';
import { startCoturn, startSquid } from '../testing/servers';
import type { TestServer } from '../testing/servers';
import { Ue } from '../ue';
import { rfcTimers } from '../timers';
import { contentOf, sha256 } from './content';
import { MsrpMedia } from './msrp-media';
import type { MsrpOptions } from './msrp-media';

/** MSRP between two ends on loopback, by way of a real coturn. */

const name = 'turn.ims.mnc001.mcc001.3gppnetwork.org';
const mebibyte = 1024 * 1024;

let folder: TestFolder;
let coturn: TestServer;
let squid: TestServer;
let config: UeConfig;
let access: Access;

beforeAll(async () => {
  folder = new TestFolder();
  const ca = makeCa(folder, 'run');
  const certificate = issue(folder, ca, name);
  const [plain = 0, tls = 0, sip = 0, proxy = 0] = await freePorts(4);
  const turnUser = { username: 'ue', password: 'turn secret', realm: 'ims.example' };
  coturn = startCoturn(folder, { plain, tls, certificate, ...turnUser });
  squid = startSquid(folder, { port: proxy, allowed: [tls], names: { [name]: '127.0.0.1' } });
  config = {
    address: '127.0.0.1',
    firstPort: 21_000,
    pcscf: { name, address: '127.0.0.1', ports: { udp: sip, tls: sip, https: sip } },
    turn: {
      name,
      address: '127.0.0.1',
      ports: { udp: plain, tcp: plain, tls, http: plain, https: tls },
      ...turnUser,
    },
    proxy: { address: '127.0.0.1', port: proxy },
    subscriber: { domain: 'ims.example', impi: 'a@ims.example', impu: 'sip:a@ims.example', password: '' },
    peer: { ip: '127.0.0.1', port: sip },
    peerIdentity: 'sip:peer@ims.example',
    trustAnchor: ca.certificate,
  };
  access = {
    address: config.address,
    ports: new LocalPorts(config.firstPort),
    trustAnchor: config.trustAnchor,
    timers: rfcTimers,
  };
  const at = { ip: '127.0.0.1', port: plain };
  const probe = new Ue({ ...config, firstPort: 21_500 }, silent);
  await probe.probe({ kind: 'turn-allocate', at, withinMs: 20_000 });
  await probe.probe({ kind: 'tcp', at: { ip: '127.0.0.1', port: proxy }, withinMs: 20_000 });
});

afterAll(async () => {
  await Promise.all([coturn[Symbol.asyncDispose](), squid[Symbol.asyncDispose]()]);
  folder[Symbol.dispose]();
});

const silent = {
  flow: () => undefined,
  identifier: () => undefined,
  keylog: () => undefined,
  espSa: () => undefined,
  note: () => undefined,
};

/** Two ends of a session, the sockets that the UE announced, and functions that give sockets up. */
interface Ends {
  readonly ue: MsrpMedia;
  readonly peer: MsrpMedia;
  readonly flows: readonly Flow[];
  readonly notes: readonly string[];
  /** Gives up the next sockets of the UE, so many of them, as the lab does. */
  giveUp(sockets: number): void;
  /** Gives up the socket at this place as soon as a request is sent over it. */
  giveUpAsked(place: number): void;
  /** Gives up the socket that the UE announced at this place. */
  giveUpOpen(place: number): void;
}

/** Has both ends play, the UE at this rung and the peer on the open side, and ends them. */
async function between(
  rung: Omit<AttemptRequest, 'attempt'>,
  play: (ends: Ends) => Promise<void>,
  options: Partial<MsrpOptions> = {},
  change: Partial<UeConfig> = {},
): Promise<void> {
  const flows: Flow[] = [];
  const notes: string[] = [];
  let toGiveUp = 0;
  let asked: number | undefined;
  const attempt: Attempt = new Attempt(
    { attempt: 'ue', ...rung },
    {
      ...silent,
      flow: (flow) => {
        flows.push(flow);
        if (toGiveUp > 0) setImmediate(() => attempt.abandon(flow));
        toGiveUp--;
      },
      identifier: () => {
        const flow = asked === undefined ? undefined : flows[asked];
        if (flow) setImmediate(() => attempt.abandon(flow));
      },
      note: (text) => notes.push(text),
    },
  );
  const other = new Attempt({ attempt: 'peer', ...rung }, silent);
  const common = { access, timers: rfcTimers, ...options };
  const ue = new MsrpMedia({ role: 'active', config: { ...config, ...change }, attempt, ...common });
  const peer = new MsrpMedia({ role: 'passive', config, attempt: other, ...common });
  try {
    await play({
      ue,
      peer,
      flows,
      notes,
      giveUp: (sockets) => (toGiveUp = sockets),
      giveUpAsked: (place) => (asked = place),
      giveUpOpen: (place) => attempt.abandon(flows[place]),
    });
  } finally {
    attempt.abandon();
    other.abandon();
  }
}

async function call(caller: MsrpMedia, callee: MsrpMedia): Promise<void> {
  await caller.accept(await callee.answer(await caller.offer()));
  await Promise.all([caller.open(), callee.open()]);
}

const socketOf = ({ protocol, local, remote }: Flow): FiveTuple => ({ protocol, local, remote });

/** A mebibyte each way at the same time, compared by content. */
async function exchange(ue: MsrpMedia, peer: MsrpMedia): Promise<void> {
  const [up, down] = [contentOf('up', mebibyte), contentOf('down', mebibyte)];
  const [, , atPeer, atUe] = await Promise.all([
    ue.send(up),
    peer.send(down),
    peer.received(),
    ue.received(),
  ]);
  expect(sha256(atPeer)).toBe(sha256(up));
  expect(sha256(atUe)).toBe(sha256(down));
}

describe('a mebibyte each way', () => {
  it.each([
    [2, 'tls:5061', 'aes', 'tls'],
    [3, 'tls:443', 'aes', 'https'],
    [3, 'tls:443', 'null', 'https'],
  ] as const)(
    'goes through the TURN server in step %i, signalling by %s, suite %s, over two connections',
    async (step, via, suite, port) => {
      await between({ ...toPcscf(step, via), suite }, async ({ ue, peer, flows, notes }) => {
        await call(ue, peer);
        await exchange(ue, peer);
        await ue.release();
        expect(ue.connections).toBe(2);
        expect(peer.connections).toBe(1);
        const remote = { ip: '127.0.0.1', port: config.turn.ports[port] };
        expect(flows).toMatchObject([
          { protocol: 'tcp', remote },
          { protocol: 'tcp', remote },
        ]);
        // There is no note, so the allocation was released too.
        expect(notes).toEqual([]);
      });
    },
  );
});

describe('a session', () => {
  const rung = { ...toPcscf(3, 'tls:443'), suite: 'aes' } as const;

  it('is opened by the UE also when the UE is called', async () => {
    await between(rung, async ({ ue, peer }) => {
      await call(peer, ue);
      await Promise.all([ue.send(Buffer.from('hello')), peer.received()]);
      expect([ue.connections, peer.connections]).toEqual([2, 1]);
    });
  });

  it('goes from host to host in step 1', async () => {
    await between({ ...toPcscf(1, 'udp:5060'), suite: 'aes' }, async ({ ue, peer, flows }) => {
      await call(ue, peer);
      await exchange(ue, peer);
      expect([ue.connections, peer.connections]).toEqual([1, 1]);
      // The connection does not go to the TURN server.
      const { tcp, tls } = config.turn.ports;
      expect(flows).toHaveLength(1);
      expect([tcp, tls]).not.toContain(flows[0]?.remote.port);
    });
  });

  it('goes through a web proxy with one CONNECT for each connection', async () => {
    await between({ ...toPcscf(3, 'connect:443'), suite: 'aes' }, async ({ ue, peer, flows }) => {
      await call(ue, peer);
      await exchange(ue, peer);
      const connect = `${name}:${config.turn.ports.https}`;
      expect(flows).toMatchObject([
        { remote: { port: config.proxy?.port }, connect },
        { remote: { port: config.proxy?.port }, connect },
      ]);
      expect(ue.connections).toBe(2);
    });
  });

  it('takes chunks of another size', async () => {
    await between(
      rung,
      async ({ ue, peer }) => {
        await call(ue, peer);
        await exchange(ue, peer);
      },
      { chunkSize: 2048 },
    );
  });

  it('fails by 413 when a message is larger than the other end takes, and goes on', async () => {
    await between(
      rung,
      async ({ ue, peer }) => {
        await call(ue, peer);
        await Promise.all([
          expect(ue.send(contentOf('large', 5000))).rejects.toMatchObject({
            code: 'MSRP_FAILED',
            message: 'the other end answered 413 Too Large',
          }),
          expect(peer.received()).rejects.toMatchObject({ code: 'MSRP_FAILED' }),
        ]);
        const [, small] = await Promise.all([ue.send(Buffer.from('small')), peer.received()]);
        expect(small.toString()).toBe('small');
      },
      { messageLimit: 4000 },
    );
  });

  it('is refused by 481 when the path is that of another session', async () => {
    await between(rung, async ({ ue, peer }) => {
      const answer = await peer.answer(await ue.offer());
      await ue.accept(answer.replace(/(a=path:msrp:[^;]*)/, '$1x'));
      const waiting = expect(peer.open()).rejects.toMatchObject({ code: 'ABANDONED' });
      await expect(ue.open()).rejects.toMatchObject({
        code: 'MSRP_FAILED',
        message: 'the other end answered 481 Session Does Not Exist',
      });
      peer.close();
      await waiting;
    });
  });

  it('is not acceptable to an end that would wait as the other does', async () => {
    await between(rung, async ({ peer }) => {
      const offer = await peer.offer();
      await between(rung, async ({ peer: another }) => {
        await expect(another.answer(offer)).rejects.toMatchObject({
          code: 'NOT_ACCEPTABLE',
          message: 'both ends are passive',
        });
      });
    });
  });

  it('ends at the other end too when one closes it', async () => {
    await between(rung, async ({ ue, peer }) => {
      await call(ue, peer);
      const waiting = expect(peer.received()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
      ue.close();
      await waiting;
      await expect(ue.send(Buffer.from('late'))).rejects.toMatchObject({ code: 'ABANDONED' });
    });
  });
});

describe('the ways to the TURN server', () => {
  const rung = { ...toPcscf(2, 'tls:5061'), suite: 'aes' } as const;
  const twoWays = { ...toPcscf(2, 'udp:5060'), suite: 'aes' } as const;

  it('are tried side by side, and the data take that of the allocation', async () => {
    await between(twoWays, async ({ ue, peer, flows }) => {
      await call(ue, peer);
      await exchange(ue, peer);
      const { tcp, tls } = config.turn.ports;
      const [first, second, data] = flows.map(({ remote }) => remote.port);
      expect([first, second]).toEqual([tcp, tls]);
      expect([tcp, tls]).toContain(data);
      expect(flows).toHaveLength(3);
    });
  });

  it('may be given up, but for one', async () => {
    await between(twoWays, async ({ ue, peer, flows, giveUp }) => {
      giveUp(1);
      await call(ue, peer);
      await exchange(ue, peer);
      const { tcp, tls } = config.turn.ports;
      expect(flows.map(({ remote }) => remote.port)).toEqual([tcp, tls, tls]);
    });
  });

  it.each([
    ['that is being opened', ({ giveUp }: Ends) => giveUp(1)],
    ['that is being bound', ({ giveUpAsked }: Ends) => giveUpAsked(1)],
  ])('fail with the connection for the data %s, and say that it was this one', async (_state, how) => {
    await between(rung, async (ends) => {
      const { ue, peer, flows } = ends;
      await ue.accept(await peer.answer(await ue.offer()));
      how(ends);
      const failure: unknown = await ue.open().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'ABANDONED', ways: [socketOf(flows[1]!)] });
    });
  });

  it.each([
    ['for the data', 1],
    ['to the TURN server', 0],
  ])('are lost in the session with the connection %s, and it is named', async (_which, place) => {
    await between(rung, async ({ ue, peer, flows, giveUpOpen }) => {
      await call(ue, peer);
      const awaited = expect(ue.received()).rejects.toMatchObject({
        code: 'ABANDONED',
        ways: [socketOf(flows[place]!)],
      });
      giveUpOpen(place);
      await awaited;
    });
  });

  it('are all given up: ABANDONED', async () => {
    await between(twoWays, async ({ ue, giveUp }) => {
      giveUp(2);
      await expect(ue.offer()).rejects.toMatchObject({
        code: 'ABANDONED',
        message:
          'no way to the TURN server: tcp:3478: abandoned at the request of the lab; tls:5349: abandoned at the request of the lab',
      });
    });
  });

  it('all fail: NO_RELAY with the reason of each', async () => {
    const [closed = 0] = await freePorts(1);
    const turn = { ...config.turn, password: 'wrong', ports: { ...config.turn.ports, tcp: closed } };
    await between(
      twoWays,
      async ({ ue }) => {
        await expect(ue.offer()).rejects.toMatchObject({
          code: 'NO_RELAY',
          message: `no way to the TURN server: tcp:3478: TCP connection to 127.0.0.1:${closed}: refused; tls:5349: Allocate: the TURN server answered 401 Unauthorized`,
        });
      },
      {},
      { turn },
    );
  });

  it('do not help when the peer cannot be reached from the TURN server: 447', async () => {
    const [closed = 0] = await freePorts(1);
    await between(rung, async ({ ue, peer }) => {
      const answer = await peer.answer(await ue.offer());
      await ue.accept(answer.replace(/(a=path:msrp:\/\/[^:]*):\d+/, `$1:${closed}`));
      await expect(ue.open()).rejects.toMatchObject({
        code: 'TURN_REFUSED',
        message: expect.stringMatching(/^Connect: the TURN server answered 447 /) as string,
      });
    });
  });
});
