import fc from 'fast-check';
import { AttemptFailure } from '../failure';
import { FakeAttempt } from '../testing/fake-attempt';
import { FakeMedia } from '../testing/fake-media';
import { FakeWire } from '../testing/fake-wire';
import { rfcTimers, timersOf } from '../timers';
import type { Call } from './call';
import type { IncomingCall } from './incoming-call';
import { UserAgent } from './user-agent';
import type { UserAgentEvents } from './user-agent';

/** Two user agents over UDP, with fake time and every loss that the test wants. */

const domain = 'ims.example';
const uriOf = (name: string): string => `sip:${name}@${domain}`;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

interface Pair {
  readonly wire: FakeWire;
  readonly alice: UserAgent;
  readonly bob: UserAgent;
  readonly attempts: readonly FakeAttempt[];
}

/** Two that have registered. */
async function pair(
  events: UserAgentEvents,
  lose?: (what: string, index: number) => boolean,
  timers = rfcTimers,
): Promise<Pair> {
  const wire = new FakeWire(lose);
  const attempts = [new FakeAttempt(), new FakeAttempt()];
  const [alice, bob] = ['alice', 'bob'].map((name, index) => {
    const subscriber = { domain, impi: `${name}@${domain}`, impu: uriOf(name), password: 'x' };
    return new UserAgent(wire.ends[index]!, subscriber, timers, attempts[index]!);
  }) as [UserAgent, UserAgent];
  bob.on(events);
  await within(100, Promise.all([alice.register(), bob.register()]));
  return { wire, alice, bob, attempts };
}

/** Lets fake time pass until `work` is done. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let over = false;
  const done = (): boolean => (over = true);
  work.then(done, done);
  for (let passed = 0; passed < ms && !over; passed += 5) await jest.advanceTimersByTimeAsync(5);
  if (!over) throw new Error(`not done within ${ms} ms`);
  return work;
}

/** Makes a call, hangs up, and checks how both ends saw the call end. */
async function callAndHangUp({ alice }: Pair, answered: Promise<Call>): Promise<void> {
  const media = new FakeMedia('caller');
  const [call, taken] = await within(40_000, Promise.all([alice.call(uriOf('bob'), media), answered]));
  expect(media.answered).toContain('s=called');
  await within(40_000, call.hangUp());
  expect(await within(40_000, Promise.all([call.ended, taken.ended]))).toEqual([
    { by: 'us', reason: 'hung up' },
    { by: 'them', reason: 'the other end hung up' },
  ]);
}

/** A pair whose called end answers every call. */
async function answeringPair(lose?: (what: string, index: number) => boolean) {
  let rang = 0;
  let take: (call: Promise<Call>) => void = () => undefined;
  const answered = new Promise<Call>((resolve) => (take = resolve));
  const both = await pair(
    {
      call: (call) => {
        rang++;
        take(call.answer(new FakeMedia('called')));
      },
    },
    lose,
  );
  return { both, answered, rang: () => rang };
}

/** Ends both; no timer may be left. */
function end({ attempts }: Pair): void {
  for (const attempt of attempts) attempt.end();
  expect(jest.getTimerCount()).toBe(0);
  expect(attempts.flatMap(({ notes }) => notes)).toEqual([]);
}

