import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Catalogue } from '../firewalls/catalogue';
import { knobsSchema, listedKnobs, type Knobs, type ListedKnob, type PortRule } from '../firewalls/knobs';
import { builtInBoxes } from '../nodes';
import { dnsmasq } from '../nodes/dns/dns';
import type { RunResult } from '../harness/judge/result';
import { netns } from '../harness/lab/netns';
import { makePlan, type Patience } from '../harness/plan/plan';
import { run } from '../harness/run/run';
import { steps, type SuiteId } from '../ladder';

/**
 * Firewalls drawn at random: whatever the knobs, every verdict must be as one reasons from them, explained, and the same
 * whether an attempt is ended on evidence or waits its timers out.
 */

/** Where something of the lab listens, or what types of the catalogue name. */
const knownPorts = [53, 80, 123, 443, 500, 3478, 4500, 5060, 5061, 5349];

const port = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...knownPorts) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 65535 }) },
);
const ports = fc.uniqueArray(port, { minLength: 1, maxLength: 4 });

const portRule: fc.Arbitrary<PortRule> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('any' as const) },
  { weight: 1, arbitrary: fc.constant('none' as const) },
  { weight: 3, arbitrary: fc.record({ only: ports }) },
  { weight: 3, arbitrary: fc.record({ except: ports }) },
);

const protocols: fc.Arbitrary<Knobs['protocols']> = fc.oneof(
  { weight: 5, arbitrary: fc.constant('any' as const) },
  { weight: 3, arbitrary: fc.constant(['tcp', 'udp', 'icmp'] as const) },
  {
    weight: 2,
    arbitrary: fc.uniqueArray(fc.constantFrom('tcp' as const, 'udp', 'icmp', 'esp', 'gre'), { maxLength: 4 }),
  },
);

const listed = Object.fromEntries(
  Object.entries(listedKnobs).map(([name, values]) => [name, fc.constantFrom<unknown>(...values)]),
) as { [K in ListedKnob]: fc.Arbitrary<Knobs[K]> };

/** Any knob vector; those that let something pass more often than they would by pure chance. */
export const labKnobs: fc.Arbitrary<Knobs> = fc
  .record({
    ...listed,
    protocols,
    udp: portRule,
    tcp: portRule,
    nullSuites: fc.constantFrom('allow' as const, 'allow', 'deny'),
    proxy: fc.constantFrom('none' as const, 'none', 'mandatory', 'intercepting'),
    connectPorts: fc.oneof({ weight: 3, arbitrary: fc.constant([443]) }, { weight: 1, arbitrary: ports }),
    // Sessions are not measured through a memory of less than 4 s.
    idle: fc.oneof(
      { weight: 4, arbitrary: fc.constant('none' as const) },
      { weight: 1, arbitrary: fc.integer({ min: 4, max: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 4, max: 86_400 }) },
    ),
  })
  .filter((knobs) => knobsSchema.safeParse(knobs).success);

/** The vectors that this seed stands for. */
export const drawKnobs = (seed: number, count: number): Knobs[] =>
  fc.sample(labKnobs, { seed, numRuns: count });

/** A catalogue of these vectors: `r0`, `r1`... */
export function catalogueOf(vectors: readonly Knobs[]): Catalogue {
  return vectors.map((knobs, index) => ({
    id: `r${index}`,
    title: 'drawn at random',
    summary: `vector ${index}`,
    source: 'the random test',
    confidence: 'none',
    knobs,
  }));
}

/** The same as a file for `nimsfw run --catalogue`; of the knobs only what is not as in type 0. */
export function catalogueYaml(vectors: readonly Knobs[]): string {
  const open = knobsSchema.parse({});
  const firewalls = catalogueOf(vectors).map(({ id, title, summary, knobs }) => ({
    id,
    title,
    summary,
    knobs: Object.fromEntries(
      Object.entries(knobs).filter(
        ([name, value]) => JSON.stringify(value) !== JSON.stringify(open[name as keyof Knobs]),
      ),
    ),
  }));
  return stringify({ firewalls }, { aliasDuplicateObjects: false });
}

export interface RandomPlay {
  readonly patience?: Patience;
  readonly suites?: readonly SuiteId[];
}

/** The scenarios that every step of the ladder is measured in. */
const played = ['register', 'relay', 'message', 'msrp', 'call'];

/**
 * Runs the scenarios through firewalls with these knobs.
 * @throws LabError what hinders the lab
 */
export async function play(
  vectors: readonly Knobs[],
  { patience = 'evidence', suites = ['aes', 'null'] }: RandomPlay = {},
): Promise<RunResult> {
  const catalogue = catalogueOf(vectors);
  const out = await mkdtemp(join(tmpdir(), 'nimsfw-random-'));
  const plan = makePlan({
    catalogue,
    firewalls: catalogue,
    scenarios: played,
    suites,
    steps,
    patience,
    timers: 'rfc',
    ladder: 'all',
    repeat: 1,
    options: { mediaSeconds: 1, msrpBytes: 64 * 1024 },
  });
  try {
    return await run({
      plan,
      backend: netns,
      // Who may ask the DNS is one of the knobs.
      boxes: builtInBoxes.with(dnsmasq),
      out: join(out, 'run'),
      reporter: {},
      versions: Promise.resolve({}),
      command: [],
      tool: Promise.resolve({ version: '' }),
    });
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** What is not as one reasons from the knobs: attempts of another verdict than expected, in a line each. */
export function faultsOf({ cells }: RunResult): { readonly firewall: string; readonly text: string }[] {
  return cells.flatMap(({ firewall, outcome, id, attempts }) => {
    const wrong = attempts.filter(({ verdict, expected }) => verdict !== expected);
    const lines = wrong.map((attempt) => ({
      firewall,
      text: `${attempt.id}: ${attempt.verdict}, expected ${attempt.expected}: ${attempt.reason}`,
    }));
    return lines.length > 0 || outcome === 'expected' ? lines : [{ firewall, text: `${id}: ${outcome}` }];
  });
}

/** How many smaller vectors are tried at most. */
const mostTries = 40;

/**
 * The smallest vector found that still shows a fault, from the one at this place among those that the seed stands for;
 * undefined where the fault does not come again.
 */
export async function smallest(
  seed: number,
  index: number,
  options: RandomPlay = {},
): Promise<Knobs | undefined> {
  let tries = 0;
  let found: Knobs | undefined;
  const holds = fc.asyncProperty(labKnobs, async (knobs) => {
    if (tries++ >= mostTries) return true;
    const isFaulty = faultsOf(await play([knobs], options)).length > 0;
    if (isFaulty) found = knobs;
    return !isFaulty;
  });
  await fc.check(holds, { seed, path: String(index), numRuns: 1 });
  return found;
}

/** What to tell of faults: each in a line, and the smallest catalogue that shows the first of them. */
export async function report(
  seed: number,
  drawn: readonly { readonly index: number; readonly text: string }[],
  options: RandomPlay = {},
): Promise<string> {
  const first = drawn[0];
  if (!first) return '';
  const knobs = await smallest(seed, first.index, options);
  const reproduced = knobs
    ? `the smallest catalogue that shows the first:\n${catalogueYaml([knobs])}`
    : `the first did not come again with this firewall alone:\n${catalogueYaml(drawKnobs(seed, first.index + 1).slice(-1))}`;
  return [`seed ${seed}:`, ...drawn.map(({ index, text }) => `vector ${index}: ${text}`), reproduced].join(
    '\n',
  );
}
