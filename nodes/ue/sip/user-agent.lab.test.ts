import type { Rung } from '../ladder';
import { FakeMedia } from '../testing/fake-media';
import { TestIms } from '../testing/ims';
import { rfcTimers } from '../timers';
import type { UeTimers } from '../timers';
import type { IncomingCall } from './incoming-call';
import { UserAgent } from './user-agent';
import type { IncomingMessage } from './user-agent';

/** Two user agents at the lab's own P-CSCF and IMS core. */

let ims: TestIms;

beforeAll(async () => {
  ims = await TestIms.start(['alice', 'bob', 'carol']);
});

afterEach(() => ims.hangUpAll());
afterAll(() => ims?.[Symbol.asyncDispose]());

const udp1: Rung = { step: 1, via: 'udp:5060' };
const udp: Rung = { step: 2, via: 'udp:5060' };
const tls: Rung = { step: 3, via: 'tls:443' };

interface User {
  readonly agent: UserAgent;
  readonly messages: IncomingMessage[];
  readonly notes: string[];
  /** The next incoming call. */
  ringing(): Promise<IncomingCall>;
}

async function user(name: string, rung: Rung, timers: Partial<UeTimers> = {}): Promise<User> {
  const { channel, owner, notes } = await ims.dial(rung);
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
    messages,
    notes,
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
    expect(bob.messages).toEqual([{ from: ims.uriOf('alice'), text: 'Grüße: €' }]);
    expect(alice.messages).toEqual([{ from: ims.uriOf('bob'), text: 'zurück' }]);
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
});