describe('a call over UDP', () => {
  const flow = [
    ...['0 INVITE', '1 100 INVITE', '1 180 INVITE', '1 200 INVITE', '0 PRACK', '0 ACK'],
    ...['1 200 PRACK', '0 BYE', '1 200 BYE'],
  ];

  it('is INVITE, 100, 180 with PRACK (RFC 3262), 200, ACK, BYE and 200', async () => {
    const { both, answered, rang } = await answeringPair();
    await callAndHangUp(both, answered);
    expect(both.wire.sent).toEqual(flow);
    expect(rang()).toBe(1);
    end(both);
  });

  it.each(flow.map((what, index) => [what, index] as const))(
    'stands and ends when its %s is lost',
    async (what, index) => {
      const { both, answered, rang } = await answeringPair((_, at) => at === index);
      await callAndHangUp(both, answered);
      expect(both.wire.sent[index]).toBe(what);
      expect(rang()).toBe(1);
      end(both);
    },
  );

  it('stands and ends when any third of its first messages is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat({ max: 14 }), { maxLength: 5 }), async (lost) => {
        const { both, answered, rang } = await answeringPair((_, index) => lost.includes(index));
        await callAndHangUp(both, answered);
        expect(rang()).toBe(1);
        end(both);
      }),
      { numRuns: 40 },
    );
  });

  // RFC 3261 13.2.2.4: the ACK has the number of its INVITE, and 12.2.1.1: what follows in the dialog a higher one.
  it('keeps its numbers in order whichever of what is drawn at random is 0', async () => {
    const numberOf = (text: string | undefined): number => Number(/^CSeq: (\d+) /im.exec(text ?? '')?.[1]);
    const real = Math.random;
    const drawn = jest.spyOn(Math, 'random');
    for (let zero = 0, more = true; more; zero++) {
      const { both, answered } = await answeringPair();
      let draws = 0;
      drawn.mockImplementation(() => (draws++ === zero ? 0 : real()));
      await callAndHangUp(both, answered);
      more = draws > zero;
      expect(both.wire.sent).toEqual(flow);
      const [invite, ack, bye] = ['0 INVITE', '0 ACK', '0 BYE'].map((what) =>
        numberOf(both.wire.texts[both.wire.sent.indexOf(what)]),
      );
      // The PRACK has the number between.
      expect({ zero, ack, bye }).toEqual({ zero, ack: invite, bye: invite! + 2 });
      end(both);
    }
    drawn.mockRestore();
  });

  it('is given up after Timer B when nobody answers at all', async () => {
    const { both } = await answeringPair((what) => what.startsWith('0 '));
    const failed = both.alice.call(uriOf('bob'), new FakeMedia('caller'));
    await expect(within(40_000, failed)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no final response to INVITE within 32 s (Timer B of RFC 3261)',
    });
    // Timer A: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s; nothing acknowledges what did not come.
    expect(both.wire.sent).toEqual(Array(7).fill('0 INVITE'));
    end(both);
  });

  it('is cancelled when it rings too long, and the 487 is acknowledged', async () => {
    const invites: IncomingCall[] = [];
    const both = await pair({ call: (call) => invites.push(call) });
    const media = new FakeMedia('caller');
    const failed = both.alice.call(uriOf('bob'), media, { answerWithinMs: 3000 });
    await expect(within(4000, failed)).rejects.toMatchObject({
      code: 'NO_ANSWER',
      message: 'nobody answered within 3 s',
    });
    expect(both.wire.sent.slice(3)).toEqual([
      ...['0 PRACK', '1 200 PRACK'],
      ...['0 CANCEL', '1 200 CANCEL', '1 487 INVITE', '0 ACK'],
    ]);
    expect(media.closed).toBe(true);
    await within(100, invites[0]!.cancelled);
    await expect(invites[0]!.answer(new FakeMedia('called'))).rejects.toMatchObject({ code: 'HUNG_UP' });
    end(both);
  });

  it('ends at once what was answered while it was cancelled (RFC 3261 15)', async () => {
    let lostOnce = false;
    const { both, answered } = await answeringPair((what) => {
      const lose = what === '1 200 INVITE' && !lostOnce;
      lostOnce ||= lose;
      return lose;
    });
    const failed = both.alice.call(uriOf('bob'), new FakeMedia('caller'), { answerWithinMs: 100 });
    await expect(within(6000, failed)).rejects.toMatchObject({ code: 'NO_ANSWER' });
    expect(await within(1000, (await answered).ended)).toEqual({
      by: 'them',
      reason: 'the other end hung up',
    });
    expect(both.wire.sent.slice(-3)).toEqual(['0 ACK', '0 BYE', '1 200 BYE']);
    end(both);
  });

  it('repeats a refusal until it is acknowledged, and the ACK for one that comes again', async () => {
    const lost = ['1 486 INVITE', '0 ACK'];
    const both = await pair({ call: (call) => call.refuse(486) }, (what) => {
      const place = lost.indexOf(what);
      if (place >= 0) lost.splice(place, 1);
      return place >= 0;
    });
    const failed = both.alice.call(uriOf('bob'), new FakeMedia('caller'));
    await expect(within(40_000, failed)).rejects.toMatchObject({
      code: 'SIP_REFUSED',
      message: 'INVITE was answered with 486 Busy Here',
    });
    await jest.advanceTimersByTimeAsync(10_000);
    const refusals = both.wire.sent.filter((what) => /486|ACK/.test(what));
    expect(refusals).toEqual(['1 486 INVITE', '1 486 INVITE', '0 ACK', '1 486 INVITE', '0 ACK']);
    end(both);
  });

  it('is ended by the called end when no ACK ever comes', async () => {
    const { both, answered } = await answeringPair((what) => what === '0 ACK');
    answered.catch(() => undefined);
    const call = await within(1000, both.alice.call(uriOf('bob'), new FakeMedia('caller')));
    await expect(within(40_000, answered)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no ACK to the 200 within 64*T1 (RFC 3261 13.3.1.4)',
    });
    expect(await within(1000, call.ended)).toEqual({ by: 'them', reason: 'the other end hung up' });
    end(both);
  });

  it('is refused with 488 when the called end cannot carry it, and with 480 when it has no way', async () => {
    const failures = [
      new AttemptFailure('NOT_ACCEPTABLE', 'no codec'),
      new AttemptFailure('NO_RELAY', 'no way'),
    ];
    for (const [index, answer] of ['488 Not Acceptable Here', '480 Temporarily Unavailable'].entries()) {
      const failure = failures[index]!;
      let answered: Promise<unknown> = Promise.resolve();
      const media = new FakeMedia('called', () => {
        throw failure;
      });
      const both = await pair({
        call: (call) => {
          answered = call.answer(media).catch((error: unknown) => error);
        },
      });
      const failed = both.alice.call(uriOf('bob'), new FakeMedia('caller'));
      await expect(within(1000, failed)).rejects.toMatchObject({
        code: 'SIP_REFUSED',
        message: `INVITE was answered with ${answer}`,
      });
      expect(await answered).toBe(failure);
      expect(media.closed).toBe(true);
      end(both);
    }
  });

  it('is ended by a caller who cannot carry the answer', async () => {
    const { both, answered } = await answeringPair();
    const media = new FakeMedia('caller', () => false);
    await expect(within(1000, both.alice.call(uriOf('bob'), media))).rejects.toMatchObject({
      code: 'NOT_ACCEPTABLE',
      message: 'caller cannot carry that',
    });
    expect(await within(1000, (await answered).ended)).toMatchObject({ by: 'them' });
    end(both);
  });

  it('replaces another (RFC 3891), which then ends; what is not there is refused with 481', async () => {
    const calls: Call[] = [];
    const asked: IncomingCall[] = [];
    const both = await pair({
      call: (call) => {
        asked.push(call);
        void call.answer(new FakeMedia('called')).then((taken) => calls.push(taken));
      },
    });
    const first = await within(1000, both.alice.call(uriOf('bob'), new FakeMedia('first')));
    await jest.advanceTimersByTimeAsync(10);
    const replaces = first.dialog;
    const second = await within(1000, both.alice.call(uriOf('bob'), new FakeMedia('second'), { replaces }));
    expect(await within(1000, first.ended)).toEqual({ by: 'them', reason: 'the other end hung up' });
    expect(asked[1]?.replaces).toEqual(calls[0]?.dialog);
    expect(await calls[0]?.ended).toEqual({ by: 'us', reason: 'replaced' });
    const again = both.alice.call(uriOf('bob'), new FakeMedia('third'), { replaces });
    await expect(within(1000, again)).rejects.toMatchObject({
      code: 'SIP_REFUSED',
      message: 'INVITE was answered with 481 Call/Transaction Does Not Exist',
    });
    await within(1000, second.hangUp());
    expect(await calls[1]?.ended).toMatchObject({ by: 'them' });
    end(both);
  });

  it.each(['the caller', 'the called end'])(
    'has a further offer of %s in a re-INVITE (RFC 3261 14)',
    async (who) => {
      const { both, answered } = await answeringPair();
      const media = new FakeMedia('caller');
      const [call, taken] = await within(1000, Promise.all([both.alice.call(uriOf('bob'), media), answered]));
      const one = who === 'the caller' ? call : taken;
      const before = both.wire.sent.length;
      await within(1000, one.reoffer());
      const [first, second] = who === 'the caller' ? ['0', '1'] : ['1', '0'];
      expect(both.wire.sent.slice(before)).toEqual([
        `${first} INVITE`,
        `${second} 100 INVITE`,
        `${second} 200 INVITE`,
        `${first} ACK`,
      ]);
      await within(1000, call.hangUp());
      end(both);
    },
  );

  it('goes on unchanged when a further offer is refused (RFC 3261 14.1)', async () => {
    let calls = 0;
    const both = await pair({
      // The first offer is acceptable, and no later one.
      call: (call) => void call.answer(new FakeMedia('called', () => calls++ === 0)),
    });
    const media = new FakeMedia('caller');
    const call = await within(1000, both.alice.call(uriOf('bob'), media));
    await expect(within(1000, call.reoffer())).rejects.toMatchObject({
      code: 'SIP_REFUSED',
      message: 'the re-INVITE was answered with 488 Not Acceptable Here',
    });
    expect([media.refusals, media.closed]).toEqual([1, false]);
    await within(1000, call.hangUp());
    end(both);
  });

  it('ends as a failure when the flow is lost', async () => {
    const { both, answered } = await answeringPair();
    const call = await within(1000, both.alice.call(uriOf('bob'), new FakeMedia('caller')));
    const lost = new AttemptFailure('CONNECTION_LOST', 'gone');
    const told: AttemptFailure[] = [];
    both.alice.on({ lost: (failure) => told.push(failure) });
    const message = both.alice.message(uriOf('bob'), 'x');
    message.catch(() => undefined);
    both.wire.ends[0].lose(lost);
    expect(await call.ended).toEqual({ by: 'failure', reason: 'gone' });
    await expect(message).rejects.toBe(lost);
    await expect(both.alice.message(uriOf('bob'), 'x')).rejects.toBe(lost);
    await expect(both.alice.call(uriOf('bob'), new FakeMedia('caller'))).rejects.toBe(lost);
    await expect(both.alice.checkFlow()).rejects.toBe(lost);
    expect(told).toEqual([lost]);
    // Nobody answers its BYE any more.
    await within(rfcTimers.goodbye + 10, (await answered).hangUp());
    end(both);
  });

  it('ends with a BYE that nobody waits for when the attempt ends', async () => {
    const { both, answered } = await answeringPair();
    await within(1000, both.alice.call(uriOf('bob'), new FakeMedia('caller')));
    both.attempts[0]!.end();
    expect(await within(1000, (await answered).ended)).toMatchObject({ by: 'them' });
    end(both);
  });

  it('is refused with 405 where nobody takes calls', async () => {
    const both = await pair({});
    await expect(within(1000, both.alice.call(uriOf('bob'), new FakeMedia('caller')))).rejects.toMatchObject({
      code: 'SIP_REFUSED',
      message: 'INVITE was answered with 405 Method Not Allowed',
    });
    end(both);
  });
});

