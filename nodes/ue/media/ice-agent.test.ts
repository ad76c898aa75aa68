import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { StunMessage } from '../stun/message';
import { parseMessage } from '../stun/parser';
import { AttemptFailure } from '../failure';
import { FakeNetwork } from '../testing/fake-network';
import type { FakeBase } from '../testing/fake-network';
import { rfcTimers } from '../timers';
import { ownCandidate } from './candidate';
import type { Gathered, LateBase } from './gather';
import { IceAgent } from './ice-agent';
import { roleIn, writeCheck } from './ice-messages';

const ueHost = { ip: '10.89.1.2', port: 1000 };
const napt = { ip: '198.19.1.1', port: 6000 };
const ueRelay = { ip: '198.19.0.4', port: 50_000 };
const peerHost = { ip: '198.19.0.5', port: 2000 };

interface End {
  readonly agent: IceAgent;
  readonly data: Buffer[];
  readonly failures: AttemptFailure[];
  readonly transactions: string[];
}

function end(bases: FakeBase[], controlling: boolean, more: Partial<Gathered> = {}): End {
  const data: Buffer[] = [];
  const failures: AttemptFailure[] = [];
  const transactions: string[] = [];
  const agent = new IceAgent({ bases, failures: [], late: [], ...more }, controlling, rfcTimers, {
    transaction: (id) => transactions.push(id),
    data: (bytes) => data.push(bytes),
    failed: (failure) => failures.push(failure),
  });
  return { agent, data, failures, transactions };
}

const describeEnd = ({ agent }: End) => ({ ...agent.local, candidates: agent.candidates });

/**
 * Signs a message with MESSAGE-INTEGRITY at its end (RFC 8489 14.5), which the codec cannot do
 * if there are unknown attributes.
 */
function signed(bytes: Buffer, password: string): Buffer {
  const head = Buffer.from(bytes);
  head.writeUInt16BE(bytes.length - 20 + 24, 2);
  return Buffer.concat([
    head,
    Buffer.from([0, 8, 0, 20]),
    createHmac('sha1', password).update(head).digest(),
  ]);
}

/** Returns the result of a promise that has settled by now, or `pending`. */
async function settled<T>(promise: Promise<T>): Promise<T | 'pending'> {
  await jest.advanceTimersByTimeAsync(0);
  return Promise.race([promise, Promise.resolve('pending' as const)]);
}

let network: FakeNetwork;
let ends: End[];

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
  network = new FakeNetwork();
  ends = [];
});

