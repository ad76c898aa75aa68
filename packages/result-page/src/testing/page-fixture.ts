import type { PageCell, PageClaim, PageData, PageFirewall, PageOutcome } from '../data';
import { attemptsOf } from './fixture-attempts';
import { fixtureRules, fixtureScenarios, fixtureTypes, ruleAgainst, rungsOf } from './fixture-plan';

/** What a fixture has that a page of one complete run has not. */
export interface FixtureOptions {
  /** Variants of the lab; each has all cells. */
  readonly variants?: readonly string[];
  /** True for the page of a run that has just begun: some cells are done, two are running, the others pending. */
  readonly isLive?: boolean;
}

/** The fixture's run begins at this time, ms since the epoch. */
const startedAt = Date.UTC(2026, 10, 29, 10, 18, 22);

/** Outcomes that a real run seldom has, each at a cell of its own, so that a page shows every one of them. */
const oddities: Readonly<
  Record<string, { outcome: PageOutcome; at?: number; brief: string; known?: string }>
> = {
  '3/call/aes': { outcome: 'unexpected', at: 2, brief: '3: got through at 2' },
  '5/relay/null': {
    outcome: 'unexpected',
    at: 3,
    brief: '2: sip-ports',
    known: 'the TURN server of this lab has no second address (issue 41)',
  },
  '6/message/null': { outcome: 'flaky', brief: '3: 4 of 5 rounds' },
  '7/call/null': { outcome: 'inconclusive', brief: '3: no capture' },
  '1/call/null': { outcome: 'unsupported', brief: 'no NULL suite' },
  'closed/message/aes': { outcome: 'skipped', brief: 'not chosen' },
};

/** Returns the data of a page, of 12 firewalls, 5 scenarios and 2 suites: much as a run of this lab has them. */
export function pageFixture({ variants = [], isLive = false }: FixtureOptions = {}): PageData {
  const cells = (variants.length > 0 ? variants : [undefined]).flatMap((variant) => cellsOf(variant));
  const shown = isLive ? cells.map(unfinished) : cells;
  const count = (outcome: PageOutcome): number => shown.filter((cell) => cell.outcome === outcome).length;
  return {
    run: {
      id: '20261129T101822-a0c37f',
      startedAt,
      durationMs: isLive ? 12_340 : 78_834,
      isOver: !isLive,
      isInterrupted: false,
      command: 'npx nimsfw run register relay message call access-change --suite aes,null',
      summary: isLive
        ? `${count('expected')} of ${shown.length} cells as expected so far`
        : `${count('expected')} of ${shown.length} cells as expected, ${count('unexpected')} not, ${count('flaky')} flaky`,
      isAsExpected: false,
    },
    notes: [
      'TR 33.830 was never approved and its table of types is not available: the types are a reconstruction, their numbering is a guess.',
      'A control firewall is outside the numbering: it shows that nothing else is in the way, or that everything is.',
    ],
    warnings: ['The firewall of type 7 lost 2 packets of its log; what rests on them is inconclusive.'],
    facts: [
      { name: 'nimsfw', value: '0.1.0, commit bf8503001a2f' },
      { name: 'Node', value: '20.20.2' },
      { name: 'Kamailio', value: '5.6.3' },
      { name: 'coturn', value: '4.6.1' },
      { name: 'OpenSSL', value: '3.0.19' },
      { name: 'squid', value: '5.7' },
      { name: 'Machine', value: '2 x AMD EPYC, 24 GiB, Linux 6.18.44' },
      { name: 'Timers', value: 'as in the RFCs; an attempt ends when its drop is seen' },
    ],
    firewalls: fixtureTypes.map(firewallOf),
    scenarios: fixtureScenarios,
    suites: [
      { id: 'aes', title: 'TLS_RSA_WITH_AES_128_CBC_SHA' },
      { id: 'null', title: 'TLS_RSA_WITH_NULL_SHA' },
    ],
    variants,
    steps: [
      { step: 1, title: 'normal procedures' },
      { step: 2, title: 'the NAT-traversal alternative' },
      { step: 3, title: 'TLS on port 443, by HTTP CONNECT where a proxy is mandatory' },
    ],
    cells: shown,
    claims: isLive ? [] : claimsOn(cells),
    measurements: [
      {
        name: 'time-to-register',
        unit: 'ms',
        definition: 'From the first packet of the attempt to the 200 of its REGISTER',
        howMeasured: 'from the capture at the UE',
      },
      {
        name: 'tls-setup-full',
        unit: 'ms',
        definition: 'From the ClientHello to the end of a full handshake',
        howMeasured: 'from the capture at the UE',
      },
      {
        name: 'outgoing-mos',
        unit: '',
        definition: 'Mean opinion score of the speech that the UE hears, by the E-model of ITU-T G.107',
        howMeasured: 'from loss and delay, simplified',
      },
    ],
    comparison: isLive
      ? undefined
      : {
          baseline: 'run 20261101T080000-b1d480 of 1 November 2026',
          changes: [
            { cell: cells[0]!.id, kind: 'better', text: 'time to register 41 ms, was 55 ms' },
            {
              cell: idIn(variants[0], '3/call/aes'),
              kind: 'worse',
              text: 'got through at step 2, was step 3',
            },
            { cell: idIn(variants[0], '6/message/null'), kind: 'other', text: 'flaky, was as expected' },
            { cell: idIn(variants[0], '9/relay/aes'), kind: 'added', text: 'was not measured before' },
          ],
        },
  };
}