describe('a message over UDP', () => {
  it.each([
    ['nothing', -1],
    ['the request', 0],
    ['the answer', 1],
  ])('comes exactly once when %s is lost', async (_, lost) => {
    const texts: string[] = [];
    const both = await pair({ message: ({ text }) => texts.push(text) }, (_what, index) => index === lost);
    await within(2000, both.alice.message(uriOf('bob'), 'Grüße: €\r\n\r\n'));
    expect(texts).toEqual(['Grüße: €\r\n\r\n']);
    end(both);
  });

  it('is given up after Timer F', async () => {
    const both = await pair({}, () => true);
    await expect(within(40_000, both.alice.message(uriOf('bob'), 'x'))).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no final response to MESSAGE within 32 s (Timer F of RFC 3261)',
    });
    end(both);
  });

  it('is given up after Timer F of TS 24.229 table 7.7.1 where the UE has its timers', async () => {
    const both = await pair({}, () => true, timersOf('3gpp'));
    await expect(within(130_000, both.alice.message(uriOf('bob'), 'x'))).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no final response to MESSAGE within 128 s (Timer F of RFC 3261)',
    });
    // Timer E: at 0, 2, 6 and 14 s, then every T2, 16 s.
    expect(both.wire.sent).toEqual(Array(11).fill('0 MESSAGE'));
    end(both);
  });

  it('is refused with 405 where nobody takes messages', async () => {
    const both = await pair({});
    await expect(within(1000, both.alice.message(uriOf('bob'), 'x'))).rejects.toMatchObject({
      code: 'SIP_REFUSED',
      message: 'MESSAGE was answered with 405 Method Not Allowed',
    });
    end(both);
  });

  it('is answered although who listens fails', async () => {
    const both = await pair({
      message: () => {
        throw new Error('no taste for it');
      },
    });
    await within(1000, both.alice.message(uriOf('bob'), 'x'));
    expect(both.attempts[1]?.notes.splice(0)).toEqual(['a listener failed: no taste for it']);
    end(both);
  });
});

