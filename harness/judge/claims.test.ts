import fc from 'fast-check';
import { invariants, type InvariantId } from '../../firewalls/invariants';
import type { Rung, SuiteId } from '../../ladder';
import { register } from '../../scenarios/register';
import { decideClaims } from './claims';
import type { ConnectsEvidence } from '../evidence/kinds/connects';
import type { TlsEvidence } from '../evidence/kinds/tls';
import type { AttemptResult, CellResult, ClaimResult, Verdict } from './result';
import { attempt, cell, connects, resigned, tls } from './testing/results';
import { entries } from './testing/table';

/** A run in which every type behaves as the texts say, with the evidence that each attempt leaves. */
const sound: readonly CellResult[] = [...new Set(entries.map(({ firewall }) => firewall))].flatMap(
  (firewall) =>
    (['register', 'relay'] as const).flatMap((scenario) =>
      (['aes', 'null'] as const).map((suite) =>
        cell(
          firewall,
          scenario,
          suite,
          entries
            .filter((one) => one.firewall === firewall && one.scenario === scenario && one.suite === suite)
            .map(({ rung, verdict }) => attemptOf(firewall, rung, suite, verdict)),
        ),
      ),
    ),
);

function attemptOf(firewall: string, { step, via }: Rung, suite: SuiteId, verdict: Verdict): AttemptResult {
  const connect = via === 'connect:443';
  const evidence: AttemptResult['evidence'] = [
    ...(verdict === 'passed' && (connect || via.startsWith('tls:')) ? [tls(suite)] : []),
    ...(connect ? [connects()] : []),
    ...(connect && firewall === 'intercepting' ? [resigned] : []),
  ];
  return attempt(step, via, verdict, { evidence });
}

function claim(id: InvariantId, cells: readonly CellResult[]): ClaimResult {
  return decideClaims(cells).find((one) => one.id === id)!;
}
const verdictOf = (id: InvariantId, cells: readonly CellResult[]): string => claim(id, cells).verdict;

/** The cells and attempts that a change affects. */
interface Where {
  readonly firewall?: string | readonly string[];
  readonly scenario?: string;
  readonly suite?: SuiteId;
  readonly via?: string;
  readonly step?: number;
}

/** Returns the run with some attempts changed and the cells made anew. */
function changed(
  where: Where,
  change: Partial<AttemptResult> | ((attempt: AttemptResult) => AttemptResult[]),
  cells = sound,
): CellResult[] {
  return cells.map((one) => {
    const inCell =
      (where.firewall === undefined || [where.firewall].flat().includes(one.firewall)) &&
      (where.scenario ?? one.scenario) === one.scenario &&
      (where.suite ?? one.suite) === one.suite;
    if (!inCell) return one;
    const attempts = one.attempts.flatMap((a) => {
      if ((where.via ?? a.via) !== a.via || (where.step ?? a.step) !== a.step) return [a];
      return typeof change === 'function' ? change(a) : [{ ...a, ...change }];
    });
    return cell(one.firewall, one.scenario, one.suite, attempts);
  });
}
const removed = (): AttemptResult[] => [];
const types = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
const without = (firewall: string): CellResult[] => sound.filter((one) => one.firewall !== firewall);

it('gives every invariant with its words, in their order', () => {
  const claims = decideClaims(sound);
  expect(claims.map(({ id, source, statement }) => ({ id, source, statement }))).toEqual(invariants);
});

it('a sound run confirms what the two scenarios can decide', () => {
  const verdicts = decideClaims(sound).map(({ id, verdict }) => `${id} ${verdict}`);
  // These claims need messages, sessions and moves, and IMS AKA.
  const untested = ['I8', 'I11', 'I12', 'I13', 'I14'];
  const expected = invariants.map(({ id }) => `${id} ${untested.includes(id) ? 'untested' : 'confirmed'}`);
  expect(verdicts).toEqual(expected);
});

