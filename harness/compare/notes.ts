import type { OriginResult, RunResult } from '../judge/result';
import { boxName, oneLine } from '../report/words';

/**
 * Lists what differs between two runs besides their cells, a line each: it can be the reason of a change, and is none
 * itself.
 */
export function differencesOf(before: RunResult['run'], after: RunResult['run']): string[] {
  const [then, now] = [factsOf(before), factsOf(after)];
  return [...new Set([...then.keys(), ...now.keys()])].flatMap((name) => {
    // ESP is made only where cells by IMS AKA are measured, and whether there are some, the cells say.
    if (name === 'version of ESP' && !(then.has(name) && now.has(name))) return [];
    const [a, b] = [then.get(name) ?? 'none', now.get(name) ?? 'none'];
    return a === b ? [] : [oneLine(`${name}: ${a} → ${b}`)];
  });
}

/**
 * Says why times of two runs cannot be held against each other; undefined if they can. Boxes and versions may differ:
 * what they cost is what one wants to know.
 */
export function whyTimesDiffer(before: RunResult['run'], after: RunResult['run']): string | undefined {
  const [then, now] = [factsOf(before), factsOf(after)];
  const ofMeasuring = (name: string): boolean =>
    ['machine', 'backend', 'patience', 'timers'].includes(name) || name.startsWith('option ');
  const names = [...new Set([...then.keys(), ...now.keys()])].filter(ofMeasuring);
  return names.find((name) => then.get(name) !== now.get(name));
}

/** What identifies lab, machine and way of measuring, by name, in words. */
function factsOf(run: RunResult['run']): Map<string, string> {
  const { backend, patience, timers, ladder, kernel, plan, boxes, versions, origins } = run;
  return new Map([
    ...Object.entries({ backend, patience, timers, ladder, kernel }),
    ['machine', all(origins, ({ machine }) => machineWords(machine))],
    ['nimsfw', all(origins, ({ tool }) => toolWords(tool))],
    ['steps', plan.steps.join(', ')],
    ['rounds', String(plan.repeat)],
    ...optionsOf(origins),
    ...boxes.map((box) => [`box ${box.place}`, boxName(box)] as const),
    ...Object.entries(versions).map(([program, version]) => [`version of ${program}`, version] as const),
  ]);
}

function optionsOf(origins: readonly OriginResult[]): (readonly [string, string])[] {
  const names = new Set(origins.flatMap(({ services }) => Object.keys(services)));
  return [...names].map((name) => [`option ${name}`, all(origins, ({ services }) => String(services[name]))]);
}

/** Joins what each of several runs that were merged says, each once. */
const all = <T>(origins: readonly T[], words: (origin: T) => string): string =>
  [...new Set(origins.map(words))].join('; ');

const machineWords = ({ processor, processors, memoryBytes }: OriginResult['machine']): string =>
  `${processors} processors (${processor}), ${Math.round(memoryBytes / 2 ** 30)} GiB`;

const toolWords = ({ version, commit, changed }: OriginResult['tool']): string =>
  [version, commit?.slice(0, 12), changed === true ? 'changed since' : undefined].filter(Boolean).join(' ');
