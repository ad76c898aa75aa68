import fc from 'fast-check';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { knobsSchema, type Knobs } from '../../firewalls/knobs';
import { anyKnobs } from '../../firewalls/testing/any-knobs';
import { akaRungs, registrationRungs, relayRungs, steps, type Rung, type Step } from '../../ladder';
import { toPcscf } from '../../ladder/testing/rungs';
import { scenarioCalled } from '../../scenarios';
import { accessChange } from '../../scenarios/access-change';
import { call } from '../../scenarios/call';
import { keepalive } from '../../scenarios/keepalive';
import { message } from '../../scenarios/message';
import { register } from '../../scenarios/register';
import type { Scenario } from '../../scenarios/scenario';
import { attemptExpectation, expectationOf, expectedStep, expectedStepOfMove } from './expectation';
import { entries } from './testing/table';

const named = (id: string): Scenario => scenarioCalled(id)!;
const knobsOf = (id: string): Knobs => builtInCatalogue.find((firewall) => firewall.id === id)!.knobs;
const knobs = (more: Partial<Knobs>): Knobs => knobsSchema.parse(more);

describe('the table of the texts', () => {
  it('has every firewall, both suites and the whole ladders', () => {
    expect([...new Set(entries.map(({ firewall }) => firewall))]).toEqual(
      builtInCatalogue.map(({ id }) => id),
    );
    // The ladders have ten rungs and two with CONNECT: 9 without a proxy, 11 with one.
    expect(entries.length).toBe(2 * (9 * 9 + 3 * 11));
  });

  it.each(entries.map((entry) => ({ ...entry, ...entry.rung })))(
    '$firewall $scenario $suite: step $step by $via is $verdict',
    ({ firewall, rung, suite, verdict }) => {
      expect(expectationOf(knobsOf(firewall), rung, suite).verdict).toBe(verdict);
    },
  );
});

describe('the first step that should get through', () => {
  // [firewall, register aes, register null, relay aes, relay null], read off the same texts.
  it.each<[string, Step | null, Step | null, Step | null, Step | null]>([
    ['0', 1, 1, 2, 2],
    ['1', 2, 2, 2, 2],
    ['2', 2, 2, 2, 2],
    ['3', 3, 3, 2, 2],
    ['4', 3, 3, 2, 2],
    ['5', 3, 3, 2, 2],
    ['6', 3, 3, 3, 3],
    ['7', 3, 3, 3, 3],
    ['8', 3, 3, 3, 3],
    ['9', 3, null, 3, null],
    ['closed', null, null, null, null],
    ['intercepting', null, null, null, null],
  ])('of type %s', (firewall, ...expected) => {
    const first = (scenario: string, suite: 'aes' | 'null'): Step | null =>
      expectedStep(knobsOf(firewall), named(scenario), suite, steps);
    expect([
      first('register', 'aes'),
      first('register', 'null'),
      first('relay', 'aes'),
      first('relay', 'null'),
    ]).toEqual(expected);
  });

  it('is one of those that are tried', () => {
    expect(expectedStep(knobsOf('0'), register, 'aes', [3])).toBe(3);
    expect(expectedStep(knobsOf('3'), register, 'aes', [1, 2])).toBeNull();
  });

  it('is none by CONNECT where there is no proxy to ask', () => {
    expect(
      expectedStep(
        knobs({ tcp: { except: [5061] }, inspect443: 'tls', payload: 'readable' }),
        register,
        'null',
        [3],
      ),
    ).toBeNull();
  });
});

/**
 * What IMS AKA meets, by what the type is: ESP in transport mode has a checksum inside over the UE's own address, so the NAPT
 * of type 1 ends step 1, and the list of protocols of type 2, which the types after it share, does not even hold ESP. ESP in
 * UDP goes to port 4500 after a REGISTER to 5060, so a type that closes that port (3) or all direct ways (8) ends step 2. Step
 * 3 is that of SIP Digest.
 */