/** Returns the data of a page with some 500 cells. */
export const largePageFixture = (): PageData =>
  pageFixture({ variants: ['linphone', 'baresip', 'reference', 'tinyproxy', 'apache'] });

const idIn = (variant: string | undefined, id: string): string =>
  variant === undefined ? id : `${variant}/${id}`;

function firewallOf({ id, title, source, confidence, rules }: (typeof fixtureTypes)[number]): PageFirewall {
  return {
    ...{ id, title, source, confidence },
    rules: rules.map((rule) => ({
      id: rule,
      statement: fixtureRules[rule],
      nft: `chain deny-${rule} {\n  counter log prefix "${rule}" group 5 queue-threshold 1 drop\n}`,
    })),
  };
}

function cellsOf(variant: string | undefined): PageCell[] {
  const plain = fixtureTypes.flatMap(({ id: firewall }) =>
    fixtureScenarios
      .filter(({ id }) => id !== 'access-change')
      .flatMap(({ id: scenario }) =>
        ['aes', 'null'].map((suite) => cellOf({ variant, firewall, scenario, suite })),
      ),
  );
  const moves = [
    ['0', '8'],
    ['8', '1'],
  ].flatMap(([firewall, to]) =>
    ['aes', 'null'].map((suite) =>
      cellOf({ variant, firewall: firewall!, to, scenario: 'access-change', suite }),
    ),
  );
  return [...plain, ...moves];
}

function cellOf(place: Pick<PageCell, 'variant' | 'firewall' | 'to' | 'scenario' | 'suite'>): PageCell {
  const { variant, firewall, to, scenario, suite } = place;
  const name = `${to === undefined ? firewall : `${firewall}>${to}`}/${scenario}/${suite}`;
  const at = to ?? firewall;
  const rungs = rungsOf(scenario, at);
  const passing = rungs.find((rung) => ruleAgainst(at, suite, rung) === undefined);
  const expected = passing?.step ?? null;
  const odd = oddities[name];
  const traversedAt = odd === undefined ? expected : (odd.at ?? null);
  const last = rungs.filter((rung) => ruleAgainst(at, suite, rung) !== undefined).at(-1);
  const rule = last === undefined ? undefined : ruleAgainst(at, suite, last);
  const brief = odd?.brief ?? (rule === undefined ? 'got through' : `${last!.step}: ${rule}`);
  const isUntried = odd?.outcome === 'skipped' || odd?.outcome === 'unsupported';
  const id = idIn(variant, name);
  return {
    ...place,
    id,
    outcome: odd?.outcome ?? 'expected',
    ...{ traversedAt, expected, brief },
    explanation: explanationOf(traversedAt, rule, at),
    known: odd?.known,
    command: `npx nimsfw run ${scenario} --firewall ${firewall} --suite ${suite}`,
    attempts: isUntried ? [] : attemptsOf({ id, at, to, suite, rungs, startedAt }),
  };
}

function explanationOf(traversedAt: number | null, rule: string | undefined, at: string): string {
  const refused =
    rule === undefined
      ? 'Nothing was in the way.'
      : `SIP REGISTER, UDP 10.89.3.2:5060 to 198.18.0.10:5060, was dropped at fw-${at} by ${rule} 3 ms after it was sent.`;
  return traversedAt === null
    ? `${refused} No step got through.`
    : `${refused} Step ${traversedAt} got through 41 ms later.`;
}

/** A cell of a run that has just begun, which comes to the cells in their order. */
function unfinished(cell: PageCell, index: number): PageCell {
  if (index < 40) return cell;
  const isRunning = index < 42;
  return {
    ...cell,
    outcome: isRunning ? 'running' : 'pending',
    ...{ traversedAt: null, attempts: [], known: undefined },
    brief: isRunning ? 'step 2' : '',
    explanation: isRunning ? 'It is being measured.' : 'It has not been measured yet.',
  };
}

function claimsOn(cells: readonly PageCell[]): PageClaim[] {
  const of = (suite: string, from: number, to: number): string[] =>
    cells
      .filter((cell) => cell.suite === suite && cell.scenario === 'register')
      .filter(({ firewall }) => Number(firewall) >= from && Number(firewall) <= to)
      .map(({ id }) => id);
  return [
    {
      id: 'I1',
      source: 'CR',
      statement: 'With an encrypting suite, step 3 passes on types 1-9',
      verdict: 'confirmed',
      cells: of('aes', 1, 9),
      unsupported: [],
    },
    {
      id: 'I2',
      source: 'CR',
      statement: 'With a NULL suite, step 3 passes on types 1-8 and is blocked on type 9',
      verdict: 'contradicted',
      cells: of('null', 1, 9),
      unsupported: cells.filter(({ outcome }) => outcome === 'unsupported').map(({ id }) => id),
    },
    {
      id: 'I3',
      source: 'TS 33.203 W.3.3',
      statement: 'Some type is passed only with HTTP CONNECT',
      verdict: 'confirmed',
      cells: of('aes', 8, 9),
      unsupported: [],
    },
    {
      id: 'I11',
      source: 'TS 33.203 W.3.1',
      statement: 'Keep-alives maintain the connections through an idle time-out',
      verdict: 'untested',
      cells: [],
      unsupported: [],
    },
  ];
}