describe('I14, with IMS AKA', () => {
  /** A UE that begins with AKA, with the verdicts on its three rungs by type. */
  const withAka = (verdicts: (type: string) => readonly [Verdict, Verdict, Verdict]): CellResult[] =>
    types.map((type) => {
      const [trans, inUdp, tls443] = verdicts(type);
      const attempts = [
        attempt(1, 'esp:5060', trans),
        attempt(2, 'esp-udp:4500', inUdp),
        attempt(3, 'tls:443', tls443, { evidence: [tls('aes')] }),
      ];
      return { ...cell(type, 'register', 'aes', attempts), id: `${type}/register/aes/aka`, security: 'aka' };
    });

  it('is confirmed where each type is passed, and some of them by AKA', () => {
    const cells = withAka((type) => [
      'blocked',
      type === '1' || type === '2' ? 'passed' : 'blocked',
      'passed',
    ]);
    expect(claim('I14', cells)).toMatchObject({ verdict: 'confirmed', cells: cells.map(({ id }) => id) });
  });

  it('is contradicted by one type through which no mechanism leads', () => {
    const cells = withAka((type) =>
      type === '6' ? ['blocked', 'blocked', 'blocked'] : ['passed', 'passed', 'passed'],
    );
    expect(claim('I14', cells)).toMatchObject({ verdict: 'contradicted', cells: ['6/register/aes/aka'] });
  });

  it.each<[string, CellResult[]]>([
    ['where AKA passed nowhere', withAka(() => ['blocked', 'blocked', 'passed'])],
    ['where a type is missing', withAka(() => ['passed', 'passed', 'passed']).slice(1)],
    [
      'where a type only failed',
      withAka((type) => (type === '4' ? ['failed', 'blocked', 'blocked'] : ['passed', 'passed', 'passed'])),
    ],
    [
      'where step 3 was not tried',
      withAka(() => ['blocked', 'blocked', 'blocked']).map((one) => ({
        ...one,
        attempts: one.attempts.slice(0, 2),
      })),
    ],
    ['by Digest alone', sound.slice()],
    [
      'by cells of Digest, whatever their attempts are',
      withAka(() => ['passed', 'passed', 'passed']).map((one) => ({ ...one, security: 'digest' as const })),
    ],
  ])('is untested %s', (_, cells) => {
    expect(verdictOf('I14', cells)).toBe('untested');
  });
});

it('nothing measured, nothing decided', () => {
  expect(new Set(decideClaims([]).map(({ verdict }) => verdict))).toEqual(new Set(['untested']));
});

const allOf = (suite: SuiteId): string[] =>
  types.flatMap((type) => [`${type}/register/${suite}`, `${type}/relay/${suite}`]);

/** The cells are read off the table by eye. */
describe('the cells of a confirmed claim', () => {
  it.each<[InvariantId, string[]]>([
    ['I1', allOf('aes')],
    ['I2', allOf('null')],
    // The direct way is blocked at every rung; on 9 only an encrypting suite passes.
    ['I3', ['8/register/aes', '8/register/null', '9/register/aes']],
    ['I4', ['7/relay/aes', '7/relay/null', '8/relay/aes', '8/relay/null', '9/relay/aes']],
    // 4 passes UDP ports that SIP and TURN do not use; no attempt of IMS passes over UDP.
    [
      'I5',
      types
        .slice(3)
        .flatMap((t) => [`${t}/register/aes`, `${t}/register/null`, `${t}/relay/aes`, `${t}/relay/null`]),
    ],
    [
      'I6',
      [
        ...['1', '2'].flatMap((t) => [
          `${t}/register/aes`,
          `${t}/register/null`,
          `${t}/relay/aes`,
          `${t}/relay/null`,
        ]),
        ...['3', '4', '5'].flatMap((t) => [`${t}/relay/aes`, `${t}/relay/null`]),
      ],
    ],
    ['I7', ['register/aes', 'register/null', 'relay/aes', 'relay/null'].map((id) => `intercepting/${id}`)],
    [
      'I9',
      ['8/register/aes', '8/register/null', '8/relay/aes', '8/relay/null', '9/register/aes', '9/relay/aes'],
    ],
  ])('%s', (id, cells) => {
    expect(claim(id, sound).cells).toEqual(cells);
  });
});

