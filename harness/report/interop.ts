import { groupBy } from '../../kit/group-by';
import { rungId } from '../../ladder';
import { faultOf, type Fault } from '../judge/fault';
import type { AttemptResult, BoxResult, CellResult, RunResult } from '../judge/result';
import { withoutNodeIds } from './ladder-table';
import { escape, grid } from './markdown-text';
import { variantLegend, variantTables, variantWords } from './variant-table';
import { boxName, catalogueWords, oneLine, ranges, runWords, suiteWords, tableTitle } from './words';

/**
 * Returns `docs/interop.md` of a run over several variants of the lab: what got through, and of what did not whose doing
 * it was. Pure.
 */
export function toInterop(result: RunResult): string {
  const { variants = [] } = result.run;
  const sections = [
    '# Interoperability, measured',
    `Made by \`npm run interop\` from a run of [examples/interop.yaml](../examples/interop.yaml) on ${result.run.startedAt.slice(0, 10)}; do not edit it by hand. ${escape(runWords(result))}.`,
    escape(catalogueWords(result)),
    '## What stood where',
    grid(
      ['variant', 'box', 'what stood there'],
      variants.flatMap(({ name, boxes }) =>
        differing(boxes, variants).map((box) => [name, box.place, oneLine(boxName(box))]),
      ),
    ),
    '## Which step got through which firewall',
    escape(variantLegend),
    ...variantTables(result).flatMap(({ firewalls, rows, ...of }) => [
      `### ${escape(tableTitle(of))}`,
      grid(
        ['variant', ...firewalls],
        rows.map(({ variant, cells }) => [variant, ...cells.map(variantWords)]),
      ),
    ]),
    '## Whose doing',
    'An attempt of a variant is held against the same attempt with the reference UE and the same other boxes.',
    ...variants.flatMap(({ name }) => [`### ${escape(name)}`, doings(name, result)]),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** How a fault is told, in the order in which faults are told. */
const words: Readonly<Record<Fault, string>> = {
  phone: "The phone's own doing",
  'other-box': "Another box's doing: the reference UE fares no better with it",
  'phone-or-other-box': "The phone's or another box's doing: the reference UE was not tried with these boxes",
  cannot: 'Not there, so not tried',
  firewall: "The firewall's doing, as its knobs let one expect",
};

/** Lists what became of a variant, alike attempts on several firewalls as one. */
function doings(variant: string, result: RunResult): string {
  const reference = referenceOf(variant, result);
  const all = result.cells
    .filter((cell) => cell.variant === variant)
    .flatMap((cell) => {
      const twin = result.cells.find((other) => other.variant === reference && isSameCell(other, cell));
      return cell.attempts.flatMap((attempt) => {
        const fault = faultOf(attempt, twin?.attempts);
        return fault ? [{ fault, cell, attempt }] : [];
      });
    });
  const parts = (Object.keys(words) as Fault[]).flatMap((fault) => {
    const lines = groupBy(
      all.filter((one) => one.fault === fault),
      // The rules that a firewall refuses by are in the tables of the run; here it is told where it did.
      ({ cell, attempt }) =>
        [
          cell.scenario,
          suiteWords(cell),
          rungId(attempt),
          ...(fault === 'firewall' ? [] : [told(attempt, cell)]),
        ].join('\n'),
    );
    if (lines.size === 0) return [];
    return [
      `${words[fault]}:`,
      [...lines.values()]
        .map((some) => {
          const [{ cell, attempt }] = some as [(typeof some)[number]];
          const where = ranges([...new Set(some.map((one) => one.cell.firewall))]);
          const what = `${tableTitle({ scenario: cell.scenario, suite: cell.suite, security: cell.security })}, step ${attempt.step} ${attempt.via}`;
          return `- ${escape(what)}: ${escape(where)}${fault === 'firewall' ? '' : `: ${escape(told(attempt, cell))}`}`;
        })
        .join('\n'),
    ];
  });
  return parts.length > 0 ? parts.join('\n\n') : 'Everything got through.';
}

/** Returns what became of an attempt, without what differs between firewalls only by name. */
function told({ verdict, expected, reason }: AttemptResult, cell: CellResult): string {
  const against = verdict === expected || verdict === 'unsupported' ? '' : `, expected ${expected}`;
  return oneLine(`${verdict}${against}: ${withoutNodeIds(reason, cell.to ?? cell.firewall)}`);
}

const isSameCell = (one: CellResult, other: CellResult): boolean =>
  (['firewall', 'to', 'scenario', 'suite', 'security'] as const).every((key) => one[key] === other[key]);

/** Returns the variant with the reference UE in which the other boxes are the same; undefined if there is none. */
function referenceOf(variant: string, { run: { variants = [] } }: RunResult): string | undefined {
  const others = (boxes: readonly BoxResult[]): string =>
    JSON.stringify(boxes.filter(({ place }) => place !== 'ue').map(({ place, name }) => [place, name]));
  const own = variants.find(({ name }) => name === variant);
  return variants.find(
    ({ boxes }) =>
      own !== undefined &&
      boxes.some(({ place, isReference }) => place === 'ue' && isReference) &&
      others(boxes) === others(own.boxes),
  )?.name;
}

/** Returns the boxes at the places where the variants differ. */
function differing(
  boxes: readonly BoxResult[],
  variants: NonNullable<RunResult['run']['variants']>,
): BoxResult[] {
  const namesAt = (place: string): Set<string> =>
    new Set(
      variants.flatMap((one) => one.boxes.filter((box) => box.place === place).map(({ name }) => name)),
    );
  return boxes.filter(({ place }) => namesAt(place).size > 1);
}
