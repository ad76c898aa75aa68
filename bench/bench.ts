import { measureBringUp } from './bring-up';
import { measureDefaultRun } from './default-run';
import { measureDocker, whyNoDocker } from './docker';
import { median } from '../kit/statistics';
import { figureLine, isMet, type Figure } from './figure';
import { parseArgs } from 'node:util';
import { measureInspection } from './inspection';
import { machineLine } from './machine';
import { measureRandom } from './random';
import { measureServices } from './services';

/**
 * `npm run bench`: what the lab costs, with the machine named. A bench is no test: a limit that is not met is told and
 * ends with 0 all the same; only a measurement that failed ends with 1.
 *
 * `--inspection` measures nothing but what the inspector of type 9 costs.
 *
 * `--random N [--seed S] [--rfc]` measures N firewalls drawn at random instead: what is not as expected ends with 1.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      random: { type: 'string' },
      seed: { type: 'string' },
      inspection: { type: 'boolean', default: false },
      rfc: { type: 'boolean', default: false },
    },
  });
  if (values.random !== undefined) {
    const count = wholeNumber('--random', values.random);
    const seed = values.seed === undefined ? Date.now() % 2 ** 31 : wholeNumber('--seed', values.seed);
    if ((await measureRandom({ count, seed, rfc: values.rfc })) > 0) process.exitCode = 1;
    return;
  }
  const { json } = values;
  if (!json) console.log(`${machineLine()}\n`);
  const figures: Figure[] = [];
  const noDocker = await whyNoDocker();
  const inspection = (): Promise<Figure[]> => measureInspection(30);
  const measures = values.inspection
    ? [inspection]
    : [() => measureDefaultRun(5), () => measureBringUp(5), () => measureServices(3), inspection];
  if (noDocker === undefined && !values.inspection) measures.push(() => measureDocker(3));
  for (const measure of measures) {
    const measured = await measure();
    figures.push(...measured);
    if (!json) for (const figure of measured) console.log(figureLine(figure));
  }
  const notMeasured = noDocker === undefined ? [] : [`on Docker: ${noDocker}`];
  if (!json) {
    for (const what of notMeasured) console.log(`not measured ${what}`);
    return;
  }
  const withMedian = figures.map((figure) => ({
    ...figure,
    median: median(figure.values),
    met: isMet(figure),
  }));
  console.log(JSON.stringify({ machine: machineLine(), figures: withMedian, notMeasured }, null, 2));
}

/** @throws Error when it is none */
function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text))
    throw new Error(`${option} takes a whole number, not ${JSON.stringify(text)}`);
  return Number(text);
}

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