describe('IMS AKA', () => {
  it.each<[firewall: string, esp: string, inUdp: string, first: Step | null]>([
    ['0', 'nothing forbids it', 'nothing forbids it', 1],
    [
      '1',
      'ESP in transport mode does not survive the NAPT, which changes the address that its checksum covers',
      'nothing forbids it',
      2,
    ],
    ['2', 'no esp passes', 'nothing forbids it', 2],
    ['3', 'no esp passes', 'udp to 5060 is not allowed', 3],
    ['8', 'no esp passes', 'only the proxy goes out', 3],
    ['closed', 'no udp passes', 'no udp passes', null],
  ])('on %s', (firewall, esp, inUdp, first) => {
    const reasons = akaRungs.map((rung) => expectationOf(knobsOf(firewall), rung, 'aes').because);
    expect(reasons).toEqual([esp, inUdp]);
    expect(expectedStep(knobsOf(firewall), register, 'aes', steps, 'aka')).toBe(first);
  });

  it('needs the port of SIP for its first REGISTER, and that of ESP in UDP', () => {
    const reason = (more: Partial<Knobs>): string[] =>
      akaRungs.map((rung) => expectationOf(knobs(more), rung, 'aes').because);
    expect(reason({ udp: { except: [5060] } })).toEqual(Array(2).fill('udp to 5060 is not allowed'));
    expect(reason({ udp: { only: [5060] } })).toEqual(['nothing forbids it', 'udp to 4500 is not allowed']);
    expect(reason({ protocols: ['udp'] })).toEqual(['no esp passes', 'nothing forbids it']);
    expect(reason({ protocols: ['esp'] })).toEqual(['no udp passes', 'no udp passes']);
  });
});

