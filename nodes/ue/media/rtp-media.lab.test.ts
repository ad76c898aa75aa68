import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { methods } from '../stun/methods';
import { parseMessage } from '../stun/parser';
import { LocalPorts } from '../dialler/local-ports';
import { AttemptFailure } from '../failure';
import { relayRungs, type MediaWays, type Rung } from '../../../ladder';
import { probe } from '../probe';
import type { FiveTuple, UeConfig } from '../protocol';
import { issue, makeCa } from '../testing/certificates';
import type { TestCertificate } from '../testing/certificates';
import { FakeAttempt } from '../testing/fake-attempt';
import { TestFolder } from '../testing/folder';
import { freePorts } from '../testing/free-ports';
import { startCoturn } from '../testing/servers';
import { rfcTimers } from '../timers';
import type { UeTimers } from '../timers';
import { meanOpinionScore, ratingOf } from './e-model';
import { PlainAudio } from './plain-audio';
import { RtpMedia } from './rtp-media';
import type { CallQuality, RtpMediaOptions } from './rtp-media';

/** Two ends of a call on loopback, with a real TURN server between them where the test has it. */

const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
const turnName = `turn.${domain}`;
const user = { username: 'ue', password: 'turn secret', realm: domain };

const folder = new TestFolder();
const stops: (() => Promise<void> | void)[] = [];
const ports = new LocalPorts(26_000);
let certificate: TestCertificate;
let config: UeConfig;
let closedPort = 0;

beforeAll(async () => {
  const ca = makeCa(folder, 'run');
  certificate = issue(folder, ca, turnName);
  [closedPort = 0] = await freePorts(1);
  const closed = { udp: closedPort, tls: closedPort, https: closedPort };
  config = {
    address: '127.0.0.1',
    firstPort: 26_000,
    pcscf: { name: `pcscf.${domain}`, address: '127.0.0.1', ports: closed },
    turn: {
      ...user,
      name: turnName,
      address: '127.0.0.1',
      ports: { ...closed, tcp: closedPort, http: closedPort },
    },
    subscriber: { domain, impi: `a@${domain}`, impu: `sip:a@${domain}`, password: 'x' },
    peer: { ip: '127.0.0.1', port: closedPort },
    peerIdentity: 'sip:peer@ims.example',
    trustAnchor: ca.certificate,
  };
  config = { ...config, turn: { ...config.turn, ports: await startTurn() } };
});

afterAll(async () => {
  for (const stop of stops) await stop();
  folder[Symbol.dispose]();
});

/** Starts a TURN server; port 80 is closed. */
async function startTurn(...more: string[]): Promise<UeConfig['turn']['ports']> {
  const [plain = 0, tls = 0] = await freePorts(2);
  const own = new TestFolder();
  const server = startCoturn(own, { plain, tls, certificate, ...user, more });
  stops.push(async () => {
    await server[Symbol.asyncDispose]();
    own[Symbol.dispose]();
  });
  const at = { ip: '127.0.0.1', port: plain };
  // Over TCP, so that a quota of allocations stays untouched.
  await probe({ kind: 'tcp', at, withinMs: 20_000 }, config, accessOf(config));
  return { udp: plain, tcp: plain, tls, http: closedPort, https: tls };
}

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

/** Returns the socket that the end announced at this place. */
function socketOf({ attempt }: End, place: number): FiveTuple {
  const flow = attempt.flows[place];
  if (flow === undefined) throw new Error(`no flow ${place} was told`);
  return { protocol: flow.protocol, local: flow.local, remote: flow.remote };
}

const hostOnly: MediaWays = { host: true, turn: [] };
const ends: End[] = [];

