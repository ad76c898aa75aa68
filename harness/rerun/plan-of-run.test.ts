import { builtInCatalogue } from '../../firewalls/catalogue';
import { knobsSchema } from '../../firewalls/knobs';
import { choices } from '../../nodes/choices';
import { commandBox } from '../../nodes/outside/command-box';
import type { BoxResult, RunResult } from '../judge/result';
import { planWith } from '../plan/testing/plan-with';
import { run } from '../report/result-fixture';
import { firewallResultOf, planResultOf } from '../run/plan-result';
import { originOf } from '../run/origin';
import { planOfRun } from './plan-of-run';

type Choice = Parameters<typeof planWith>[0];

/** Returns the result of a run of this plan, which measured nothing. */
function resultOf(choice: Choice, more: Partial<RunResult['run']> = {}): RunResult {
  const plan = planWith(choice);
  const { patience, timers, ladder } = plan;
  return run([], [], {
    ...{ patience, timers, ladder, plan: planResultOf(plan) },
    origins: [originOf(plan, { run: 'r', command: [], tool: { version: '1' } })],
    firewalls: plan.firewalls.map((firewall) => firewallResultOf(firewall, plan)),
    ...more,
  });
}
const box = (place: string, name: string, more: Partial<BoxResult> = {}): BoxResult => ({
  ...{ place, name, isReference: false, ...more },
});
const refusal = (result: RunResult, choice?: Parameters<typeof planOfRun>[1]): string => {
  try {
    planOfRun(result, choice);
    return 'none';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${message} [${code}]`;
  }
};
const refused = (what: string): string =>
  `this run cannot be measured again here, as it had ${what}; choose something else for it, or name cells that do not need it [NOT_RERUNNABLE]`;

const whole: Choice = {
  firewalls: builtInCatalogue.filter(({ id }) => ['0', '3', '8'].includes(id)),
  scenarios: ['register', 'call', 'access-change'],
  suites: ['aes', 'null'],
  steps: [2, 3],
  ...{ patience: 'rfc', timers: '3gpp', ladder: 'stop', repeat: 3 },
  options: { mediaSeconds: 1, breakBeforeMake: true },
  moves: [{ from: '0', to: '8' }],
};

it('has the known deviations of the run', () => {
  const known = [{ cell: '3/*', reason: 'the proxy is old' }];
  expect(planOfRun(resultOf(whole, { known })).options.known).toEqual(known);
  expect(planOfRun(resultOf(whole)).options).not.toHaveProperty('known');
});

it('has everything that the plan of the run had', () => {
  const { options, variants } = planOfRun(resultOf(whole, { backend: 'docker' }));
  expect(options).toEqual({
    scenarios: ['access-change', 'call', 'register'].sort((a, b) => order(a) - order(b)),
    firewalls: ['0', '3', '8'],
    catalogue: builtInCatalogue,
    suites: ['aes', 'null'],
    securities: ['digest'],
    steps: [2, 3],
    ...{ patience: 'rfc', timers: '3gpp', ladder: 'stop', repeat: 3, backend: 'docker' },
    options: expect.objectContaining({ mediaSeconds: 1, breakBeforeMake: true }),
    moves: [{ from: '0', to: '8' }],
  });
  expect(variants).toEqual([{ name: 'lab', suites: ['aes', 'null'], boxes: [] }]);
});

/** Scenarios are measured in the order in which the result first has them. */
const order = (id: string): number => planResultOf(planWith(whole)).scenarios.indexOf(id);

it('has the named cells only, and the firewalls that they need', () => {
  const cells = ['0>8/access-change/aes', '3/register/null'];
  const { options, variants } = planOfRun(resultOf(whole), { cells });
  expect(options).toMatchObject({ firewalls: ['0', '8', '3'], moves: [{ from: '0', to: '8' }] });
  expect(new Set(options.scenarios)).toEqual(new Set(['access-change', 'register']));
  expect(variants[0]!.cells).toEqual(expect.arrayContaining(cells));
  expect(variants[0]!.cells).toHaveLength(2);
  expect(refusal(resultOf(whole), { cells: ['3/regster/aes'] })).toMatch(
    /^the run has no cell "3\/regster\/aes"; did you mean 3\/register\/aes\? It has .* \[UNKNOWN_CELL\]$/,
  );
});

it('has the firewalls with the knobs that they had, if the catalogue was another', () => {
  const own = { ...builtInCatalogue[3]!, knobs: knobsSchema.parse({ udp: 'none' }) };
  const catalogue = [own, builtInCatalogue[4]!];
  const result = resultOf({ catalogue, firewalls: [own], scenarios: ['register'], suites: ['aes'] });
  expect(planOfRun(result).options).toMatchObject({ catalogue: [own], firewalls: ['3'] });
  // Of a result of the time before it had the summary.
  const { summary: _, ...before } = result.run.firewalls[0]!;
  const older = { ...result, run: { ...result.run, firewalls: [before] } };
  expect(planOfRun(older).options.catalogue).toEqual([{ ...own, summary: own.title }]);
});

it('has the boxes that have a name here, and those that the user names', () => {
  const result = resultOf(whole, {
    boxes: [
      ...[box('pcscf', 'kamailio', { isReference: true }), box('proxy', 'tinyproxy'), box('dns', 'dnsmasq')],
    ],
  });
  const [lab] = planOfRun(result).variants;
  expect(lab!.boxes).toEqual([choices.proxy['tinyproxy'], choices.dns['dnsmasq']]);
  const mine = commandBox('proxy', './mine', '/');
  expect(planOfRun(result, { boxes: [mine] }).variants[0]!.boxes).toEqual([mine, choices.dns['dnsmasq']]);
});

it('has each variant with its own boxes and suites, and of named cells only what they are in', () => {
  const variants = [
    { name: 'squid', suites: ['aes'] as const, boxes: [box('proxy', 'squid')] },
    { name: 'tinyproxy', suites: ['null'] as const, boxes: [box('proxy', 'tinyproxy')] },
  ];
  const { plan } = resultOf(whole).run;
  const result = resultOf(whole, {
    plan: { ...plan, variants: variants.map(({ name, suites }) => ({ name, suites: [...suites] })) },
    variants: variants.map(({ name, boxes }) => ({ name, boxes, run: name })),
  });
  expect(planOfRun(result).variants).toEqual([
    { name: 'squid', suites: ['aes'], boxes: [] },
    { name: 'tinyproxy', suites: ['null'], boxes: [choices.proxy['tinyproxy']] },
  ]);
  expect(planOfRun(result, { cells: ['tinyproxy/3/register/null'] }).variants).toEqual([
    {
      ...{ name: 'tinyproxy', suites: ['null'], boxes: [choices.proxy['tinyproxy']] },
      cells: ['3/register/null'],
    },
  ]);
});

it.each<[string, Partial<RunResult['run']>, string]>([
  [
    'a command, which a stranger may have written',
    { boxes: [box('ue', 'phone', { command: 'rm -rf /' })] },
    '"rm -rf /" at ue (name a box for it with --ue)',
  ],
  [
    'an image and a machine',
    {
      boxes: [
        box('turn', 'x', { image: 'example/turn:1' }),
        box('firewall', 'eth1', { interface: 'eth1, eth2' }),
      ],
    },
    '"example/turn:1" at turn (name a box for it with --turn); "eth1, eth2" at firewall (name a box for it with --firewall-box)',
  ],
  [
    'a box of a program',
    { boxes: [box('proxy', 'own'), box('probe', 'own')] },
    '"own" at proxy (name a box for it with --proxy); "own" at probe, which is of the program that measured',
  ],
  [
    'a name that is none of its own',
    { boxes: [box('proxy', 'constructor')] },
    '"constructor" at proxy (name a box for it with --proxy)',
  ],
])('refuses %s', (_, more, what) => {
  expect(refusal(resultOf(whole, more))).toBe(refused(what));
});

it('refuses a scenario, an option and a firewall that are not had here', () => {
  const result = resultOf(whole);
  const { run: of } = result;
  const own = { id: 'tunnel', title: '', isClaimed: false, climbs: 'all', ladder: [], columns: [] } as const;
  const strange: RunResult = {
    ...result,
    run: {
      ...of,
      plan: {
        ...of.plan,
        catalogue: { ...of.plan.catalogue, sha256: 'another' },
        scenarios: ['register', 'tunnel'],
        ownScenarios: [{ ...own, ladder: [], columns: [] }],
      },
      origins: [{ ...of.origins[0]!, services: { ...of.origins[0]!.services, mediaSeconds: 1e9 } }],
      firewalls: of.firewalls.slice(1).map((one) => (one.id === '8' ? { ...one, id: '../8' } : one)),
    },
  };
  expect(refusal(strange)).toBe(
    refused(
      [
        'the scenario "tunnel", which is of the program that measured',
        'the firewall "../8", of which the result says what no catalogue can',
        'the firewall "0", whose knobs the result does not have',
        'the firewall "8", whose knobs the result does not have',
        'the option mediaSeconds with 1000000000',
      ].join('; '),
    ),
  );
});