describe('one knob alone', () => {
  const all = (vector: Partial<Knobs>, rungs: readonly Rung[]): string[] =>
    rungs
      .filter((rung) => expectationOf(knobs(vector), rung, 'null').verdict === 'passed')
      .map(({ step, via }) => `${step} ${via}`);
  const direct = (rungs: readonly Rung[]): Rung[] => rungs.filter(({ via }) => via !== 'connect:443');

  it.each<[string, Partial<Knobs>, string[]]>([
    ['NAPT', { napt: true, unsolicitedInbound: 'deny' }, ['2 udp:5060', '2 tls:5061', '3 tls:443']],
    // Answers to outgoing packets are not unsolicited.
    [
      'unsolicited inbound denied',
      { unsolicitedInbound: 'deny' },
      ['1 udp:5060', '2 udp:5060', '2 tls:5061', '3 tls:443'],
    ],
    ['no TCP', { protocols: ['udp', 'icmp'] }, ['1 udp:5060', '2 udp:5060']],
    ['no UDP', { protocols: ['tcp'] }, ['2 tls:5061', '3 tls:443']],
    ['no UDP ports', { udp: 'none' }, ['2 tls:5061', '3 tls:443']],
    ['one TCP port', { tcp: { only: [5061] } }, ['1 udp:5060', '2 udp:5060', '2 tls:5061']],
    ['all but one TCP port', { tcp: { except: [443] } }, ['1 udp:5060', '2 udp:5060', '2 tls:5061']],
    ['TLS wanted on 443', { inspect443: 'tls' }, ['1 udp:5060', '2 udp:5060', '2 tls:5061', '3 tls:443']],
    // The firewall inspects 443 only, so a NULL suite on 5061 is not seen.
    ['readable bytes dropped', { payload: 'readable' }, ['1 udp:5060', '2 udp:5060', '2 tls:5061']],
    ['NULL suites refused', { nullSuites: 'deny' }, ['1 udp:5060', '2 udp:5060', '2 tls:5061']],
    ['a proxy', { proxy: 'mandatory' }, []],
  ])('%s: registration directly', (_, vector, expected) => {
    expect(all(vector, direct(registrationRungs))).toEqual(expected);
  });

  it.each<[string, Partial<Knobs>, string[]]>([
    ['HTTP wanted on 80', { inspect80: 'http' }, ['2 udp:3478', '2 tcp:3478', '2 tls:5349', '3 tls:443']],
    [
      'readable bytes dropped',
      { payload: 'readable' },
      ['2 udp:3478', '2 tcp:3478', '2 tls:5349', '3 tcp:80'],
    ],
  ])('%s: TURN directly', (_, vector, expected) => {
    expect(all(vector, direct(relayRungs))).toEqual(expected);
  });

  it.each<[string, Partial<Knobs>, 'passed' | 'blocked', string]>([
    ['a proxy', {}, 'passed', 'nothing forbids it'],
    // The UE has the credentials.
    ['a proxy that asks for credentials', { proxyAuthentication: 'basic' }, 'passed', 'nothing forbids it'],
    [
      'a proxy that opens other ports',
      { connectPorts: [8443] },
      'blocked',
      'the proxy opens no tunnel to 443',
    ],
    // The tunnel's far end is the proxy's own connection through the firewall.
    ['443 shut behind it', { tcp: { only: [80] } }, 'blocked', 'tcp to 443 is not allowed'],
    ['no TCP behind it', { protocols: ['udp'] }, 'blocked', 'no tcp passes'],
    [
      'an interceptor',
      { proxy: 'intercepting' },
      'blocked',
      'the proxy re-signs TLS, which the UE must refuse (I7)',
    ],
    [
      'readable bytes dropped',
      { payload: 'readable' },
      'blocked',
      'a NULL suite leaves SIP and TURN readable',
    ],
    ['NULL suites refused', { nullSuites: 'deny' }, 'blocked', 'a NULL suite may not be agreed on'],
  ])('%s: by CONNECT', (_, vector, verdict, because) => {
    const full = knobs({ proxy: 'mandatory', ...vector });
    expect(expectationOf(full, toPcscf(3, 'connect:443'), 'null')).toEqual({ verdict, because });
  });

  it('whether it drops or rejects, who may use the proxy, and an NAPT beyond step 1 make no difference', () => {
    const rung = fc.constantFrom(...registrationRungs.slice(1), ...relayRungs);
    fc.assert(
      fc.property(anyKnobs, rung, fc.constantFrom('aes', 'null', 'modern'), (vector, rung, suite) => {
        const other: Knobs = {
          ...vector,
          napt: !vector.napt,
          unsolicitedInbound: 'deny',
          verdict: vector.verdict === 'drop' ? 'reject' : 'drop',
          proxyAuthentication: vector.proxyAuthentication === 'none' ? 'basic' : 'none',
        };
        expect(expectationOf(other, rung, suite)).toEqual(expectationOf(vector, rung, suite));
      }),
    );
  });

  it('TLS 1.3 fares as any suite that encrypts', () => {
    fc.assert(
      fc.property(anyKnobs, fc.constantFrom(...registrationRungs, ...relayRungs), (vector, rung) => {
        expect(expectationOf(vector, rung, 'modern')).toEqual(expectationOf(vector, rung, 'aes'));
      }),
    );
  });
});

