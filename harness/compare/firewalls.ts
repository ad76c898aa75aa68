import type { Knobs } from '../../firewalls/knobs';
import { describeRules } from '../../firewalls/rules';
import type { FirewallResult } from '../judge/result';
import type { Change } from './comparison';

/** Names the knobs of a firewall that were turned, and the rules that are others by that. Neither is worse or better. */
export function firewallChanges(before: FirewallResult, after: FirewallResult): Change[] {
  const [then, now] = [knobWords(before.knobs), knobWords(after.knobs)];
  const [rulesThen, rulesNow] = [rulesOf(before.knobs), rulesOf(after.knobs)];
  return [
    ...differences(then, now, '-').map(([name, words]) => [`knob ${name}`, words] as const),
    ...differences(rulesThen, rulesNow, 'no such rule').map(
      ([name, words]) => [`rule ${name}`, words] as const,
    ),
  ].map(([part, words]) => ({ kind: 'other', about: 'firewall', id: after.id, part, ...words }));
}

const knobWords = (knobs: Knobs): Map<string, string> =>
  new Map(Object.entries(knobs).map(([name, value]) => [name, valueWords(value)]));

/** Writes the value of a knob as a catalogue has it, in one line: `{ except: [5060, 5061] }`. */
function valueWords(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(String).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const [[key, inner] = ['', '']] = Object.entries(value);
  return `{ ${key}: ${valueWords(inner)} }`;
}

const rulesOf = (knobs: Knobs): Map<string, string> =>
  new Map(describeRules(knobs).map(({ id, statement }) => [id, statement]));

/** Returns the names whose words differ, with both; what the one does not have has the words for that. */
function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  missing: string,
): [string, { before: string; after: string }][] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const words = { before: before.get(name) ?? missing, after: after.get(name) ?? missing };
    return words.before === words.after ? [] : [[name, words]];
  });
}