afterEach(async () => {
  for (const { agent } of ends) await agent.close();
  // Nothing runs on after the end.
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** The UE calls; the peer, which has heard the offer, begins before the UE has its answer. */
function call(
  ueBases: FakeBase[],
  answerAfterMs = 0,
  more: Partial<Gathered> = {},
): { ue: End; peer: End; connected: Promise<void> } {
  const ue = end(ueBases, true, more);
  const peer = end([network.base('host', peerHost)], false);
  ends.push(ue, peer);
  peer.agent.start(describeEnd(ue));
  const connected = jest
    .advanceTimersByTimeAsync(answerAfterMs)
    .then(() => ue.agent.start(describeEnd(peer)));
  return { ue, peer, connected };
}

const tcpWay = { protocol: 'tcp', local: { ...ueHost, port: 1001 }, remote: ueRelay } as const;

/** A way to the TURN server that has not answered when the description leaves. */
class Late implements LateBase {
  readonly name = 'tls:443';
  readonly ways = [tcpWay];
  comes: (base: FakeBase) => void = () => undefined;
  fails: (failure: AttemptFailure) => void = () => undefined;
  readonly base = new Promise<FakeBase>((resolve, reject) => {
    this.comes = resolve;
    this.fails = reject;
  });
  isGivenUp = false;

  giveUp(): void {
    this.isGivenUp = true;
  }
}

describe('an ICE agent with ways that are late', () => {
  it('uses what comes after the description has left, which the other end learns from the check', async () => {
    network.rewrite = (from, to) => (from.ip === ueHost.ip || to.ip === ueHost.ip ? undefined : { from, to });
    const late = new Late();
    const { ue, peer, connected } = call([network.base('host', ueHost)], 0, { late: [late] });
    await connected;
    await jest.advanceTimersByTimeAsync(3000);
    late.comes(network.base('relay', ueRelay, 'tls:443'));
    await jest.advanceTimersByTimeAsync(3 * rfcTimers.iceTa);
    expect((await settled(ue.agent.selected)) as unknown).toMatchObject({
      local: { type: 'relay', way: 'tls:443' },
    });
    expect((await settled(peer.agent.selected)) as unknown).toMatchObject({
      remote: { type: 'prflx', address: ueRelay },
    });
  });

  it('needs them no more once a pair is selected, nor other relayed addresses', async () => {
    const [host, relay, late] = [
      network.base('host', ueHost),
      network.base('relay', { ...ueRelay, port: 50_001 }, 'tcp:80'),
      new Late(),
    ];
    const { ue, connected } = call([host, relay], 0, { late: [late] });
    await connected;
    await settled(ue.agent.selected);
    expect([host.closed, relay.closed, late.isGivenUp]).toEqual([false, true, true]);
    const tooLate = network.base('relay', ueRelay, 'tls:443');
    late.comes(tooLate);
    await jest.advanceTimersByTimeAsync(0);
    expect(tooLate.closed).toBe(true);
  });

  it('fails only when they have failed too, and names every way', async () => {
    network.rewrite = () => undefined;
    const [host, late] = [network.base('host', ueHost), new Late()];
    const early = new AttemptFailure('ABANDONED', 'tcp:80: dropped', [{ ...tcpWay, local: ueHost }]);
    const { ue, connected } = call([host], 0, { late: [late], failures: [early] });
    await connected;
    host.refuse(peerHost, new AttemptFailure('ABANDONED', 'dropped'));
    await jest.advanceTimersByTimeAsync(0);
    expect(ue.failures).toEqual([]);
    late.fails(new AttemptFailure('ABANDONED', 'tls:443: dropped', late.ways));
    await jest.advanceTimersByTimeAsync(0);
    expect(ue.failures).toMatchObject([
      {
        code: 'ABANDONED',
        message: 'no candidate is left: tcp:80: dropped; tls:443: dropped; dropped',
        ways: [host.wayTo(peerHost), ...early.ways, tcpWay],
      },
    ]);
  });

  it('does not wait for them longer than for a pair that works (RFC 8863)', async () => {
    network.rewrite = () => undefined;
    const [host, late] = [network.base('host', ueHost), new Late()];
    const { ue, connected } = call([host], 0, { late: [late] });
    await connected;
    await jest.advanceTimersByTimeAsync(rfcTimers.icePac);
    expect(ue.failures).toMatchObject([
      {
        code: 'ICE_FAILED',
        message:
          'no candidate pair worked within 39.5 s (RFC 8863); pairs: udp to host 198.19.0.5:2000; ' +
          'other ways: tls:443: no answer yet',
        ways: [host.wayTo(peerHost), tcpWay],
      },
    ]);
    expect(late.isGivenUp).toBe(true);
  });
});

describe('an ICE agent', () => {
  it('takes the host pair on an open network, and both ends agree on it', async () => {
    const bases = [network.base('host', ueHost), network.base('relay', ueRelay, 'tls:443')];
    const { ue, peer, connected } = call(bases);
    await connected;
    expect((await settled(ue.agent.selected)) as unknown).toMatchObject({
      local: { type: 'host', address: ueHost, way: 'udp' },
      remote: { type: 'host', address: peerHost },
    });
    expect((await settled(peer.agent.selected)) as unknown).toMatchObject({
      local: { type: 'host', address: peerHost, way: 'udp' },
      remote: { type: 'host', address: ueHost },
    });
    ue.agent.send(Buffer.from([0x80, 1]));
    peer.agent.send(Buffer.from([0x80, 2]));
    await jest.advanceTimersByTimeAsync(0);
    expect(peer.data).toEqual([Buffer.from([0x80, 1])]);
    expect(ue.data).toEqual([Buffer.from([0x80, 2])]);
    // Each request was announced, and none goes on.
    expect(new Set(ue.transactions).size).toBe(ue.transactions.length);
    // A pair that has worked stays selected when the lab says that one of its packets was denied.
    bases[0]?.refuse(peerHost, new AttemptFailure('ABANDONED', 'dropped'));
    expect(ue.failures).toEqual([]);
    expect(ue.agent.pair?.local.type).toBe('host');
  });

  it('goes through NAPT as a peer-reflexive candidate, without waiting for a retransmission', async () => {
    let mapped = false;
    network.rewrite = (from, to) => {
      if (from.ip === ueHost.ip) {
        mapped = true;
        return { from: napt, to };
      }
      // Unsolicited, or to an address that is not routed.
      if (to.ip === ueHost.ip || (to.ip === napt.ip && !mapped)) return undefined;
      return { from, to: to.ip === napt.ip ? ueHost : to };
    };
    const { ue, peer, connected } = call([network.base('host', ueHost)], 30);
    await connected;
    // Two intervals of Ta, and not the 500 ms of a retransmission.
    await jest.advanceTimersByTimeAsync(2 * rfcTimers.iceTa);
    expect((await settled(ue.agent.selected)) as unknown).toMatchObject({
      local: { type: 'prflx', address: napt, way: 'udp' },
      remote: { type: 'host', address: peerHost },
    });
    expect((await settled(peer.agent.selected)) as unknown).toMatchObject({
      remote: { type: 'prflx', address: napt },
    });
  });

  it('asks again at once when a check shows that the way to a relay is open now (RFC 8445 7.3.1.4)', async () => {
    let permitted = false;
    network.rewrite = (from, to) => (to.ip === ueRelay.ip && !permitted ? undefined : { from, to });
    const { ue, peer, connected } = call([network.base('relay', ueRelay, 'tls:443')], 30);
    await connected;
    // The UE has the answer now and has asked the TURN server for a permission, so the peer's checks get through.
    permitted = true;
    await jest.advanceTimersByTimeAsync(2 * rfcTimers.iceTa);
    for (const { agent } of [ue, peer]) expect(await settled(agent.selected)).not.toBe('pending');
  });

  it('falls back to the relay when nothing comes through to the host, after waiting for better in vain', async () => {
    network.rewrite = (from, to) => ([from.ip, to.ip].includes(ueHost.ip) ? undefined : { from, to });
    const bases = [network.base('host', ueHost), network.base('relay', ueRelay, 'tls:443')];
    const { ue, peer, connected } = call(bases);
    await connected;
    await jest.advanceTimersByTimeAsync(rfcTimers.iceTa + rfcTimers.iceBetterPair - 1);
    expect(await settled(ue.agent.selected)).toBe('pending');
    await jest.advanceTimersByTimeAsync(1);
    expect((await settled(ue.agent.selected)) as unknown).toMatchObject({
      local: { type: 'relay', address: ueRelay, way: 'tls:443' },
      remote: { type: 'host', address: peerHost },
    });
    expect((await settled(peer.agent.selected)) as unknown).toMatchObject({
      remote: { type: 'relay', address: ueRelay },
    });
    // RFC 8445 8.1.2: pending checks to the host candidate are given up.
    network.sent.length = 0;
    await jest.advanceTimersByTimeAsync(2000);
    expect(network.sent).toEqual([]);
  });

  describe('waits longer for a better pair over a connection, where nothing is lost', () => {
    const better = { ip: '198.19.0.4', port: 50_001 };

    /** A call with two relayed addresses, of which the better one's answers are held back. */
    async function slow(way: string): Promise<{ ue: End; answer: () => void }> {
      let holds = true;
      network.rewrite = (from, to) => (holds && to.port === better.port ? undefined : { from, to });
      const { ue, connected } = call([
        network.base('relay', ueRelay, 'tls:443'),
        network.base('host', better, way),
      ]);
      await connected;
      await jest.advanceTimersByTimeAsync(rfcTimers.iceTa + rfcTimers.iceBetterPair);
      return { ue, answer: () => (holds = false) };
    }

    it('and takes it when its answer comes', async () => {
      const { ue, answer } = await slow('tcp:80');
      expect(await settled(ue.agent.selected)).toBe('pending');
      answer();
      // RFC 8489 6.2.1: the request is sent again after the RTO.
      await jest.advanceTimersByTimeAsync(rfcTimers.stunRto);
      expect((await settled(ue.agent.selected)) as unknown).toMatchObject({ local: { way: 'tcp:80' } });
    });

    it('but not for ever', async () => {
      const { ue } = await slow('tcp:80');
      await jest.advanceTimersByTimeAsync(rfcTimers.gathering - rfcTimers.iceBetterPair - 1);
      expect(await settled(ue.agent.selected)).toBe('pending');
      await jest.advanceTimersByTimeAsync(1);
      expect((await settled(ue.agent.selected)) as unknown).toMatchObject({ local: { way: 'tls:443' } });
    });

    it('and not over UDP', async () => {
      const { ue } = await slow('udp');
      expect((await settled(ue.agent.selected)) as unknown).toMatchObject({ local: { way: 'tls:443' } });
    });
  });

  it('does not wait for a host that the lab gave up', async () => {
    network.rewrite = (from, to) => ([from.ip, to.ip].includes(ueHost.ip) ? undefined : { from, to });
    const host = network.base('host', ueHost);
    const { ue, connected } = call([host, network.base('relay', ueRelay, 'tcp:80')]);
    await connected;
    await jest.advanceTimersByTimeAsync(rfcTimers.iceTa);
    host.lose(new AttemptFailure('ABANDONED', 'given up'));
    expect((await settled(ue.agent.selected)) as unknown).toMatchObject({ local: { type: 'relay' } });
  });

  it('takes checks that come before the description of their sender', async () => {
    const ue = end([network.base('host', ueHost)], true);
    const peer = end([network.base('host', peerHost)], false);
    ends.push(ue, peer);
    peer.agent.start(describeEnd(ue));
    await jest.advanceTimersByTimeAsync(30);
    // The peer's check was answered at once (RFC 8445 7.3); but only its caller nominates.
    expect(network.sent).toEqual(['198.19.0.5:2000 > 10.89.1.2:1000', '10.89.1.2:1000 > 198.19.0.5:2000']);
    expect(await settled(peer.agent.selected)).toBe('pending');
    ue.agent.start(describeEnd(peer));
    expect((await settled(ue.agent.selected)) as unknown).toMatchObject({ remote: { type: 'host' } });
    expect((await settled(peer.agent.selected)) as unknown).toMatchObject({ local: { type: 'host' } });
  });

  // The test runs several times because it is chance which end has the greater tie-breaker.
  it.each([true, false, true, false, true, false, true, false])(
    'repairs a conflict when both ends believe they have the role %s: the greater tie-breaker controls',
    async (role) => {
      const one = end([network.base('host', ueHost)], role);
      const other = end([network.base('host', peerHost)], role);
      ends.push(one, other);
      other.agent.start(describeEnd(one));
      one.agent.start(describeEnd(other));
      await jest.advanceTimersByTimeAsync(10 * rfcTimers.iceTa);
      expect((await settled(one.agent.selected)) as unknown).toMatchObject({ remote: { address: peerHost } });
      expect((await settled(other.agent.selected)) as unknown).toMatchObject({ remote: { address: ueHost } });
      const checks = network.datagrams
        .map(({ from, data }) => ({ from, message: parseMessage(data) }))
        .filter(({ message }) => message?.kind === 'request');
      const breaker = ({ message }: (typeof checks)[number]): bigint =>
        (message && roleIn(message)?.tieBreaker) ?? 0n;
      const [greatest] = checks.sort((a, b) => (breaker(a) < breaker(b) ? 1 : -1));
      const nominating = checks.find(({ message }) => message?.has('USE-CANDIDATE'));
      expect(nominating?.from).toEqual(greatest?.from);
    },
  );

  it('fails after 39.5 s without a pair that works (RFC 8863), and says which it tried', async () => {
    network.rewrite = () => undefined;
    const { ue, connected } = call([network.base('host', ueHost)]);
    const failure = expect(ue.agent.selected).rejects.toMatchObject({
      code: 'ICE_FAILED',
      message: 'no candidate pair worked within 39.5 s (RFC 8863); pairs: udp to host 198.19.0.5:2000',
      ways: [{ protocol: 'udp', local: ueHost }],
    });
    await connected;
    await jest.advanceTimersByTimeAsync(39_499);
    expect(ue.failures).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await failure;
    expect(ue.failures).toMatchObject([{ code: 'ICE_FAILED' }]);
  });

  it.each([
    ['ABANDONED', ['ABANDONED', 'ABANDONED'] as const],
    ['ICE_FAILED', ['ABANDONED', 'CONNECTION_LOST'] as const],
  ])('fails at once with %s when the last base is lost', async (code, [first, second]) => {
    network.rewrite = () => undefined;
    const host = network.base('host', ueHost);
    const relay = network.base('relay', ueRelay, 'tls:443');
    const { ue, connected } = call([host, relay]);
    await connected;
    host.lose(new AttemptFailure(first, 'one'));
    expect(ue.failures).toEqual([]);
    relay.lose(new AttemptFailure(second, 'other'));
    const ways = [host.wayTo(peerHost), relay.wayTo(peerHost)];
    expect(ue.failures).toMatchObject([{ code, message: 'no candidate is left: one; other', ways }]);
  });

  it('fails at once when the lab gave up every address of the other end, and names each', async () => {
    network.rewrite = () => undefined;
    const host = network.base('host', ueHost);
    const ue = end([host], true);
    ends.push(ue);
    const others = [peerHost, { ...peerHost, port: 2001 }];
    const candidates = others.map((address) => ownCandidate('host', address));
    ue.agent.start({ ufrag: 'peer', password: 'secret of the peer', candidates });
    host.refuse(others[0]!, new AttemptFailure('ABANDONED', 'one'));
    // A STUN server is no candidate of the peer, so a denied packet to it says nothing about the peer.
    host.refuse({ ip: '198.19.0.30', port: 3478 }, new AttemptFailure('ABANDONED', 'no STUN'));
    expect(ue.failures).toEqual([]);
    host.refuse(others[1]!, new AttemptFailure('ABANDONED', 'other'));
    const ways = others.map((remote) => host.wayTo(remote));
    expect(ue.failures).toMatchObject([{ code: 'ABANDONED', message: 'no candidate is left: other', ways }]);
  });

  it('goes on with a pair that the lab gave up when the other end gets through on it', async () => {
    let open = false;
    network.rewrite = (from, to) => (open ? { from, to } : undefined);
    const host = network.base('host', ueHost);
    const relay = network.base('relay', ueRelay, 'tls:443');
    const { ue, connected } = call([host, relay]);
    await connected;
    await jest.advanceTimersByTimeAsync(100);
    host.refuse(peerHost, new AttemptFailure('ABANDONED', 'dropped'));
    expect(ue.failures).toEqual([]);
    open = true;
    await jest.advanceTimersByTimeAsync(5000);
    expect(ue.agent.pair).toMatchObject({ local: { type: 'host' } });
  });

  it('is lost with the base that it uses, for the reason of that', async () => {
    const relay = network.base('relay', ueRelay, 'tls:443');
    const { ue, connected } = call([relay]);
    await connected;
    await settled(ue.agent.selected);
    const message = 'the TURN allocation has expired after 600 s';
    relay.lose(new AttemptFailure('FLOW_LOST', message));
    expect(ue.failures).toMatchObject([{ code: 'FLOW_LOST', message, ways: [relay.wayTo(peerHost)] }]);
  });

  it('asks for consent every five seconds or so, and is lost after thirty without an answer (RFC 7675)', async () => {
    const { ue, peer, connected } = call([network.base('host', ueHost)]);
    await connected;
    await settled(ue.agent.selected);
    network.sent.length = 0;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(ue.failures).toEqual([]);
    // Each end 10 to 15 times in a minute, each answered.
    expect(network.sent.length).toBeGreaterThanOrEqual(2 * 2 * 10);
    expect(network.sent.length).toBeLessThanOrEqual(2 * 2 * 15);
    network.rewrite = () => undefined;
    await jest.advanceTimersByTimeAsync(30_000);
    const text = (path: string) => `the other end has answered nothing on ${path} for 30 s (RFC 7675)`;
    expect(ue.failures).toMatchObject([{ code: 'FLOW_LOST', message: text('udp to host 198.19.0.5:2000') }]);
    expect(peer.failures).toMatchObject([{ code: 'FLOW_LOST', message: text('udp to host 10.89.1.2:1000') }]);
  });

  it('does not answer checks that nobody signed, or with another key', async () => {
    const base = network.base('host', ueHost);
    const ue = end([base], true);
    ends.push(ue);
    const unsigned = new StunMessage('BINDING', 'request').set('USERNAME', `${ue.agent.local.ufrag}:x`);
    const wrong = writeCheck({
      ...{ local: { ufrag: 'x', password: 'y' }, remote: { ...ue.agent.local, password: 'guessed' } },
      ...{ priority: 1, controlling: false, tieBreaker: 1n, nominate: true },
    });
    for (const message of [unsigned, wrong]) base.receive(message.bytes, peerHost);
    expect(network.sent).toEqual([]);
    expect(ue.agent.garbage).toBe(2);
  });

  it('answers 420 to a check with what must be understood and is not (RFC 8489 6.3.1), and takes nothing of it', async () => {
    const base = network.base('host', ueHost);
    const ue = end([base], false);
    ends.push(ue);
    const send = jest.spyOn(base, 'send');
    const check = new StunMessage('BINDING', 'request')
      .set('USERNAME', `${ue.agent.local.ufrag}:x`)
      .set('PRIORITY', 1)
      .set('ICE-CONTROLLING', 1n);
    check.add(0x7f01, Buffer.alloc(4));
    base.receive(signed(check.bytes, ue.agent.local.password), peerHost);
    expect(send.mock.calls.map(([to]) => to)).toEqual([peerHost]);
    const answer = parseMessage(send.mock.calls[0]![1]);
    expect(answer?.kind).toBe('error');
    expect(answer?.get('ERROR-CODE')).toEqual({ code: 420, reason: 'Unknown Attribute' });
    expect(answer?.get('UNKNOWN-ATTRIBUTES')).toEqual([0x7f01]);
  });

  it('counts what is neither STUN of its own nor from the other end, whatever bytes it is, and goes on', async () => {
    const base = network.base('host', ueHost);
    const { ue, connected } = call([base]);
    await connected;
    await settled(ue.agent.selected);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const before = ue.agent.garbage;
        base.receive(Buffer.from(bytes), { ip: '198.19.66.66', port: 666 });
        expect(ue.agent.garbage).toBe(before + 1);
      }),
    );
    expect(ue.failures).toEqual([]);
    expect(ue.data).toEqual([]);
  });
});
