import fc from 'fast-check';
import { registrationLadder, registrationRungs, relayRungs, steps, type Rung } from '../ladder';
import { toTurn } from '../ladder/testing/rungs';
import type { AttemptReport } from '../nodes/ue/protocol';
import { scenarios } from '.';
import { accessChange } from './access-change';
import { climb, isOpenTo } from './climb';
import type { Scenario, ScenarioContext, ScenePhone } from './scenario';

const named = ({ step, via }: Rung): string => `${step} ${via}`;

function report(end: AttemptReport['end']): AttemptReport {
  return { attempt: '', startedAt: 0, durationMs: 0, end, flows: [], identifiers: [] };
}

/** Climbs a ladder on which these rungs pass, and says which were tried, in order. */
async function climbed(
  rungs: readonly Rung[],
  context: ScenarioContext,
  passing: readonly string[] = [],
  end: AttemptReport['end'] = 'failed',
): Promise<string[]> {
  const tried: string[] = [];
  await climb({ ladder: rungs, climbs: 'all' }, context, (rung) => {
    tried.push(named(rung));
    return Promise.resolve(report(passing.includes(named(rung)) ? 'passed' : end));
  });
  return tried;
}

const all: ScenarioContext = { steps, ladder: 'all', security: 'digest', hasProxy: false };
const stop: ScenarioContext = { ...all, ladder: 'stop' };
const proxied = (context: ScenarioContext): ScenarioContext => ({ ...context, hasProxy: true });
const everything = [...registrationRungs, ...relayRungs].map(named);

describe('all', () => {
  it('measures every rung in order, whatever passes; without a proxy there is no CONNECT', async () => {
    const expected = ['1 udp:5060', '2 udp:5060', '2 tls:5061', '3 tls:443'];
    expect(await climbed(registrationRungs, all, everything)).toEqual(expected);
    expect(await climbed(registrationRungs, all)).toEqual(expected);
  });

  it('measures the direct way past a proxy too', async () => {
    expect(await climbed(relayRungs, proxied(all), everything)).toEqual([
      '2 udp:3478',
      '2 tcp:3478',
      '2 tls:5349',
      '3 tcp:80',
      '3 tls:443',
      '3 connect:443',
    ]);
  });

  it('tries SIP over WebSocket only with a phone that declares it', async () => {
    const context = { ...proxied(all), steps: [3] } as const;
    const usual = ['3 tls:443', '3 connect:443'];
    expect(await climbed(registrationLadder, context)).toEqual(usual);
    expect(await climbed(registrationLadder, { ...context, transports: ['udp', 'tls'] })).toEqual(usual);
    expect(await climbed(registrationLadder, { ...context, transports: ['wss'] })).toEqual([
      ...usual,
      '3 wss:443',
      '3 connect-wss:443',
    ]);
  });

  it('tries the chosen steps only', async () => {
    expect(await climbed(registrationRungs, { ...all, steps: [2] })).toEqual(['2 udp:5060', '2 tls:5061']);
    expect(await climbed(registrationRungs, { ...proxied(all), steps: [1, 3] })).toEqual([
      '1 udp:5060',
      '3 tls:443',
      '3 connect:443',
    ]);
    // TURN has no place in the normal procedures.
    expect(await climbed(relayRungs, { ...all, steps: [1] })).toEqual([]);
  });
});

describe('stop, as the CR has it: "if this fails the UE continues"', () => {
  it.each<[string, string[], string[]]>([
    ['step 1 passes', ['1 udp:5060'], ['1 udp:5060']],
    ['step 2 passes at its first rung', ['2 udp:5060'], ['1 udp:5060', '2 udp:5060']],
    ['step 2 passes at its second rung', ['2 tls:5061'], ['1 udp:5060', '2 udp:5060', '2 tls:5061']],
    ['step 3 is left', ['3 tls:443'], ['1 udp:5060', '2 udp:5060', '2 tls:5061', '3 tls:443']],
    ['nothing passes', [], ['1 udp:5060', '2 udp:5060', '2 tls:5061', '3 tls:443']],
  ])('%s', async (_, passing, expected) => {
    expect(await climbed(registrationRungs, stop, passing)).toEqual(expected);
  });

  it.each(['failed', 'abandoned', 'unsupported'] as const)(
    'goes on after an attempt that ended %s',
    async (end) => {
      expect(await climbed(registrationRungs, stop, [], end)).toHaveLength(4);
    },
  );

  // TS 33.203 W.2.1: the UE uses CONNECT if a proxy is configured, else goes directly; the
  // configuration decides, not probing.
  it('takes CONNECT alone at step 3 where a proxy is configured', async () => {
    expect(await climbed(registrationRungs, proxied(stop), ['3 tls:443', '3 connect:443'])).toEqual([
      '1 udp:5060',
      '2 udp:5060',
      '2 tls:5061',
      '3 connect:443',
    ]);
    expect(await climbed(relayRungs, { ...proxied(stop), steps: [3] })).toEqual(['3 connect:443']);
  });
});

it('a way past the proxy is open to who measures all, CONNECT to who has a proxy', () => {
  const open = (rung: Rung, ladder: 'all' | 'stop', hasProxy: boolean): boolean =>
    isOpenTo(rung, { ladder, hasProxy });
  expect(open(toTurn(3, 'connect:443'), 'all', false)).toBe(false);
  expect(open(toTurn(3, 'connect:443'), 'stop', true)).toBe(true);
  expect(open(toTurn(3, 'tcp:80'), 'stop', true)).toBe(false);
  expect(open(toTurn(3, 'tcp:80'), 'all', true)).toBe(true);
  // A proxy is for step 3: the steps before it are the normal and the NAT-traversal procedures.
  expect(open(toTurn(2, 'tls:5349'), 'stop', true)).toBe(true);
});