describe('contradicted', () => {
  it.each<[InvariantId, string, CellResult[], string[]]>([
    [
      'I1',
      'an encrypting suite blocked on one type',
      changed({ firewall: '5', suite: 'aes', scenario: 'relay', via: 'tls:443' }, { verdict: 'blocked' }),
      ['5/relay/aes'],
    ],
    [
      'I2',
      'a NULL suite blocked below 9',
      changed(
        { firewall: '8', suite: 'null', scenario: 'register', via: 'connect:443' },
        { verdict: 'blocked' },
      ),
      ['8/register/null'],
    ],
    [
      'I2',
      'a NULL suite passed on 9',
      changed(
        { firewall: '9', suite: 'null', scenario: 'register', via: 'connect:443' },
        { verdict: 'passed', evidence: [tls('null')] },
      ),
      ['9/register/null'],
    ],
    [
      'I3',
      'every type with a direct way',
      changed({ firewall: ['8', '9'], via: 'tls:443' }, { verdict: 'passed' }),
      sound.filter((c) => types.includes(c.firewall) && c.scenario === 'register').map(({ id }) => id),
    ],
    [
      'I4',
      'TURN on port 80 passed wherever TLS does',
      changed({ firewall: types, scenario: 'relay', via: 'tcp:80' }, { verdict: 'passed' }),
      sound.filter((c) => types.includes(c.firewall) && c.scenario === 'relay').map(({ id }) => id),
    ],
    [
      'I5',
      'UDP passed by every type',
      changed({ firewall: types, via: 'udp:3478' }, { verdict: 'passed' }),
      sound.filter((c) => types.includes(c.firewall)).map(({ id }) => id),
    ],
    [
      'I6',
      'nothing passed below step 3',
      changed({ firewall: types, step: 2 }, { verdict: 'blocked' }),
      sound.filter((c) => types.includes(c.firewall)).map(({ id }) => id),
    ],
    [
      'I7',
      'the tunnel of an interceptor accepted',
      changed(
        { firewall: 'intercepting', scenario: 'relay', suite: 'aes', via: 'connect:443' },
        { verdict: 'passed' },
      ),
      ['register/aes', 'register/null', 'relay/aes', 'relay/null'].map((id) => `intercepting/${id}`),
    ],
    [
      'I7',
      'its certificate accepted, though nothing came of it',
      changed(
        { firewall: 'intercepting', scenario: 'register', suite: 'null', via: 'connect:443' },
        { verdict: 'failed', evidence: [connects(), { ...resigned, accepted: true }] },
      ),
      ['register/aes', 'register/null', 'relay/aes', 'relay/null'].map((id) => `intercepting/${id}`),
    ],
    [
      'I9',
      'two connections for one CONNECT',
      changed(
        { firewall: '8', scenario: 'relay', suite: 'aes', via: 'connect:443' },
        { evidence: [tls('aes'), connects({ tcpConnections: 2 })] },
      ),
      ['8/relay/aes'],
    ],
    [
      'I10',
      'a byte before the handshake ended',
      changed(
        { firewall: '3', scenario: 'register', suite: 'null', via: 'tls:443' },
        { evidence: [tls('null', { bytesBeforeHandshakeEnd: 1 })] },
      ),
      ['3/register/null'],
    ],
  ])('%s by %s', (id, _, cells, basis) => {
    expect(claim(id, cells)).toMatchObject({ verdict: 'contradicted', cells: basis });
  });

  it.each(['proxyLog', 'captured', 'tcpConnections', 'upstreamConnections'] as const)(
    'I9 by %s alone',
    (count) => {
      const cells = changed(
        { via: 'connect:443', firewall: '9', suite: 'aes' },
        { evidence: [tls('aes'), connects({ [count]: 2 })] },
      );
      expect(verdictOf('I9', cells)).toBe('contradicted');
    },
  );
});