describe('what comes in over UDP', () => {
  const call =
    'INVITE sip:bob@ims.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\n' +
    'From: <sip:alice@ims.example>;tag=1\r\nTo: <sip:bob@ims.example>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n' +
    'Contact: <sip:alice@10.0.0.1>\r\nReplaces: x;to-tag=1;from-tag=2\r\nContent-Type: application/sdp\r\n' +
    'Content-Length: 5\r\n\r\nv=0\r\n';
  const broken = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.nat({ max: call.length }).map((length) => Buffer.from(call.slice(0, length))),
    fc
      .tuple(fc.nat({ max: call.length - 1 }), fc.string({ minLength: 1, maxLength: 3 }), fc.nat({ max: 9 }))
      .map(([at, text, cut]) => Buffer.from(call.slice(0, at) + text + call.slice(at + cut))),
    fc
      .constantFrom('INVITE', 'BYE', 'CANCEL', 'ACK', 'MESSAGE', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'X')
      .map((method) => Buffer.from(call.replace(/INVITE/g, method))),
  );

  it('never ends anything, however broken it is', async () => {
    const both = await pair({ call: (invite) => invite.refuse(486), message: () => undefined });
    await fc.assert(
      fc.asyncProperty(broken, async (bytes) => {
        both.wire.ends[1].receive(bytes);
        await jest.advanceTimersByTimeAsync(1);
        expect(both.bob.lost).toBeUndefined();
      }),
      { numRuns: 300 },
    );
    await within(1000, both.alice.message(uriOf('bob'), 'still there'));
    for (const attempt of both.attempts) attempt.notes.splice(0);
    end(both);
  });
});
