import { Attempt } from '../attempt';
import type { Access } from '../dialler/dialler';
import { LocalPorts } from '../dialler/local-ports';
import type { AttemptRequest, Flow, UeConfig } from '../protocol';
import { issue, makeCa } from '../testing/certificates';
import { TestFolder } from '../testing/folder';
import { freePorts } from '../testing/free-ports';
import { startCoturn } from '../testing/servers';
import type { TestServer } from '../testing/servers';
import { Ue } from '../ue';
import { rfcTimers } from '../timers';
import { contentOf, sha256 } from './content';
import { MsrpMedia } from './msrp-media';

/** MSRP between two ends on loopback, by way of a real coturn. */

const name = 'turn.ims.mnc001.mcc001.3gppnetwork.org';
const mebibyte = 1024 * 1024;

let folder: TestFolder;
let coturn: TestServer;
let config: UeConfig;
let access: Access;

beforeAll(async () => {
  folder = new TestFolder();
  const ca = makeCa(folder, 'run');
  const certificate = issue(folder, ca, name);
  const [plain = 0, tls = 0, sip = 0] = await freePorts(3);
  const turnUser = { username: 'ue', password: 'turn secret', realm: 'ims.example' };
  coturn = startCoturn(folder, { plain, tls, certificate, ...turnUser });
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
    subscriber: { domain: 'ims.example', impi: 'a@ims.example', impu: 'sip:a@ims.example', password: '' },
    peer: { ip: '127.0.0.1', port: sip },
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
});

afterAll(async () => {
  await coturn[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const silent = {
  flow: () => undefined,
  identifier: () => undefined,
  keylog: () => undefined,
  note: () => undefined,
};

/** What two ends were told to do, and what the UE told of its sockets. */
interface Ends {
  readonly ue: MsrpMedia;
  readonly peer: MsrpMedia;
  readonly flows: readonly Flow[];
  readonly notes: readonly string[];
}

/** Has both ends play, the UE at this rung and the peer on the open side, and ends them. */
async function between(
  rung: Omit<AttemptRequest, 'attempt'>,
  play: (ends: Ends) => Promise<void>,
  change: Partial<UeConfig> = {},
): Promise<void> {
  const flows: Flow[] = [];
  const notes: string[] = [];
  const witness = {
    ...silent,
    flow: (flow: Flow) => flows.push(flow),
    note: (text: string) => notes.push(text),
  };
  const attempt = new Attempt({ attempt: 'ue', ...rung }, witness);
  const other = new Attempt({ attempt: 'peer', ...rung }, silent);
  const common = { access, timers: rfcTimers };
  const ue = new MsrpMedia({ role: 'active', config: { ...config, ...change }, attempt, ...common });
  const peer = new MsrpMedia({ role: 'passive', config, attempt: other, ...common });
  try {
    await play({ ue, peer, flows, notes });
  } finally {
    attempt.abandon();
    other.abandon();
  }
}

async function call(caller: MsrpMedia, callee: MsrpMedia): Promise<void> {
  await caller.accept(await callee.answer(await caller.offer()));
  await Promise.all([caller.open(), callee.open()]);
}

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
    [2, 'udp:5060', 'aes', 'tcp'],
  ] as const)(
    'goes through the TURN server in step %i, signalling by %s, suite %s, over two connections',
    async (step, via, suite, port) => {
      await between({ step, via, suite }, async ({ ue, peer, flows, notes }) => {
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
        // Nothing to remark: the allocation was given back too.
        expect(notes).toEqual([]);
      });
    },
  );
});
