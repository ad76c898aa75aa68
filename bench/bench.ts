import { measureBringUp } from './bring-up';
import { measureDefaultRun } from './default-run';
import { measureDocker, whyNoDocker } from './docker';
import { figureLine, isMet, median, type Figure } from './figure';
import { machineLine } from './machine';
import { measureServices } from './services';

/**
 * `npm run bench`: what the lab costs, with the machine named. A bench is no test: a limit that is not met is told and
 * ends with 0 all the same; only a measurement that failed ends with 1.
 */
async function main(): Promise<void> {
  const json = process.argv.includes('--json');
  if (!json) console.log(`${machineLine()}\n`);
  const figures: Figure[] = [];
  const noDocker = await whyNoDocker();
  const measures = [() => measureDefaultRun(5), () => measureBringUp(5), () => measureServices(3)];
  if (noDocker === undefined) measures.push(() => measureDocker(3));
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

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
