import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { Channel } from '../dialler/channel';
import { type AttemptFailure } from '../failure';
import { until } from '../../../harness/testing/processes';
import type { Rung } from '../../../ladder';
import { toPcscf } from '../../../ladder/testing/rungs';
import type { Endpoint } from '../protocol';
import { FakeMedia } from '../testing/fake-media';
import { isFarEndClosed } from '../testing/far-end';
import { TestIms } from '../testing/ims';
import { rfcTimers } from '../timers';
import type { UeTimers } from '../timers';
import type { IncomingCall } from './incoming-call';
import { KeepAlive } from './keep-alive';
import { keyOf } from './sip-text';
import { UserAgent } from './user-agent';
import type { IncomingMessage } from './user-agent';

/** Two user agents at the lab's own P-CSCF and IMS core. */

let ims: TestIms;

beforeAll(async () => {
  ims = await TestIms.start(['alice', 'bob', 'carol']);
});

afterEach(() => ims.hangUpAll());
afterAll(() => ims?.[Symbol.asyncDispose]());

const udp1: Rung = toPcscf(1, 'udp:5060');
const udp: Rung = toPcscf(2, 'udp:5060');
const tls: Rung = toPcscf(3, 'tls:443');

interface User {
  readonly agent: UserAgent;
  readonly channel: Channel;
  /** Its own end of the channel. */
  readonly socket: Endpoint;
  readonly messages: IncomingMessage[];
  readonly notes: string[];
  /** The next incoming call. */
  ringing(): Promise<IncomingCall>;
  /** Sends a request that the test writes. It resolves with the answer. */
  ask(method: string, from: string): Promise<string>;
}

interface UserOptions {
  readonly timers?: Partial<UeTimers>;
  /** The address that the UE takes for its own; behind NAT nobody else can reach it. */
  readonly local?: Endpoint;
}

async function user(name: string, rung: Rung, { timers, local }: UserOptions = {}): Promise<User> {
  const { channel, owner, notes } = await ims.dial(rung);
  const socket = channel.local;
  const heard = new Map<string, (text: string) => void>();
  const listen = channel.listen.bind(channel);
  channel.listen = (listener) =>
    listen({
      lost: (failure) => listener.lost(failure),
      data: (data) => {
        const text = data.toString();
        heard.get(keyOf(text)?.branch ?? '')?.(text);
        listener.data(data);
      },
    });
  if (local) Object.defineProperty(channel, 'local', { value: local });
  const { subscriber } = ims.configOf(name);
  const agent = new UserAgent(channel, subscriber, { ...rfcTimers, ...timers }, owner);
  const messages: IncomingMessage[] = [];
  const calls: IncomingCall[] = [];
  const takers: ((call: IncomingCall) => void)[] = [];
  agent.on({
    message: (message) => messages.push(message),
    call: (call) => {
      const taker = takers.shift();
      if (taker) taker(call);
      else calls.push(call);
    },
  });
  await agent.register();
  return {
    agent,
    channel,
    socket,
    messages,
    notes,
    ask: (method, from) =>
      new Promise((resolve) => {
        const branch = `z9hG4bK${randomUUID()}`;
        heard.set(branch, resolve);
        const fields = [
          `${method} ${ims.uriOf('bob')} SIP/2.0`,
          `Via: SIP/2.0/${channel.transport.toUpperCase()} ${socket.ip}:${socket.port};branch=${branch};rport`,
          `From: <${ims.uriOf(from)}>;tag=1`,
          `To: <${ims.uriOf('bob')}>`,
          `Call-ID: ${randomUUID()}`,
          `CSeq: 1 ${method}`,
          'Max-Forwards: 70',
          'Content-Length: 0',
        ];
        channel.send(Buffer.from(`${fields.join('\r\n')}\r\n\r\n`));
      }),
    ringing: () =>
      new Promise((resolve) => {
        const call = calls.shift();
        if (call) resolve(call);
        else takers.push(resolve);
      }),
  };
}

const ways: [string, Rung, Rung][] = [
  ['step 1 to step 1', udp1, udp1],
  ['UDP to UDP', udp, udp],
  ['UDP to TLS', udp, tls],
  ['TLS to UDP', tls, udp],
  ['TLS to TLS', tls, tls],
];

describe('a message', () => {
  it.each(ways)('reaches the other end, and its answer comes back: %s', async (_, from, to) => {
    const alice = await user('alice', from);
    const bob = await user('bob', to);
    await alice.agent.message(ims.uriOf('bob'), 'Grüße: €');
    await bob.agent.message(ims.uriOf('alice'), 'zurück');
    const at: unknown = expect.any(Number);
    expect(bob.messages).toEqual([{ at, from: ims.uriOf('alice'), text: 'Grüße: €' }]);
    expect(alice.messages).toEqual([{ at, from: ims.uriOf('bob'), text: 'zurück' }]);
    await Promise.all([alice.agent.deregister(), bob.agent.deregister()]);
    expect([...alice.notes, ...bob.notes]).toEqual([]);
  });
});

