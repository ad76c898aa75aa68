import { catalogueOf, drawKnobs, faultsOf, play, report } from './random-firewalls';

/** How many firewalls a lab has at a time. */
const atOnce = 40;

export interface RandomOptions {
  readonly count: number;
  readonly seed: number;
  /** Whether the same is measured once more with every timer of the RFCs waited out, and held against it. */
  readonly rfc: boolean;
}

/**
 * Measures firewalls drawn at random, and prints what is not as one reasons from their knobs.
 * @returns how many attempts are not
 */
export async function measureRandom({ count, seed, rfc }: RandomOptions): Promise<number> {
  console.log(`seed ${seed}, ${count} firewalls`);
  const vectors = drawKnobs(seed, count);
  let sum = 0;
  for (let first = 0; first < count; first += atOnce) {
    const some = vectors.slice(first, first + atOnce);
    const ids = catalogueOf(some).map(({ id }) => id);
    for (const patience of rfc ? (['evidence', 'rfc'] as const) : (['evidence'] as const)) {
      const result = await play(some, { patience });
      const faults = faultsOf(result).map(({ firewall, text }) => ({
        index: first + ids.indexOf(firewall),
        text,
      }));
      sum += faults.length;
      console.log(
        `vectors ${first} to ${first + some.length - 1}, patience ${patience}: ${result.cells.length} cells, ${faults.length} attempts not as expected`,
      );
      if (faults.length > 0) console.log(await report(seed, faults, { patience }));
    }
  }
  return sum;
}
