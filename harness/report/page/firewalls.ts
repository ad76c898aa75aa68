import type { PageFirewall, PageRule } from 'nimsfw-result-page';
import { ruleText } from '../../../firewalls/rule-text';
import { describeRules } from '../../../firewalls/rules';
import type { FirewallResult } from '../../judge/result';
import type { RunFiles } from './run-files';

/** Returns a firewall with each of its rules, in the order in which a packet meets them, and with the lines that make it. */
export function pageFirewall(
  { id, title, source, confidence, knobs }: FirewallResult,
  files: RunFiles,
): PageFirewall {
  const ruleset = files.rulesetOf(`fw-${id}`);
  const rules = new Map(
    describeRules(knobs).map(({ id: rule, statement }): [string, PageRule] => {
      const nft = ruleset === undefined ? undefined : ruleText(ruleset, rule);
      return [rule, { id: rule, statement, ...(nft === undefined ? {} : { nft }) }];
    }),
  );
  return {
    id,
    title: shortened(title),
    source: shortened(source),
    confidence: shortened(confidence),
    rules: [...rules.values()],
  };
}

/** A browser takes minutes to break a word of a megabyte into lines. */
const shortened = (text: string): string => (text.length > most ? `${text.slice(0, most)}…` : text);
const most = 500;