describe('a call', () => {
  it.each(ways)('stands, and ends with BYE from either end: %s', async (_, from, to) => {
    const alice = await user('alice', from);
    const bob = await user('bob', to);
    for (const hangsUp of ['caller', 'called']) {
      const [ours, theirs] = [new FakeMedia('caller'), new FakeMedia('called')];
      const calling = alice.agent.call(ims.uriOf('bob'), ours);
      const ringing = await bob.ringing();
      expect(ringing.from).toBe(ims.uriOf('alice'));
      expect(ringing.replaces).toBeUndefined();
      const [taken, call] = await Promise.all([ringing.answer(theirs), calling]);
      expect(theirs.offered).toContain('s=caller');
      expect(ours.answered).toContain('s=called');
      expect(taken.dialog).toEqual({
        callId: call.dialog.callId,
        localTag: call.dialog.remoteTag,
        remoteTag: call.dialog.localTag,
      });
      const [first, second] = hangsUp === 'caller' ? [call, taken] : [taken, call];
      await first.hangUp();
      expect(await first.ended).toEqual({ by: 'us', reason: 'hung up' });
      expect(await second.ended).toEqual({ by: 'them', reason: 'the other end hung up' });
      expect([ours.closed, theirs.closed]).toEqual([true, true]);
    }
    await Promise.all([alice.agent.deregister(), bob.agent.deregister()]);
    expect([...alice.notes, ...bob.notes]).toEqual([]);
  });

  it('ends with BYE when who has it gives the registration back', async () => {
    const alice = await user('alice', udp);
    const bob = await user('bob', tls);
    const calling = alice.agent.call(ims.uriOf('bob'), new FakeMedia('caller'));
    const ringing = await bob.ringing();
    const [taken] = await Promise.all([ringing.answer(new FakeMedia('called')), calling]);
    await alice.agent.deregister();
    expect(await taken.ended).toEqual({ by: 'them', reason: 'the other end hung up' });
    await bob.agent.deregister();
  });
});

describe('a call that does not come to stand', () => {
  it.each([
    ['UDP to TLS', udp, tls],
    ['TLS to UDP', tls, udp],
  ])('is refused by who is called, or by the core: %s', async (_, from, to) => {
    const alice = await user('alice', from);
    const bob = await user('bob', to);
    const called = (name: string): Promise<unknown> => {
      const media = new FakeMedia('caller');
      return alice.agent.call(ims.uriOf(name), media).then(
        () => 'stands',
        ({ code, message }: AttemptFailure) => ({ code, message, closed: media.closed }),
      );
    };
    const refused = (answer: string) => ({
      code: 'SIP_REFUSED',
      message: `INVITE was answered with ${answer}`,
      closed: true,
    });

    const busy = called('bob');
    (await bob.ringing()).refuse(486);
    expect(await busy).toEqual(refused('486 Busy Here'));

    const unacceptable = called('bob');
    const theirs = new FakeMedia('called', () => false);
    await expect((await bob.ringing()).answer(theirs)).rejects.toMatchObject({ code: 'NOT_ACCEPTABLE' });
    expect(await unacceptable).toEqual(refused('488 Not Acceptable Here'));

    expect(await called('carol')).toEqual(refused('480 Temporarily Unavailable'));
    expect(await called('nobody')).toEqual(refused('404 Not Found'));
    await Promise.all([alice.agent.deregister(), bob.agent.deregister()]);
  });

  it.each([
    ['UDP', udp],
    ['TLS', tls],
  ])('is cancelled when nobody answers, also at who is called: %s', async (_, rung) => {
    const alice = await user('alice', rung);
    const bob = await user('bob', rung);
    const calling = alice.agent.call(ims.uriOf('bob'), new FakeMedia('caller'), { answerWithinMs: 300 });
    const [ringing] = await Promise.all([
      bob.ringing(),
      expect(calling).rejects.toMatchObject({ code: 'NO_ANSWER', message: 'nobody answered within 0.3 s' }),
    ]);
    await ringing.cancelled;
    await Promise.all([alice.agent.deregister(), bob.agent.deregister()]);
    expect([...alice.notes, ...bob.notes]).toEqual([]);
  });
});

describe('a call that replaces another (RFC 3891)', () => {
  it.each([
    ['UDP to TLS', udp, tls],
    ['TLS to UDP', tls, udp],
  ])('comes over another flow, and the old one ends: %s', async (_, before, after) => {
    const bob = await user('bob', udp);
    const left = await user('alice', before);
    const first = left.agent.call(ims.uriOf('bob'), new FakeMedia('first'));
    const taken = await (await bob.ringing()).answer(new FakeMedia('called'));
    const { dialog, ended } = await first;
    // The registration in TLS forbids SIP outside TLS (TS 33.203 Annex O); a dialog goes on over its own flow.
    const arrived = await user(before === tls ? 'carol' : 'alice', after);
    const second = arrived.agent.call(ims.uriOf('bob'), new FakeMedia('second'), { replaces: dialog });
    const ringing = await bob.ringing();
    expect(ringing.replaces).toEqual(taken.dialog);
    await ringing.answer(new FakeMedia('called again'));
    expect(await taken.ended).toEqual({ by: 'us', reason: 'replaced' });
    expect(await ended).toEqual({ by: 'them', reason: 'the other end hung up' });
    await expect(
      arrived.agent.call(ims.uriOf('bob'), new FakeMedia('third'), { replaces: dialog }),
    ).rejects.toMatchObject({ message: 'INVITE was answered with 481 Call/Transaction Does Not Exist' });
    await (await second).hangUp();
    for (const { agent } of [left, arrived, bob]) await agent.deregister();
  });
});