describe('untested', () => {
  it.each<[InvariantId, string, CellResult[]]>([
    ...types.flatMap((type) => [
      ['I1', `without type ${type}`, without(type)] as [InvariantId, string, CellResult[]],
      ['I2', `without type ${type}`, without(type)] as [InvariantId, string, CellResult[]],
    ]),
    [
      'I1',
      'without the direct way and without a proxy',
      changed({ firewall: '7', suite: 'aes', via: 'tls:443' }, removed),
    ],
    [
      'I1',
      'where an attempt failed',
      changed({ firewall: '6', suite: 'aes', via: 'tls:443' }, { verdict: 'failed' }),
    ],
    [
      'I1',
      'where an attempt could not be judged',
      changed({ firewall: '6', suite: 'aes', via: 'tls:443' }, { verdict: 'inconclusive' }),
    ],
    [
      'I1',
      'where another suite was agreed on',
      changed({ firewall: '2', suite: 'aes', via: 'tls:443' }, { evidence: [tls('null')] }),
    ],
    [
      'I1',
      'where the capture has no suite',
      changed({ firewall: '2', suite: 'aes', via: 'tls:443' }, { evidence: [] }),
    ],
    [
      'I1',
      'where one of two connections has another suite',
      changed({ firewall: '2', suite: 'aes', via: 'tls:443' }, { evidence: [tls('aes'), tls('null')] }),
    ],
    [
      'I2',
      'where a NULL suite turned out to encrypt',
      changed({ firewall: '2', suite: 'null', via: 'tls:443' }, { evidence: [tls('aes')] }),
    ],
    [
      'I2',
      'where type 9 only failed',
      changed({ firewall: '9', suite: 'null', via: 'connect:443' }, { verdict: 'failed' }),
    ],
    // Without the failed direct attempt, CONNECT may have been one of two ways.
    [
      'I3',
      'where the direct way only failed',
      changed({ firewall: ['8', '9'], via: 'tls:443' }, { verdict: 'failed' }),
    ],
    [
      'I3',
      'where a lower step only failed',
      changed({ firewall: ['8', '9'], via: 'tls:5061' }, { verdict: 'failed' }),
    ],
    ['I3', 'where the direct way was not tried', changed({ firewall: ['8', '9'], via: 'tls:443' }, removed)],
    [
      'I3',
      'where CONNECT failed',
      changed({ firewall: ['8', '9'], via: 'connect:443' }, { verdict: 'failed' }),
    ],
    [
      'I3',
      'where CONNECT was not tried on one and all others are direct',
      changed({ firewall: ['8', '9'] }, removed),
    ],
    [
      'I4',
      'where port 80 only failed',
      changed({ firewall: ['7', '8', '9'], via: 'tcp:80' }, { verdict: 'failed' }),
    ],
    [
      'I4',
      'where port 80 was not tried, as behind a proxy with --ladder stop',
      changed({ firewall: ['7', '8', '9'], via: 'tcp:80' }, removed),
    ],
    [
      'I4',
      'where TLS failed',
      changed({ firewall: ['7', '8', '9'], scenario: 'relay', step: 3 }, { verdict: 'failed' }),
    ],
    // A blocked port 5060 does not mean blocked UDP: type 3 passes TURN over UDP.
    ['I5', 'with registration alone', sound.filter(({ scenario }) => scenario === 'register')],
    ['I5', 'with TURN alone', sound.filter(({ scenario }) => scenario === 'relay')],
    [
      'I5',
      'without step 2, as an NAPT is enough to stop step 1',
      changed({ via: 'udp:5060', step: 2 }, removed),
    ],
    [
      'I5',
      'where UDP only failed',
      changed({ firewall: types.slice(3), via: 'udp:3478' }, { verdict: 'failed' }),
    ],
    ['I5', 'where nothing else passes', changed({ firewall: types.slice(3) }, { verdict: 'blocked' })],
    ['I6', 'where step 2 was not tried', changed({ firewall: types, step: 2 }, removed)],
    ['I6', 'where step 2 only failed', changed({ firewall: types, step: 2 }, { verdict: 'failed' })],
    ['I7', 'without an interceptor', without('intercepting')],
    [
      'I7',
      'where a tunnel failed',
      changed({ firewall: 'intercepting', suite: 'aes', via: 'connect:443' }, { verdict: 'failed' }),
    ],
    [
      'I7',
      'where it was blocked by something else',
      changed({ firewall: 'intercepting', via: 'connect:443' }, { evidence: [connects()] }),
    ],
    ['I9', 'without a proxy', sound.filter(({ firewall }) => !['8', '9', 'intercepting'].includes(firewall))],
    [
      'I9',
      'where one attempt was not counted',
      changed({ firewall: '8', suite: 'aes', via: 'connect:443' }, { evidence: [tls('aes')] }),
    ],
    [
      'I10',
      'without TLS',
      sound.map((one) => ({ ...one, attempts: one.attempts.filter(({ via }) => via.startsWith('udp')) })),
    ],
    [
      'I10',
      'where one handshake was not captured',
      changed({ firewall: '0', suite: 'aes', via: 'tls:5061' }, { evidence: [] }),
    ],
  ])('%s %s', (id, _, cells) => {
    expect(verdictOf(id, cells)).toBe('untested');
  });
});

