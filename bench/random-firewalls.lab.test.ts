import { knobsSchema, type Knobs } from '../firewalls/knobs';
import type { RunResult } from '../harness/judge/result';
import { catalogueOf, drawKnobs, faultsOf, play, report } from './random-firewalls';

/**
 * Firewalls that nobody thought of: the smallest of those that once had a wrong verdict, and some drawn at random, all in
 * one run. `npm run bench -- --random N --seed S` draws more.
 */

interface Named {
  readonly name: string;
  readonly knobs: Partial<Knobs>;
  /** The step at which each scenario gets through, whichever the suite; null where none does. */
  readonly through: Readonly<Record<string, number | null>>;
}

const nothing = { register: null, relay: null, message: null, msrp: null, call: null };
const named: readonly Named[] = [
  // Only the proxy goes out, and what it opens to 443 is not among the ports that it may reach. Its SYN is never answered.
  {
    name: "the proxy's own connections are dropped",
    knobs: { tcp: { only: [80] }, proxy: 'mandatory' },
    through: nothing,
  },
  // The same, and the proxy says 503 at once.
  {
    name: "the proxy's own connections are rejected",
    knobs: { tcp: { only: [80] }, proxy: 'mandatory', verdict: 'reject' },
    through: nothing,
  },
  // The UE sees the tunnel stand, and the interceptor's certificate only when its own connection has failed.
  {
    name: "an interceptor's own connections are dropped",
    knobs: { tcp: { only: [80] }, proxy: 'intercepting' },
    through: nothing,
  },
  {
    name: "an interceptor's own connections are rejected",
    knobs: { tcp: { only: [80] }, proxy: 'intercepting', verdict: 'reject' },
    through: nothing,
  },
  // The peer's connectivity check comes before one's own has gone out; then that opens the way from host to host.
  {
    name: 'nothing is translated, and nothing unsolicited comes in',
    knobs: { unsolicitedInbound: 'deny' },
    through: { register: 1, relay: 2, message: 1, msrp: 1, call: 1 },
  },
  // A call needs no TURN server where UDP passes from host to host, at step 2 either; MSRP is TCP to a port that is shut.
  {
    name: 'no way to the TURN server, and UDP from host to host',
    knobs: { udp: { except: [3478] }, tcp: { only: [500] }, verdict: 'reject' },
    through: { register: 1, relay: null, message: 1, msrp: null, call: 1 },
  },
];

/** Drawn anew each day; any other with NIMSFW_SEED. */
const seed = Number(process.env.NIMSFW_SEED ?? new Date().toISOString().slice(0, 10).replaceAll('-', ''));
const drawn = drawKnobs(seed, 8);

const vectors = [...named.map(({ knobs }) => knobsSchema.parse(knobs)), ...drawn];
const catalogue = catalogueOf(vectors);
let result: RunResult;

beforeAll(async () => {
  result = await play(vectors);
}, 600_000);

const faultsFrom = (first: number): { index: number; text: string }[] =>
  faultsOf(result)
    .map(({ firewall, text }) => ({ index: catalogue.findIndex(({ id }) => id === firewall) - first, text }))
    .filter(({ index }) => index >= 0);

describe.each(named.map((entry, index) => [entry.name, entry, index] as const))(
  '%s',
  (_, { through }, index) => {
    it.each(Object.entries(through))('%s gets through at step %s', (scenario, step) => {
      const cells = result.cells.filter(
        (cell) => cell.firewall === catalogue[index]?.id && cell.scenario === scenario,
      );
      expect(cells.map(({ traversedAt }) => traversedAt)).toEqual([step, step]);
    });

    it('has every attempt explained', () => {
      expect(faultsFrom(index).filter((fault) => fault.index === 0)).toEqual([]);
    });
  },
);

it(`firewalls drawn with seed ${seed}: every attempt is as one reasons from the knobs`, async () => {
  const faults = faultsFrom(named.length);
  if (faults.length > 0) throw new Error(await report(seed, faults));
}, 900_000);