describe('the P-CSCF', () => {
  it.each([
    ['UDP', udp],
    ['TLS', tls],
  ])('serves a UE only as who it registered over that flow, and until it ends that: %s', async (_, rung) => {
    const alice = await user('alice', rung);
    const bob = await user('bob', udp);
    expect(await alice.ask('MESSAGE', 'alice')).toMatch(/^SIP\/2\.0 200 /);
    const stranger = /^SIP\/2\.0 403 Not Registered Over This Flow\r\n/;
    expect(await alice.ask('MESSAGE', 'carol')).toMatch(stranger);
    expect(await alice.ask('INVITE', 'carol')).toMatch(stranger);
    // Neither the P-CSCF nor the core knows this method (RFC 3261 8.2.1).
    expect(await alice.ask('PUBLISH', 'alice')).toMatch(/^SIP\/2\.0 405 /);
    await alice.agent.deregister();
    const again = await user('carol', rung);
    expect(await again.ask('MESSAGE', 'alice')).toMatch(stranger);
    await Promise.all([again.agent.deregister(), bob.agent.deregister()]);
  });
});

describe('a UE behind NAT', () => {
  // TEST-NET-1, RFC 5737: no way leads there.
  const local = { ip: '192.0.2.7', port: 4711 };

  it.each([
    ['UDP', udp],
    ['TLS', tls],
  ])('is reached over the flow that it opened: %s', async (_, rung) => {
    const alice = await user('alice', udp);
    const bob = await user('bob', rung, { local });
    await alice.agent.message(ims.uriOf('bob'), 'over your flow');
    expect(bob.messages).toHaveLength(1);
    const calling = alice.agent.call(ims.uriOf('bob'), new FakeMedia('caller'));
    const taken = await (await bob.ringing()).answer(new FakeMedia('called'));
    await (await calling).hangUp();
    expect(await taken.ended).toMatchObject({ by: 'them' });
    const back = bob.agent.call(ims.uriOf('alice'), new FakeMedia('caller'));
    const takenBack = await (await alice.ringing()).answer(new FakeMedia('called'));
    // In the dialog that it began, requests reach it over its flow too.
    await takenBack.hangUp();
    expect(await (await back).ended).toMatchObject({ by: 'them' });
    await Promise.all([alice.agent.deregister(), bob.agent.deregister()]);
  });

  it('is not connected to when its connection is gone: 430 at the edge, 480 for the caller', async () => {
    const alice = await user('alice', udp);
    const bob = await user('bob', tls, { local });
    await alice.agent.message(ims.uriOf('bob'), 'there');
    await bob.channel.close();
    await until(() => isFarEndClosed(bob.socket), 'the P-CSCF to close its end too');
    // The listener has the address from which the flow came, which is all that the P-CSCF knows of the UE.
    let connections = 0;
    const listener = createServer(() => connections++);
    await new Promise<void>((resolve) => listener.listen(bob.socket.port, bob.socket.ip, resolve));
    try {
      await expect(alice.agent.message(ims.uriOf('bob'), 'gone')).rejects.toMatchObject({
        code: 'SIP_REFUSED',
        message: 'MESSAGE was answered with 480 Temporarily Unavailable',
      });
      const media = new FakeMedia('caller');
      await expect(alice.agent.call(ims.uriOf('bob'), media)).rejects.toMatchObject({
        code: 'SIP_REFUSED',
        message: 'INVITE was answered with 480 Temporarily Unavailable',
      });
      expect(connections).toBe(0);
    } finally {
      listener.close();
    }
    // When the UE has registered again over another connection, it can be reached again.
    const again = await user('bob', tls);
    await alice.agent.message(ims.uriOf('bob'), 'there again');
    expect(again.messages).toHaveLength(1);
    await Promise.all([alice.agent.deregister(), again.agent.deregister()]);
  });
});

describe('keep-alives', () => {
  it.each([
    ['STUN over UDP', udp],
    ['pings over TLS', tls],
  ])('are recommended, sent and answered: %s', async (_, rung) => {
    const { agent } = await user('alice', rung);
    expect(agent.keepSeconds).toBe(30);
    expect(await agent.isFlowAlive()).toBe(true);
    const lost: string[] = [];
    let checks = 0;
    await new Promise<void>((resolve) => {
      const checking = { keepSeconds: 1, whenOver: () => undefined, checkFlow: check };
      const keepAlive = KeepAlive.start(checking, 20, ({ message }) => lost.push(message));
      async function check(): Promise<void> {
        await agent.checkFlow();
        if (++checks < 5) return;
        keepAlive.stop();
        resolve();
      }
    });
    expect(lost).toEqual([]);
    await agent.deregister();
  });
});