describe('still confirmed', () => {
  it.each<[InvariantId, string, CellResult[]]>([
    ['I3', 'by one type of two', changed({ firewall: '8', via: 'tls:443' }, { verdict: 'failed' })],
    ['I4', 'by one type', changed({ firewall: ['8', '9'], via: 'tcp:80' }, removed)],
    [
      'I6',
      'by relays, where registration at step 2 failed',
      changed({ scenario: 'register', step: 2 }, { verdict: 'failed' }),
    ],
    [
      'I9',
      'without a capture',
      changed({ via: 'connect:443' }, (a) => [
        {
          ...a,
          evidence: a.evidence.map((e) => (e.kind === 'connects' ? connects({ captured: undefined }) : e)),
        },
      ]),
    ],
    // TLS 1.3 has other suites, so the version shows it.
    [
      'I1',
      'with TLS 1.3',
      sound
        .filter(({ suite }) => suite === 'aes')
        .map(
          (one) =>
            changed(
              {},
              (a) => [{ ...a, evidence: a.evidence.map((e) => (e.kind === 'tls' ? tls('modern') : e)) }],
              [{ ...one, suite: 'modern' }],
            )[0]!,
        ),
    ],
  ])('%s %s', (id, _, cells) => {
    expect(verdictOf(id, cells)).toBe('confirmed');
  });
});

describe('rounds that disagree carry nothing', () => {
  const flaky = (where: Where, other: Verdict): CellResult[] =>
    changed(where, (a) => [a, { ...a, round: 2, verdict: other }]);

  it.each<[InvariantId, CellResult[]]>([
    ['I1', flaky({ firewall: '4', suite: 'aes', via: 'tls:443' }, 'blocked')],
    ['I2', flaky({ firewall: '9', suite: 'null', via: 'connect:443' }, 'failed')],
    ['I3', flaky({ firewall: ['8', '9'], via: 'tls:443' }, 'passed')],
    ['I4', flaky({ firewall: ['7', '8', '9'], via: 'tcp:80' }, 'passed')],
    ['I6', flaky({ firewall: types, step: 2 }, 'blocked')],
  ])('%s', (id, cells) => {
    expect(verdictOf(id, cells)).toBe('untested');
  });

  it('rounds that agree count as one', () => {
    const twice = changed({}, (a) => [a, { ...a, round: 2 }]);
    expect(decideClaims(twice)).toEqual(decideClaims(sound));
  });
});

describe('an attempt that failed', () => {
  it('decides nothing when all do', () => {
    const claims = decideClaims(changed({}, { verdict: 'failed' }));
    expect(new Set(claims.map(({ verdict }) => verdict))).toEqual(new Set(['untested']));
  });

  it('never contradicts, whichever it is', () => {
    const which = fc.uniqueArray(fc.nat(entries.length - 1), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        which,
        fc.constantFrom<Verdict>('failed', 'inconclusive', 'unsupported'),
        (indexes, verdict) => {
          const hit = new Set(indexes);
          let index = 0;
          const cells = changed({}, (a) => [hit.has(index++) ? { ...a, verdict, evidence: [] } : a]);
          expect(decideClaims(cells).filter((one) => one.verdict === 'contradicted')).toEqual([]);
        },
      ),
    );
  });
});

describe('measuring less', () => {
  /** A run with any verdicts, so that some claims are contradicted. */
  const anyRun = fc
    .array(fc.constantFrom<Verdict>('passed', 'blocked', 'failed'), {
      minLength: entries.length,
      maxLength: entries.length,
    })
    .map((verdicts) => {
      let index = 0;
      return changed({}, (a) => [{ ...a, verdict: verdicts[index++]! }]);
    });
  const contradicted = (cells: readonly CellResult[]): string[] =>
    decideClaims(cells).flatMap(({ id, verdict }) => (verdict === 'contradicted' ? [id] : []));

  it('contradicts nothing that measuring more did not: sentences about all', () => {
    const subset = fc.array(fc.boolean(), { minLength: sound.length, maxLength: sound.length });
    fc.assert(
      fc.property(anyRun, subset, (cells, kept) => {
        const aboutAll = ['I1', 'I2', 'I7', 'I9', 'I10'];
        const fewer = contradicted(cells.filter((_, index) => kept[index])).filter((id) =>
          aboutAll.includes(id),
        );
        expect(contradicted(cells)).toEqual(expect.arrayContaining(fewer));
      }),
    );
  });

  it('contradicts nothing about some type where a type is missing', () => {
    fc.assert(
      fc.property(anyRun, fc.constantFrom(...types), (cells, type) => {
        const aboutSome = ['I3', 'I4', 'I5', 'I6'];
        const fewer = contradicted(cells.filter(({ firewall }) => firewall !== type));
        expect(fewer.filter((id) => aboutSome.includes(id))).toEqual([]);
      }),
    );
  });

  it('confirms nothing about all types where a type is missing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), (type) => {
        const verdicts = decideClaims(without(type)).filter(({ id }) => id === 'I1' || id === 'I2');
        expect(verdicts.map(({ verdict }) => verdict)).toEqual(['untested', 'untested']);
      }),
    );
  });
});

