import fc from 'fast-check';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { suiteIds } from '../../ladder';
import { scenarioCalled } from '../../scenarios';
import { LabError } from '../lab/lab-error';
import { defaultMoves, makePlan, requirePlayable, type Move, type Plan } from './plan';

const choice = {
  catalogue: builtInCatalogue,
  firewalls: builtInCatalogue.filter(({ id }) => ['1', '9'].includes(id)),
  scenarios: ['register', 'relay'],
  suites: ['aes', 'null'],
  steps: [1, 2, 3],
  patience: 'evidence',
  timers: 'rfc',
  ladder: 'all',
  repeat: 2,
} as const satisfies Parameters<typeof makePlan>[0];

it('makes one cell of each firewall, scenario and suite, a firewall after the other', () => {
  const { cells, ...rest } = makePlan(choice);
  expect(cells.map(({ id }) => id)).toEqual([
    '1/register/aes',
    '1/register/null',
    '1/relay/aes',
    '1/relay/null',
    '9/register/aes',
    '9/register/null',
    '9/relay/aes',
    '9/relay/null',
  ]);
  expect(cells[7]).toEqual({
    ...{ id: '9/relay/null', firewall: '9', scenario: 'relay', suite: 'null', security: 'digest' },
  });
  const { scenarios, suites: _, ...kept } = choice;
  expect(rest).toEqual({
    ...kept,
    scenarios: scenarios.map((id) => scenarioCalled(id)),
    securities: ['digest'],
    options: {},
    moves: defaultMoves,
  });
});

it('leaves out a scenario that has nothing to do at these steps', () => {
  // The normal procedures of step 1 have no TURN.
  const { cells } = makePlan({ ...choice, steps: [1] });
  expect(new Set(cells.map(({ scenario }) => scenario))).toEqual(new Set(['register']));
  expect(makePlan({ ...choice, steps: [1] }).scenarios.map(({ id }) => id)).toEqual(['register']);
});

it('refuses a plan of nothing', () => {
  expect(() => makePlan({ ...choice, scenarios: ['relay'], steps: [1] })).toThrow(
    expect.objectContaining({
      code: 'NOTHING_TO_MEASURE',
      message: 'relay has nothing at step 1; choose other steps with --step',
    }),
  );
});

describe('a firewall that forgets soon', () => {
  const forgetting = (idle: number) => {
    const [first, second] = choice.firewalls;
    return [{ ...first!, knobs: { ...first!.knobs, idle } }, second!];
  };
  const measuring = (scenario: string, idle: number) => () =>
    makePlan({
      ...{ ...choice, scenarios: [scenario], firewalls: forgetting(idle) },
      moves: [{ from: '9', to: '1' }],
    });

  // A keep-alive comes once a second at most (RFC 6223 counts in seconds), and four must come within the idle
  // time-out.
  it.each(['call', 'msrp', 'access-change'])('is refused for %s where no keep-alive is soon enough', (id) => {
    expect(measuring(id, 3)).toThrow(
      expect.objectContaining({
        code: 'IDLE_TOO_SHORT',
        message: `${id} cannot be measured through firewall 1, which forgets what is idle for 3 s: the lab sends keep-alives once a second at most, and a session needs 4 s; give it another idle, or leave ${id} or the firewall out`,
      }),
    );
    expect(measuring(id, 4)().cells.length).toBeGreaterThan(0);
  });

  // The scenario `keepalive` sets its own idle time-out.
  it.each(['register', 'relay', 'message', 'keepalive'])(
    'is measured for %s, which holds no session',
    (id) => {
      expect(measuring(id, 1)().cells.length).toBeGreaterThan(0);
    },
  );
});