function end({ ways = hostOnly, timers, turn, ...options }: EndOptions = {}): End {
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

afterEach(async () => {
  for (const { attempt } of ends.splice(0)) attempt.end();
  await until('every socket to be closed', () => openSockets() <= notOurs);
});

/** Number of sockets that are open because of other test files in the same process. */
const notOurs = openSockets();

/** Returns the number of sockets that this process has open. Those of jest itself are pipes and do not count. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => /^(?:UDP|TCPSOCKET|TLS)WRAP$/i.test(resource))
    .length;
}

async function until(awaited: string, holds: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${awaited}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Carries offer and answer, as SIP would. @param alter changes the answer on its way */
async function connect(
  caller: End,
  called: End,
  alter: (answer: string) => string = (answer) => answer,
): Promise<void> {
  await caller.media.accept(alter(await called.media.answer(await caller.media.offer())));
}

function by(...vias: string[]): MediaWays {
  return { host: false, turn: vias.map((via) => relayRungs.find((rung) => rung.via === via)!) };
}

describe('a call', () => {
  it.each([
    ['from host to host', hostOnly, undefined, 'host udp / host udp', 'host udp / host udp'],
    [
      'by a relay over UDP',
      by('udp:3478'),
      undefined,
      'relay by udp:3478 / host udp',
      'host udp / relay udp',
    ],
    [
      'by a relay over TCP',
      by('tcp:3478'),
      undefined,
      'relay by tcp:3478 / host udp',
      'host udp / relay udp',
    ],
    ['by a relay over TLS', by('tls:443'), undefined, 'relay by tls:443 / host udp', 'host udp / relay udp'],
    ['in SRTP from host to host', hostOnly, 'sdes', 'host udp / host udp', 'host udp / host udp'],
    [
      'in SRTP by a relay over TLS',
      by('tls:443'),
      'sdes',
      'relay by tls:443 / host udp',
      'host udp / relay udp',
    ],
    [
      'in SRTP keyed by DTLS, by a relay over TLS',
      by('tls:443'),
      'dtls',
      'relay by tls:443 / host udp',
      'host udp / relay udp',
    ],
  ] as const)('goes %s', async (_how, ways, keying, path, back) => {
    const ue = end({ ways, ...(keying && { keying }) });
    const peer = end(keying && { keying });
    await connect(ue, peer);
    await Promise.all([ue.media.talk(500), peer.media.talk(500)]);
    const qualities = (): CallQuality[] => [ue.media.quality(), peer.media.quality()];
    await until('a round trip at both ends', () => qualities().every((one) => one.roundTripMs !== undefined));
    const [mine, theirs] = qualities() as [CallQuality, CallQuality];
    expect(mine.path).toBe(path);
    expect(theirs.path).toBe(back);
    for (const quality of [mine, theirs]) {
      expect(quality).toMatchObject({ srtp: keying !== undefined, lossInPercent: 0, lossOutPercent: 0 });
      expect(quality.received).toMatchObject({ altered: 0, duplicates: 0, reordered: 0, garbage: 0 });
      expect(quality.received.packets).toBeGreaterThan(1);
      expect(quality.received.octets).toBe(160 * quality.received.packets);
      expect(quality.roundTripMs).toBeGreaterThanOrEqual(0);
      // Mouth to ear: half the round trip, a packet that fills, twice the jitter. Nothing was lost.
      const delayMs = quality.roundTripMs! / 2 + 20 + 2 * quality.jitterInMs;
      expect(quality.mos).toBeCloseTo(meanOpinionScore(ratingOf({ delayMs, lossPercent: 0 })), 9);
      expect(quality.arrivals.first).toBeLessThan(quality.arrivals.last ?? 0);
    }
    await Promise.all([ue.media.released(), peer.media.released()]);
  });

  it('takes the host pair where it works, though there is a relay, and tells each remote before it sends', async () => {
    const ue = end({ ways: { host: true, turn: by('udp:3478').turn } });
    const peer = end();
    await connect(ue, peer);
    const quality = await ue.media.talk(100);
    expect(quality.path).toBe('host udp / host udp');
    const { local } = quality.pair;
    const remotes = ue.attempt.flows
      .filter((flow) => flow.local.port === local.address.port)
      .map(({ remote }) => remote);
    // The socket sends to the STUN server, which sees the same address on loopback, and to the peer.
    expect(remotes).toEqual([{ ip: '127.0.0.1', port: config.turn.ports.udp }, quality.pair.remote.address]);
    expect(ue.attempt.identifiers.size).toBeGreaterThan(3);
  });

  it('stays plain when the called end would take SRTP, and is refused when it does not', async () => {
    const plain = end();
    const secure = end({ keying: 'sdes' });
    await connect(plain, secure);
    expect((await plain.media.talk(100)).srtp).toBe(false);
    await expect(end().media.answer(await end({ keying: 'sdes' }).media.offer())).rejects.toMatchObject({
      code: 'NOT_ACCEPTABLE',
      message: 'the offer asks for SRTP, and this end is set to plain RTP',
    });
  });

  it('outlives the lifetime of its allocation, and of its nonce (438)', async () => {
    const turn = { ports: await startTurn('--max-allocate-lifetime=2', '--stale-nonce=1') };
    const ue = end({ ways: by('tls:443'), turn });
    const peer = end();
    await connect(ue, peer);
    const quality = await ue.media.talk(5000);
    expect(quality.lossInPercent).toBe(0);
    // Packets came over the allocation for twice its lifetime.
    expect((quality.arrivals.last ?? 0) - (quality.arrivals.first ?? 0)).toBeGreaterThan(4000);
  });
});

/** Carries a further offer of one end to the other, and its answer back. */
async function reoffer(from: End, to: End): Promise<{ offer: string; answer: string }> {
  const offer = await from.media.reoffer();
  const answer = await to.media.reanswer(offer);
  await from.media.accept(answer);
  return { offer, answer };
}

const line = (sdp: string, start: string): string | undefined =>
  sdp.split('\r\n').find((one) => one.startsWith(start));
const packetsAt = ({ media }: End): number => media.quality().received.packets;

/** Waits until an end hears the other, counted from now. */
async function heardAgain(one: End): Promise<void> {
  const before = packetsAt(one);
  await until('further packets', () => packetsAt(one) > before + 2);
}

describe('a further offer', () => {
  it('holds the call and takes it up again (RFC 3264 8.4), with the version that counts', async () => {
    const [ue, peer] = [end(), end()];
    await connect(ue, peer);
    await Promise.all([ue.media.talk(100), peer.media.talk(100)]);
    ue.media.hold();
    const held = await reoffer(ue, peer);
    expect([line(held.offer, 'a=send'), line(held.answer, 'a=recv')]).toEqual(['a=sendonly', 'a=recvonly']);
    expect(line(held.offer, 'o=')).toMatch(/^o=- \d+ 2 IN/);
    // RFC 8839 4.4.1.2.2: with ICE ended, the selected pair alone is described.
    expect(held.offer.match(/^a=candidate:/gm)).toHaveLength(1);
    expect(line(held.offer, 'a=remote-candidates')).toBe(
      `a=remote-candidates:1 127.0.0.1 ${peer.media.pair!.local.address.port}`,
    );
    const silent = packetsAt(ue);
    await heardAgain(peer);
    expect(packetsAt(ue)).toBeLessThanOrEqual(silent + 1);
    // A refresh of a session, which changes nothing, has the same version (RFC 3264 8).
    expect(await ue.media.reoffer()).toBe(held.offer);
    ue.media.refused();
    ue.media.resume();
    await reoffer(ue, peer);
    await Promise.all([heardAgain(ue), heardAgain(peer)]);
    expect(ue.media.quality().received).toMatchObject({ altered: 0, garbage: 0 });
  });

  it.each(['the caller', 'the called end'])(
    'of %s begins ICE anew, and the media go on meanwhile',
    async (who) => {
      const [ue, peer] = [end({ ways: { host: true, turn: by('tls:443').turn } }), end()];
      await connect(ue, peer);
      await Promise.all([ue.media.talk(100), peer.media.talk(100)]);
      const [one, other] = who === 'the caller' ? [ue, peer] : [peer, ue];
      const before = one.media.pair!;
      const restarted = one.media.restartIce();
      const { offer, answer } = await reoffer(one, other);
      // RFC 8839 4.4.1.1.1: new ufrag and password, of both ends.
      for (const sdp of [offer, answer]) expect(sdp).toContain('a=ice-options:ice2');
      const pair = await restarted;
      expect(pair.local.address.port).not.toBe(before.local.address.port);
      await until(
        'the other end to have moved',
        () => other.media.pair!.remote.address.port === pair.local.address.port,
      );
      await Promise.all([heardAgain(ue), heardAgain(peer)]);
      for (const { media } of [ue, peer]) {
        const quality = media.quality();
        expect(quality.received).toMatchObject({ altered: 0, garbage: 0 });
        // Packets under way on the former pair when it is closed may be lost.
        expect(quality.arrivals.longestGapMs).toBeLessThan(1000);
      }
    },
  );

  it('that begins ICE anew and is refused changes nothing (RFC 3261 14.1)', async () => {
    const [ue, peer] = [end(), end()];
    await connect(ue, peer);
    await Promise.all([ue.media.talk(100), peer.media.talk(100)]);
    const before = ue.media.pair;
    const restarted = ue.media.restartIce();
    await ue.media.reoffer();
    ue.media.refused();
    await expect(restarted).rejects.toMatchObject({ code: 'SIP_REFUSED' });
    expect(ue.media.pair).toEqual(before);
    await Promise.all([heardAgain(ue), heardAgain(peer)]);
  });

  it('is due with an end of RFC 5245 whose pair is not the default one, and not with one of RFC 8445', async () => {
    const ways = { host: true, turn: by('udp:3478').turn };
    const due = async (alter: (answer: string) => string): Promise<boolean> => {
      const [ue, peer] = [end({ ways }), end()];
      let isDue = false;
      void ue.media.offerDue.then(() => (isDue = true));
      await connect(ue, peer, alter);
      await ue.media.talk(100);
      // The default candidate of this end is the relayed one, and the host pair is selected.
      expect(ue.media.quality().path).toBe('host udp / host udp');
      return isDue;
    };
    expect(await due((answer) => answer.replace(/^a=ice-options.*\r\n/m, ''))).toBe(true);
    expect(await due((answer) => answer)).toBe(false);
  });
});

describe('an other end without ICE', () => {
  const plainPhone = (): { media: PlainAudio; attempt: FakeAttempt } => {
    const attempt = new FakeAttempt();
    const made = { media: new PlainAudio({ access: accessOf(config), timers: rfcTimers, attempt }), attempt };
    ends.push(made as unknown as End);
    return made;
  };

  it.each([
    ['from host to host', hostOnly, 'host udp / host udp'],
    ['by the relay, which is the default candidate', by('tls:443'), 'relay by tls:443 / host udp'],
  ])('is talked to by RFC 3264 %s', async (_, ways, path) => {
    const ue = end({ ways });
    const phone = plainPhone();
    const answer = await phone.media.answer(await ue.media.offer());
    expect(answer).not.toContain('ice');
    await ue.media.accept(answer);
    const quality = await ue.media.talk(200);
    expect(quality.path).toBe(path);
    expect(quality.received).toMatchObject({ altered: 0 });
    await until('the phone to hear', () => phone.media.arrivals.first !== undefined);
  });

  it('is heard although its reports have a port of their own (RFC 8858 4.4)', async () => {
    const ue = end();
    const phone = plainPhone();
    const answer = await phone.media.answer(await ue.media.offer());
    await ue.media.accept(answer.replace('a=rtcp-mux\r\n', ''));
    await ue.media.talk(100);
    await until('the phone to hear', () => phone.media.arrivals.first !== undefined);
  });

  it('may offer, as one does that is called without an offer', async () => {
    const ue = end();
    const phone = plainPhone();
    const answer = await ue.media.answer(await phone.media.offer());
    expect(answer).not.toMatch(/ice|candidate/);
    await phone.media.accept(answer);
    expect((await ue.media.talk(100)).codec).toBe('PCMA');
  });
});

describe('a call whose ways fail', () => {
  const refused = (): string => `TCP connection to 127.0.0.1:${closedPort}: refused`;

  it('takes another', async () => {
    const ue = end({ ways: by('tcp:80', 'tls:443') });
    await connect(ue, end());
    expect((await ue.media.talk(100)).path).toBe('relay by tls:443 / host udp');
    expect(ue.attempt.flows.map(({ remote }) => remote.port)).toEqual([
      config.turn.ports.http,
      config.turn.ports.https,
    ]);
  });

  it('does not wait for one that takes connections and says nothing', async () => {
    await using silent = await silentServer();
    const turn = { ports: { ...config.turn.ports, http: silent.port } };
    // The timer is longer than the test may take, so that the speed of the machine does not
    // decide whether the call waits.
    const timers = { stunTi: 600_000, gathering: 1000 };
    const ue = end({ ways: by('tcp:80', 'tls:443'), turn, timers });
    await connect(ue, end());
    const quality = await ue.media.talk(100);
    expect(quality.path).toBe('relay by tls:443 / host udp');
    expect(quality.gatheredAfterMs).toBeGreaterThanOrEqual(999);
    // It is given up with the first pair that works.
    await until('its connection to be closed', () => silent.connections() === 0);
  });

  it('says the reason of each when there is none', async () => {
    const ue = end({ ways: by('tcp:80', 'connect:443') });
    const failure: unknown = await ue.media.offer().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'NO_RELAY',
      message:
        `no way for the media: tcp:80: ${refused()}; ` +
        'connect:443: connect:443 asked for, but no proxy is configured',
      ways: [socketOf(ue, 0)],
    });
  });

  it('says that the credentials are wrong (401)', async () => {
    const ue = end({ ways: by('udp:3478', 'tls:443'), turn: { password: 'guessed' } });
    const answer = 'Allocate: the TURN server answered 401 Unauthorized';
    const failure: unknown = await ue.media.offer().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'NO_RELAY',
      message: `no way for the media: udp:3478: ${answer}; tls:443: ${answer}`,
      // The order is open, because a UDP socket is announced a little later than it is asked for.
      ways: expect.arrayContaining([socketOf(ue, 0), socketOf(ue, 1)]),
    });
  });

  it('says that the quota is used up (486)', async () => {
    const turn = { ports: await startTurn('--user-quota=1') };
    await end({ ways: by('tcp:3478'), turn }).media.offer();
    await expect(end({ ways: by('tcp:3478'), turn }).media.offer()).rejects.toMatchObject({
      code: 'NO_RELAY',
      message: expect.stringMatching(/tcp:3478: Allocate: the TURN server answered 486 /),
    });
  });

  it('is ABANDONED when the lab gave every way up, and NO_RELAY when one failed of itself', async () => {
    await using silent = await silentServer();
    const { port } = silent;
    const turn = { ports: { ...config.turn.ports, udp: port, tcp: port } };
    const ways = (more: readonly Rung[]): MediaWays => ({
      host: false,
      turn: [...by('udp:3478', 'tcp:3478').turn, ...more],
    });
    const offer = async (more: readonly Rung[]): Promise<unknown> => {
      const ue = end({ ways: ways(more), turn });
      const offered = ue.media.offer().catch((error: unknown) => error);
      const silentOnes = () => ue.attempt.flows.filter(({ remote }) => remote.port === port);
      // The ways are tried side by side, in any order. An identifier is announced before its packet leaves.
      await until(
        'both silent ways to ask',
        () => silentOnes().length === 2 && ue.attempt.identifiers.size >= 2,
      );
      for (const flow of silentOnes()) ue.attempt.giveUp(flow, new AttemptFailure('ABANDONED', 'dropped'));
      return offered;
    };
    expect(await offer([])).toMatchObject({
      code: 'ABANDONED',
      message: 'no way for the media: udp:3478: dropped; tcp:3478: dropped',
      ways: { length: 2 },
    });
    expect(await offer(by('tcp:80').turn)).toMatchObject({ code: 'NO_RELAY' });
  });

  it('fails when no pair works, and says which there were', async () => {
    const ue = end({ timers: { icePac: 700 } });
    const peer = end({ timers: { icePac: 700 } });
    // The answer has a wrong password, as if it had been tampered with, so no check is signed correctly.
    await connect(ue, peer, (answer) => answer.replace(/a=ice-pwd:..../, 'a=ice-pwd:xxxx'));
    await expect(ue.media.flowing()).rejects.toMatchObject({
      code: 'ICE_FAILED',
      message: expect.stringMatching(
        /^no candidate pair worked within 0.7 s \(RFC 8863\); pairs: udp to host 127.0.0.1:\d+$/,
      ),
    });
    expect(await peer.media.failed).toMatchObject({ code: 'ICE_FAILED' });
  });

  it('has no media when what arrives cannot be read', async () => {
    const ue = end({ keying: 'sdes', timers: { firstMedia: 1000 } });
    const peer = end({ keying: 'sdes' });
    await connect(ue, peer, (answer) => answer.replace(/inline:..../, 'inline:xxxx'));
    await expect(ue.media.talk(100)).rejects.toMatchObject({
      code: 'NO_MEDIA',
      message: 'nothing of the other end arrives within 1 s, over host udp / host udp',
      ways: [socketOf(ue, 0)],
    });
    expect(ue.media.quality().received).toMatchObject({ packets: 0 });
    expect(ue.media.quality().received.garbage).toBeGreaterThan(0);
  });

  it('has no media when the other end falls silent', async () => {
    const ue = end({ timers: { firstMedia: 2000 } });
    const peer = end();
    await connect(ue, peer);
    await Promise.all([ue.media.flowing(), peer.media.flowing()]);
    peer.attempt.end();
    await ue.media.talk(50).catch(() => undefined);
    await expect(ue.media.talk(200)).rejects.toMatchObject({
      code: 'NO_MEDIA',
      message: 'nothing arrived for 2.2 s over host udp / host udp',
      ways: [socketOf(ue, 0)],
    });
  });

  it('is lost when the allocation expires', async () => {
    const turn = await startTurn('--max-allocate-lifetime=2');
    const toTurn = await withoutRefresh(turn.udp);
    const ue = end({ ways: by('udp:3478'), turn: { ports: { ...turn, udp: toTurn } } });
    const peer = end();
    await connect(ue, peer);
    await expect(ue.media.talk(20_000)).rejects.toMatchObject({
      code: 'FLOW_LOST',
      message: 'the TURN allocation has expired after 2 s',
      ways: [socketOf(ue, 0)],
    });
    expect(await ue.media.failed).toMatchObject({ code: 'FLOW_LOST' });
    stopLast();
  });

  it('is lost with the connection to the TURN server', async () => {
    const ue = end({ ways: by('tls:443') });
    await connect(ue, end());
    await ue.media.flowing();
    const [flow] = ue.attempt.flows;
    if (flow) ue.attempt.giveUp(flow, new AttemptFailure('ABANDONED', 'dropped'));
    // The failure names the socket of the media, and not that of the signalling, where another
    // dropped packet could explain it.
    await expect(ue.media.talk(20_000)).rejects.toMatchObject({
      code: 'ABANDONED',
      message: 'dropped',
      ways: [socketOf(ue, 0)],
    });
  });
});

/** Takes connections and datagrams, and says nothing. */
async function silentServer(): Promise<
  AsyncDisposable & { readonly port: number; readonly connections: () => number }
> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket)).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const datagrams = createSocket('udp4');
  await new Promise<void>((resolve) => datagrams.bind(port, '127.0.0.1', resolve));
  return {
    port,
    connections: () => open.size,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      datagrams.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A way to a TURN server over UDP that loses every Refresh. @returns its port */
async function withoutRefresh(server: number): Promise<number> {
  const [front, back] = [createSocket('udp4'), createSocket('udp4')];
  let client = 0;
  front.on('message', (data, from) => {
    client = from.port;
    if (parseMessage(data)?.method !== methods.REFRESH) back.send(data, server, '127.0.0.1');
  });
  back.on('message', (data) => front.send(data, client, '127.0.0.1'));
  await new Promise<void>((resolve) => front.bind(0, '127.0.0.1', resolve));
  stops.push(() => {
    front.close();
    back.close();
  });
  return front.address().port;
}

function stopLast(): void {
  void stops.pop()?.();
}