describe('a session', () => {
  const vector = (id: string): Knobs => builtInCatalogue.find((one) => one.id === id)!.knobs;
  const passing = (scenario: string, id: string, suite: 'aes' | 'null' = 'aes'): string[] =>
    registrationRungs
      .filter(({ via }) => (via === 'connect:443') === (vector(id).proxy !== 'none') || via !== 'connect:443')
      .filter((rung) => attemptExpectation(vector(id), named(scenario), rung, suite).verdict === 'passed')
      .map(({ step, via }) => `${step} ${via}`);

  it.each(['call', 'msrp'])('%s passes where its signalling does on the shipped types', (scenario) => {
    // On 0 everything is open. On 1 and 2 the network's requests have no way to a UE of step 1, and UDP and TCP
    // pass. On 3 to 7 a UE that registers over 443 has TURN on 3478, 80 or 443. On 8 only CONNECT passes, and on 9 only
    // CONNECT with an encrypting suite.
    expect(passing(scenario, '0')).toEqual(['1 udp:5060', '2 udp:5060', '2 tls:5061', '3 tls:443']);
    for (const id of ['1', '2'])
      expect(passing(scenario, id)).toEqual(['2 udp:5060', '2 tls:5061', '3 tls:443']);
    for (const id of ['3', '4', '5', '6', '7']) expect(passing(scenario, id)).toEqual(['3 tls:443']);
    for (const id of ['8', '9']) expect(passing(scenario, id)).toEqual(['3 connect:443']);
    expect(passing(scenario, '9', 'null')).toEqual([]);
    for (const id of ['closed', 'intercepting']) expect(passing(scenario, id)).toEqual([]);
  });

  it('needs a way of its own where the signalling has one', () => {
    // With 5060 alone the UE registers over UDP, but neither RTP to the peer nor any port of the TURN server
    // passes.
    const sipOnly = knobs({ udp: { only: [5060] }, tcp: 'none' });
    const rung = toPcscf(1, 'udp:5060');
    expect(attemptExpectation(sipOnly, register, rung, 'aes').verdict).toBe('passed');
    expect(attemptExpectation(sipOnly, message, rung, 'aes').verdict).toBe('passed');
    expect(attemptExpectation(sipOnly, call, rung, 'aes')).toEqual({
      verdict: 'blocked',
      because: 'no way for the media (to the peer: udp to any port is not allowed)',
    });
    expect(attemptExpectation(sipOnly, call, toPcscf(2, 'udp:5060'), 'aes').because).toBe(
      'no way for the media (to the peer: udp to any port is not allowed; udp:3478: udp to 3478 is not allowed; tcp:3478: tcp to 3478 is not allowed; tls:5349: tcp to 5349 is not allowed)',
    );
  });

  it.each<[string, Partial<Knobs>, 'passed' | 'blocked']>([
    // W.3.2: a call is relayed only if all ways of higher priority fail. UDP to the peer is open, the TURN
    // server is not.
    ['no STUN and no TURN', { udp: { except: [3478] }, tcp: { only: [443] } }, 'passed'],
    ['nothing unsolicited', { unsolicitedInbound: 'deny', tcp: { except: [3478, 5349] } }, 'passed'],
    // Nobody knows the peer's port beforehand.
    ['some UDP ports', { udp: { only: [5060, 40000] }, tcp: { only: [5061] } }, 'blocked'],
    ['some UDP ports, among them that of TURN', { udp: { only: [5060, 3478] }, tcp: 'none' }, 'passed'],
    ['no UDP but TURN by TLS', { udp: { only: [5060] }, tcp: { only: [5349] } }, 'passed'],
  ])('by UDP at step 2 with %s: %j is %s', (_, vector, verdict) => {
    const rung = toPcscf(2, 'udp:5060');
    expect(attemptExpectation(knobs(vector), call, rung, 'aes').verdict).toBe(verdict);
  });

  it('keepalive needs a relayed address from step 2 on', () => {
    const noTurn = knobs({ udp: { except: [3478] }, tcp: { only: [443] } });
    const verdict = (rung: Rung): string => attemptExpectation(noTurn, keepalive, rung, 'aes').verdict;
    expect(verdict(toPcscf(1, 'udp:5060'))).toBe('passed');
    expect(verdict(toPcscf(2, 'udp:5060'))).toBe('blocked');
    expect(verdict(toPcscf(3, 'tls:443'))).toBe('passed');
  });

  it('that is moved needs both networks', () => {
    const move = (from: string, to: string): number | null =>
      expectedStepOfMove(vector(from), vector(to), accessChange, 'null', [1, 2, 3]);
    expect(move('0', '8')).toBe(3);
    expect(move('8', '1')).toBe(2);
    expect(move('0', '9')).toBeNull();
    expect(move('closed', '0')).toBeNull();
  });
});

describe('a network in which only the web proxy may ask the DNS', () => {
  it('lets nobody go to a server directly, whatever ports are open', () => {
    for (const rung of [...registrationRungs, ...relayRungs])
      if (rung.through === 'direct')
        expect(expectationOf(knobs({ dns: 'proxy' }), rung, 'aes')).toEqual({
          verdict: 'blocked',
          because: "the UE may not ask for the server's address",
        });
  });

  it('hinders nobody who goes by CONNECT, because the proxy asks then', () => {
    const behind = knobs({ dns: 'proxy', proxy: 'mandatory' });
    expect(expectationOf(behind, toPcscf(3, 'connect:443'), 'aes').verdict).toBe('passed');
  });
});