it('a type that is none of the nine carries no sentence about types', () => {
  const named = sound
    .filter(({ firewall }) => types.includes(firewall))
    .map((one) => ({ ...one, firewall: `office-${one.firewall}` }));
  for (const id of ['I1', 'I2', 'I3', 'I4', 'I5', 'I6'] as const)
    expect(claim(id, named)).toMatchObject({ verdict: 'untested', cells: [] });
});

describe('what the services decide', () => {
  const verdictOn = (id: InvariantId, cells: CellResult[]): string =>
    decideClaims(cells).find((claim) => claim.id === id)!.verdict;
  const connections = (count: number): TlsEvidence[] => Array.from({ length: count }, () => tls('aes'));
  const served = (scenario: string, count: number, via: 'tls:443' | 'connect:443' = 'tls:443'): CellResult =>
    cell(via === 'tls:443' ? '6' : '8', scenario, 'aes', [
      attempt(3, via, 'passed', {
        evidence: [
          ...connections(count),
          ...(via === 'connect:443' ? [connects({ tcpConnections: count, proxyLog: count })] : []),
        ],
      }),
    ]);

  describe('I8', () => {
    const sound = [served('message', 1), served('msrp', 3), served('msrp', 3, 'connect:443')];
    it('is confirmed by one connection for a message and three for MSRP', () =>
      expect(verdictOn('I8', sound)).toBe('confirmed'));
    it.each([
      ['a message took two', served('message', 2)],
      ['MSRP took two', served('msrp', 2)],
      ['MSRP took four', served('msrp', 4, 'connect:443')],
    ])('is contradicted where %s', (_, cell) =>
      expect(verdictOn('I8', [...sound, cell])).toBe('contradicted'),
    );
    it('is not decided by a capture that lost packets', () => {
      const lossy = cell('6', 'msrp', 'aes', [
        attempt(3, 'tls:443', 'passed', {
          evidence: [tls('aes'), tls('aes', { handshakeEnded: false, bytesBeforeHandshakeEnd: undefined })],
        }),
      ]);
      expect(verdictOn('I8', [...sound, lossy])).toBe('untested');
    });
    it('nor is I9 by a count that such a capture may have lost', () => {
      const counted = (more: Partial<ConnectsEvidence>): CellResult =>
        cell('8', 'msrp', 'aes', [attempt(3, 'connect:443', 'passed', { evidence: [connects(more)] })]);
      const lossy = { captured: undefined, tcpConnections: 3 };
      expect(verdictOn('I9', [counted({ ...lossy, proxyLog: 2 })])).toBe('untested');
      expect(verdictOn('I9', [counted({ ...lossy, proxyLog: 3, upstreamConnections: 3 })])).toBe('confirmed');
    });
    it('needs both services', () => {
      expect(verdictOn('I8', [served('message', 1)])).toBe('untested');
      expect(verdictOn('I8', [served('msrp', 3)])).toBe('untested');
    });
    it('does not count what the CR does not speak of: other ports', () => {
      const other = cell('0', 'msrp', 'aes', [
        attempt(2, 'tls:5061', 'passed', { evidence: connections(2) }),
      ]);
      expect(verdictOn('I8', [...sound, other])).toBe('confirmed');
    });
  });

  describe('I11', () => {
    const kept = (type: string, without: string): CellResult =>
      cell(type, 'keepalive', 'aes', [
        attempt(3, 'tls:443', 'passed', {
          measurements: [{ name: 'call-without-keep-alives', value: without, unit: '' }],
        }),
      ]);
    it('is confirmed where every type was outlived, and would not have been without', () =>
      expect(
        verdictOn(
          'I11',
          types.map((type) => kept(type, 'lost')),
        ),
      ).toBe('confirmed'));
    it('is not, where the call would have come without keep-alives too', () =>
      expect(
        verdictOn(
          'I11',
          types.map((type) => kept(type, type === '5' ? 'arrived' : 'lost')),
        ),
      ).toBe('untested'));
    it('is contradicted where the flow was lost in spite of them', () => {
      const lost = cell('5', 'keepalive', 'aes', [
        attempt(3, 'tls:443', 'failed', { witness: { end: 'failed', code: 'FLOW_LOST', text: 'no pong' } }),
      ]);
      expect(verdictOn('I11', [...types.filter((t) => t !== '5').map((t) => kept(t, 'lost')), lost])).toBe(
        'contradicted',
      );
    });
  });

  describe('I12', () => {
    const media = (scenario: string, verdict: 'passed' | 'blocked'): CellResult[] =>
      types.map((type) =>
        cell(type, scenario, 'aes', [attempt(3, 'tls:443', verdict, { evidence: [tls('aes')] })]),
      );
    it('is confirmed by a call and an MSRP session on every type', () =>
      expect(verdictOn('I12', [...media('call', 'passed'), ...media('msrp', 'passed')])).toBe('confirmed'));
    it('needs both', () => expect(verdictOn('I12', media('call', 'passed'))).toBe('untested'));
    it('is contradicted where one is blocked', () =>
      expect(verdictOn('I12', [...media('call', 'passed'), ...media('msrp', 'blocked')])).toBe(
        'contradicted',
      ));
  });

  describe('I13', () => {
    const move = (verdict: Verdict): CellResult => {
      const attempts = [attempt(1, 'udp:5060', 'passed'), attempt(3, 'connect:443', verdict, { at: '8' })];
      return { ...cell('0', 'access-change', 'aes', attempts, '8'), to: '8', expected: 3 };
    };
    it('is confirmed where the call was moved', () =>
      expect(verdictOn('I13', [move('passed')])).toBe('confirmed'));
    it('is contradicted where the way there was blocked, though that network lets calls through', () =>
      expect(verdictOn('I13', [move('passed'), move('blocked')])).toBe('contradicted'));
    it.each(['failed', 'inconclusive'] as const)('is left open by a move that %s', (verdict) =>
      expect(verdictOn('I13', [move('passed'), move(verdict)])).toBe('untested'),
    );
  });
});

