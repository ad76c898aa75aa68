import type { Endpoint, UeConfig } from '../protocol';
import { LocalPorts } from '../dialler/local-ports';
import type { MediaWays, Rung } from '../ladder';
import { issue, makeCa } from '../testing/certificates';
import { FakeAttempt } from '../testing/fake-attempt';
import { TestFolder } from '../testing/folder';
import { freePorts } from '../testing/free-ports';
import { startCoturn } from '../testing/servers';
import type { TestServer } from '../testing/servers';
import { rfcTimers } from '../timers';
import type { UeTimers } from '../timers';
import { probe } from '../probe';
import { RtpMedia } from './rtp-media';
import type { RtpMediaOptions } from './rtp-media';

/** Two ends of a call on loopback, with a real TURN server between them where the test has it. */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const turnName = `turn.${domain}`;
const nobody: Endpoint = { ip: '127.0.0.1', port: 9 };

const folder = new TestFolder();
let coturn: TestServer;
let config: UeConfig;
let ports: LocalPorts;

beforeAll(async () => {
  const ca = makeCa(folder, 'run');
  const certificate = issue(folder, ca, turnName);
  const [plain = 0, tls = 0, closed = 0] = await freePorts(3);
  const user = { username: 'ue', password: 'turn secret', realm: domain };
  coturn = startCoturn(folder, { plain, tls, certificate, ...user });
  config = {
    address: '127.0.0.1',
    firstPort: 26_000,
    pcscf: {
      name: `pcscf.${domain}`,
      address: '127.0.0.1',
      ports: { udp: closed, tls: closed, https: closed },
    },
    turn: {
      name: turnName,
      address: '127.0.0.1',
      ports: { udp: plain, tcp: plain, tls, http: closed, https: tls },
      ...user,
    },
    subscriber: { domain, impi: `a@${domain}`, impu: `sip:a@${domain}`, password: 'x' },
    peer: nobody,
    trustAnchor: ca.certificate,
  };
  ports = new LocalPorts(26_000);
  const at = { ip: '127.0.0.1', port: plain };
  await probe({ kind: 'turn-allocate', at, withinMs: 20_000 }, config, accessOf(config));
});

afterAll(async () => {
  await coturn[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function accessOf({ address, trustAnchor }: UeConfig) {
  return { address, ports, trustAnchor, timers: rfcTimers };
}

interface End {
  readonly media: RtpMedia;
  readonly attempt: FakeAttempt;
}

interface EndOptions extends RtpMediaOptions {
  readonly ways?: MediaWays;
  readonly timers?: Partial<UeTimers>;
  readonly turn?: Partial<UeConfig['turn']>;
}

const ends: End[] = [];

function end({ ways = { host: true, turn: [] }, timers, turn, ...options }: EndOptions = {}): End {
  const attempt = new FakeAttempt();
  const own = { ...config, turn: { ...config.turn, ...turn } };
  const gathering = {
    access: accessOf(own),
    config: own,
    ways,
    timers: { ...rfcTimers, ...timers },
    attempt,
  };
  const made = { media: new RtpMedia(gathering, options), attempt };
  ends.push(made);
  return made;
}

afterEach(() => {
  for (const { attempt } of ends.splice(0)) attempt.end();
});

/** As SIP would: offer, answer. */
async function connect(caller: End, called: End): Promise<void> {
  await caller.media.accept(await called.media.answer(await caller.media.offer()));
}

function by(...vias: Rung['via'][]): MediaWays {
  return {
    host: false,
    turn: vias.map((via) => ({ step: via.endsWith('443') || via === 'tcp:80' ? 3 : 2, via })),
  };
}

describe('a call', () => {
  it.each([
    ['from host to host', { host: true, turn: [] }, false, 'host udp / host udp'],
    ['by a relay over UDP', by('udp:3478'), false, 'relay by udp:3478 / host udp'],
    ['by a relay over TCP', by('tcp:3478'), false, 'relay by tcp:3478 / host udp'],
    ['by a relay over TLS', by('tls:443'), false, 'relay by tls:443 / host udp'],
    ['in SRTP from host to host', { host: true, turn: [] }, true, 'host udp / host udp'],
    ['in SRTP by a relay over TLS', by('tls:443'), true, 'relay by tls:443 / host udp'],
  ] as const)('goes %s', async (_how, ways, srtp, path) => {
    const ue = end({ ways, srtp });
    const peer = end({ srtp });
    await connect(ue, peer);
    const [mine, theirs] = await Promise.all([ue.media.talk(1500), peer.media.talk(1500)]);
    expect(mine.path).toBe(path);
    for (const quality of [mine, theirs]) {
      expect(quality).toMatchObject({ srtp, lossInPercent: 0, lossOutPercent: 0 });
      expect(quality.received).toMatchObject({ altered: 0, duplicates: 0, reordered: 0, garbage: 0 });
      // 1.5 s of 20 ms packets, when nothing is lost.
      expect(quality.received.packets).toBeGreaterThanOrEqual(75);
      expect(quality.received.octets).toBe(160 * quality.received.packets);
    }
  });
});