describe('any network', () => {
  const network = fc.record({
    rungs: fc.constantFrom(registrationRungs, relayRungs),
    passing: fc.subarray(everything),
    hasProxy: fc.boolean(),
    steps: fc.subarray([...steps], { minLength: 1 }),
  });

  it('stop tries a beginning of what could be tried, and ends with the first that passes', async () => {
    await fc.assert(
      fc.asyncProperty(network, async ({ rungs, passing, hasProxy, steps }) => {
        const context = { ...stop, steps, hasProxy };
        const tried = await climbed(rungs, context, passing);
        const ladder = await climbed(rungs, context);
        const first = ladder.findIndex((rung) => passing.includes(rung));
        expect(tried).toEqual(first < 0 ? ladder : ladder.slice(0, first + 1));
      }),
    );
  });

  it('one attempt runs at a time', async () => {
    await fc.assert(
      fc.asyncProperty(network, async ({ rungs, hasProxy, steps }) => {
        let running = 0;
        await climb({ ladder: rungs, climbs: 'all' }, { ...all, steps, hasProxy }, async () => {
          expect(++running).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
          return report('failed');
        });
      }),
      { numRuns: 20 },
    );
  });
});

/** A phone whose attempts end as the test says, on a network with or without a proxy. */
function phoneThat(
  attempt: ScenePhone['attempt'],
  context: ScenarioContext,
  elsewhere?: ScenePhone,
): ScenePhone {
  return {
    context,
    attempt,
    cutOff: () => Promise.reject(new Error('nothing is to be cut off here')),
    abandon: () => undefined,
    option: ({ initial }) => initial,
    callsAtPeer: () => Promise.resolve([]),
    ...(elsewhere ? { elsewhere } : {}),
  };
}

const play = (scenario: Scenario, phone: ScenePhone): Promise<void> =>
  climb(scenario, phone.context, (rung) => scenario.play(phone, rung));

it('each scenario has the phone try its own ladder, and says what it wants of it', async () => {
  const calls: string[] = [];
  const phone = phoneThat(
    (action, rung, parameters = {}) => {
      calls.push(
        [
          action,
          named(rung),
          ...Object.entries(parameters).map(([name, value]) => `${name} ${value as number}`),
        ].join(', '),
      );
      return Promise.resolve(report('failed'));
    },
    { ...proxied(all), steps: [3] },
  );
  for (const scenario of scenarios) await play(scenario, phone);
  expect(calls).toEqual([
    'register, 3 tls:443',
    'register, 3 connect:443',
    'relay, 3 tcp:80',
    'relay, 3 tls:443',
    'relay, 3 connect:443',
    'message, 3 tls:443',
    'message, 3 connect:443',
    'call, 3 tls:443, mediaMs 3000',
    'call, 3 connect:443, mediaMs 3000',
    'msrp, 3 tls:443, bytes 1048576',
    'msrp, 3 connect:443, bytes 1048576',
    // These two are played as a UE climbs: by CONNECT where a proxy is configured (TS 33.203 W.2.1).
    'leave, 3 connect:443, mediaMs 3000',
    'keepalive, 3 connect:443, idleMs 2000, idleTimes 10',
  ]);
});

it.each([
  ['before', false],
  ['after', true],
])('an access change climbs the other ladder %s the old network is gone', async (_, isGone) => {
  const calls: string[] = [];
  const dialog = { callId: 'c', localTag: 'l', remoteTag: 'r' };
  const sti = 'sip:sti-1@192.0.2.1';
  const there = phoneThat((action, rung, parameters) => {
    expect(parameters?.transfers).toEqual({
      ...dialog,
      ...(isGone ? { by: 'target-dialog', sti } : { by: 'replaces' }),
    });
    calls.push(`${action} ${named(rung)}`);
    return Promise.resolve(report(rung.step === 3 ? 'passed' : 'failed'));
  }, proxied(stop));
  let moved = (): void => undefined;
  const here = phoneThat(
    async (action, rung, _, events) => {
      calls.push(`${action} ${named(rung)}`);
      if (named(rung) !== '2 udp:5060') return report('failed');
      const gone = new Promise<void>((resolve) => (moved = resolve));
      await Promise.resolve();
      events?.talking?.({ attempt: 'a', dialog, remoteTarget: sti });
      await gone;
      return report('passed');
    },
    stop,
    there,
  );
  await play(accessChange, {
    ...here,
    option: ({ name, initial }) => (name === 'breakBeforeMake' ? isGone : initial),
    cutOff: () => {
      calls.push('cut off');
      return Promise.resolve(() => Promise.resolve(void calls.push('brought back')));
    },
    abandon: (attempt) => {
      calls.push(`abandon ${attempt}`);
      moved();
    },
  });
  expect(calls).toEqual([
    'leave 1 udp:5060',
    'leave 2 udp:5060',
    ...(isGone ? ['cut off'] : []),
    'arrive 1 udp:5060',
    'arrive 2 udp:5060',
    'arrive 2 tls:5061',
    'arrive 3 connect:443',
    ...(isGone ? ['brought back'] : []),
    'abandon a',
  ]);
});