describe('over what the phone supports', () => {
  const unable = (where: Where): CellResult[] => changed(where, { verdict: 'unsupported' });

  it('a claim says which cells the phone could not try, and proves nothing by them', () => {
    const cells = unable({ firewall: ['8', '9'], suite: 'aes', via: 'connect:443', scenario: 'register' });
    expect(claim('I1', cells)).toMatchObject({
      verdict: 'untested',
      unsupported: ['8/register/aes', '9/register/aes'],
    });
    // The phone could try every rung with the other suite.
    expect(claim('I2', cells)).toMatchObject({ verdict: 'confirmed' });
    expect(claim('I2', cells)).not.toHaveProperty('unsupported');
  });

  it('what it could try decides a claim all the same', () => {
    const cells = unable({ firewall: '8', suite: 'null' });
    expect(claim('I3', cells)).toMatchObject({ verdict: 'confirmed', unsupported: ['8/register/null'] });
  });

  it('whatever it lacks, nothing is contradicted that was confirmed', () => {
    fc.assert(
      fc.property(
        fc.subarray(['1', '2', '3']),
        fc.subarray(['udp:5060', 'tls:443', 'connect:443', 'tcp:80']),
        (steps, vias) => {
          const cells = changed({}, (a) =>
            steps.includes(String(a.step)) || vias.includes(a.via) ? [{ ...a, verdict: 'unsupported' }] : [a],
          );
          expect(decideClaims(cells).filter(({ verdict }) => verdict === 'contradicted')).toEqual([]);
        },
      ),
    );
  });
});

it('a scenario that the CR says nothing of decides none of its claims', () => {
  const other = { ...register, id: 'video', isClaimed: false };
  const cells = sound.map((one) => ({ ...one, scenario: 'video' }));
  expect(new Set(decideClaims(cells, [other]).map(({ verdict }) => verdict))).toEqual(new Set(['untested']));
  // A scenario that the CR knows decides claims.
  const claimed = decideClaims(cells, [{ ...other, isClaimed: true }]);
  expect(claimed.find(({ id }) => id === 'I1')?.verdict).toBe('confirmed');
});
