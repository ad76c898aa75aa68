import { inVariant } from '../judge/missing';
import type { BoxResult, CellResult, RunResult } from '../judge/result';
import { toInterop } from './interop';
import { attempt, cell, run } from './result-fixture';

const box = (place: string, name: string, isReference: boolean): BoxResult => ({
  place,
  name,
  isReference,
  version: '1.2',
});

const lab = (ue: string, proxy: string): BoxResult[] => [
  box('ue', ue, ue === 'reference'),
  box('proxy', proxy, proxy === 'squid'),
  box('turn', 'coturn', true),
];

const dropped = {
  expected: 'passed' as const,
  reason: 'fw-8 denied TCP to 198.19.0.30:443 [direct-not-allowed]',
};

function resultOf(cells: Record<string, CellResult[]>, boxes: Record<string, BoxResult[]>): RunResult {
  const result = run(Object.entries(cells).flatMap(([name, own]) => own.map((one) => inVariant(one, name))));
  const variants = Object.keys(cells);
  return {
    ...result,
    run: {
      ...result.run,
      plan: {
        ...result.run.plan,
        firewalls: ['0', '8', '9'],
        variants: variants.map((name) => ({ name, suites: ['modern'] })),
      },
      variants: variants.map((name) => ({ name, run: name, boxes: boxes[name]! })),
    },
  };
}

const through = (id: '0/call/modern' | '8/call/modern' | '9/call/modern'): CellResult =>
  cell(id, [attempt('3 connect:443', 'passed')], 3);
const refused = (id: '8/call/modern' | '9/call/modern', firewall: string): CellResult =>
  cell(
    id,
    [
      attempt('3 connect:443', 'blocked', {
        ...dropped,
        reason: dropped.reason.replace('fw-8', `fw-${firewall}`),
      }),
    ],
    null,
    { expected: 3, outcome: 'unexpected' },
  );

it('tells what only the phone does not get through as its own doing, alike firewalls in one line', () => {
  const text = toInterop(
    resultOf(
      {
        'reference+squid': [through('0/call/modern'), through('8/call/modern'), through('9/call/modern')],
        'x+squid': [through('0/call/modern'), refused('8/call/modern', '8'), refused('9/call/modern', '9')],
      },
      { 'reference+squid': lab('reference', 'squid'), 'x+squid': lab('x', 'squid') },
    ),
  );
  expect(text).toContain(`### x+squid

The phone's own doing:

- call, modern, step 3 connect:443: 8, 9: blocked, expected passed: the firewall denied TCP to 198.19.0.30:443 \\[direct-not-allowed\\]
`);
  expect(text).toContain('### reference+squid\n\nEverything got through.\n');
  expect(text).toContain('| x+squid | 3 | 0! | 0! |');
});

it('names only the boxes that differ', () => {
  const text = toInterop(
    resultOf(
      { a: [through('0/call/modern')], b: [through('0/call/modern')] },
      { a: lab('reference', 'squid'), b: lab('reference', 'apache') },
    ),
  );
  expect(text).toContain('| a | proxy | squid 1.2 |\n| b | proxy | apache 1.2 |');
  expect(text).not.toContain('coturn');
});

it('tells what the reference UE does not get through either as the doing of the other box', () => {
  const text = toInterop(
    resultOf(
      { r: [refused('8/call/modern', '8')], x: [refused('8/call/modern', '8')] },
      { r: lab('reference', 'odd'), x: lab('x', 'odd') },
    ),
  );
  expect(text.split("Another box's doing")).toHaveLength(3);
});

it('says so if nobody tried the reference UE with these boxes', () => {
  const text = toInterop(resultOf({ x: [refused('8/call/modern', '8')] }, { x: lab('x', 'squid') }));
  expect(text).toContain(
    "The phone's or another box's doing: the reference UE was not tried with these boxes:",
  );
});
