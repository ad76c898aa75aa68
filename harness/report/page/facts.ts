import type { PageData } from 'nimsfw-result-page';
import type { OriginResult, RunResult } from '../../judge/result';
import { boxesWords, boxName, oneLine, ranges } from '../words';

/** Returns what a reader has to know of a run to reproduce or to cite it: programs, machine and provenance, a line each. */
export function pageFacts({ run }: RunResult): PageData['facts'] {
  const { mergedFrom, variants = [], plan } = run;
  return [
    { name: 'run', value: run.id },
    ...(mergedFrom ? [{ name: 'merged from', value: mergedFrom.join(', ') }] : []),
    ...run.origins.flatMap((origin) => originFacts(origin, run.origins.length > 1)),
    { name: 'kernel', value: run.kernel },
    { name: 'backend', value: run.backend },
    { name: 'patience', value: run.patience },
    { name: 'timers', value: run.timers },
    { name: 'ladder', value: run.ladder },
    { name: 'rounds', value: String(plan.repeat) },
    { name: 'firewalls measured', value: ranges(plan.firewalls) },
    { name: 'catalogue, SHA-256', value: plan.catalogue.sha256 },
    { name: 'boxes', value: boxesWords({ run }).replace(/^boxes: /, '') },
    ...variants.map(({ name, boxes }) => ({
      name: `boxes of ${oneLine(name)}`,
      value: boxes.map((box) => `${box.place} ${boxName(box)}`).join(', '),
    })),
    ...Object.entries(run.versions).map(([name, value]) => ({ name, value })),
  ];
}

function originFacts(
  { run, command, tool, machine }: OriginResult,
  isOneOfSeveral: boolean,
): PageData['facts'] {
  const of = isOneOfSeveral ? ` of ${run}` : '';
  const commit =
    tool.commit === undefined ? '' : `, commit ${tool.commit}${tool.changed ? ' with changes' : ''}`;
  const memory = (machine.memoryBytes / 2 ** 30).toFixed(1);
  return [
    { name: `command${of}`, value: ['nimsfw', ...command].join(' ') },
    { name: `nimsfw${of}`, value: `${tool.version}${commit}` },
    { name: `machine${of}`, value: `${machine.processor}, ${machine.processors} processors, ${memory} GiB` },
  ];
}