describe('what is asked for by name', () => {
  const asking = (
    more: Partial<Parameters<typeof makePlan>[0]>,
    { scenarios = [], moves = [] }: { scenarios?: readonly string[]; moves?: readonly Move[] } = {},
  ) => {
    const plan = makePlan({ ...choice, ...more });
    return () => requirePlayable(plan, { scenarios: scenarios.map((id) => scenarioCalled(id)!), moves });
  };
  const few = builtInCatalogue.filter(({ id }) => ['0', '1', '2', '3'].includes(id));
  const refused = (message: string) => expect.objectContaining({ code: 'NOT_PLAYABLE', message }) as Error;

  it('can be left out by default, but not where it was asked for', () => {
    expect(asking({ steps: [1] })).not.toThrow();
    expect(asking({ steps: [1] }, { scenarios: ['register', 'relay'] })).toThrow(
      refused(
        'relay cannot be played: it has nothing at step 1; choose other steps with --step, or leave relay out',
      ),
    );
  });

  it('a scenario of moves needs both firewalls of one', () => {
    const scenarios = ['call', 'access-change'];
    expect(asking({ scenarios, firewalls: builtInCatalogue }, { scenarios })).not.toThrow();
    expect(asking({ scenarios, firewalls: few }, { scenarios })).toThrow(
      refused(
        'access-change cannot be played: none of the moves 0:8, 8:1 is between firewalls of this run; ' +
          'choose them with --firewall, other moves with --move, or leave access-change out',
      ),
    );
  });

  it('of the moves, each needs its firewalls', () => {
    const moves = [
      { from: '0', to: '1' },
      { from: '0', to: '8' },
    ];
    expect(asking({ scenarios: ['access-change'], firewalls: few, moves }, { moves })).toThrow(
      refused(
        'the move 0:8 cannot be played between the firewalls 0, 1, 2, 3; choose them too with --firewall, or leave the move out',
      ),
    );
  });
});

it('every id is unique and made of its parts', () => {
  const subset = <T>(items: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...items], { minLength: 1 });
  fc.assert(
    fc.property(
      subset(builtInCatalogue),
      subset(choice.scenarios),
      subset(suiteIds),
      (firewalls, scenarios, suites) => {
        const { cells }: Plan = makePlan({ ...choice, firewalls, scenarios, suites });
        expect(new Set(cells.map(({ id }) => id)).size).toBe(
          firewalls.length * scenarios.length * suites.length,
        );
        for (const cell of cells) expect(cell.id).toBe(`${cell.firewall}/${cell.scenario}/${cell.suite}`);
      },
    ),
  );
});

describe('with several securities', () => {
  const both = makePlan({ ...choice, suites: ['aes'], securities: ['digest', 'aka'] });

  it('has a cell for each, but for a scenario whose ladder has none of it', () => {
    expect(both.cells.map(({ id }) => id)).toEqual([
      '1/register/aes',
      '1/register/aes/aka',
      '1/relay/aes',
      '9/register/aes',
      '9/register/aes/aka',
      '9/relay/aes',
    ]);
  });

  it('has nothing to measure where nothing has a rung of the only one', () => {
    expect(() => makePlan({ ...choice, scenarios: ['relay'], securities: ['aka'] })).toThrow(
      new LabError(
        'NOTHING_TO_MEASURE',
        'relay has nothing at step 1, 2, 3 with the security aka; choose another with --security, or other steps with --step',
      ),
    );
  });
});

describe('a scenario in which the UE moves', () => {
  const moving = { ...choice, scenarios: ['access-change'], moves: [{ from: '1', to: '9' }] };
  it('has a cell for each move between firewalls of the run', () => {
    const move = { firewall: '1', to: '9', scenario: 'access-change', security: 'digest' };
    expect(makePlan(moving).cells).toEqual([
      { id: '1>9/access-change/aes', ...move, suite: 'aes' },
      { id: '1>9/access-change/null', ...move, suite: 'null' },
    ]);
  });

  it('and none for others; where none is left, that is said', () => {
    expect(() => makePlan({ ...moving, moves: [{ from: '0', to: '9' }] })).toThrow(
      'none of the moves 0:9 is between firewalls of this run; choose them with --firewall, or other moves with --move',
    );
  });
});
