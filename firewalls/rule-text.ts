/** A chain of nft's text, or lines that stand in none. */
interface Chain {
  readonly head: string | undefined;
  readonly lines: string[];
}

/**
 * Returns the lines of a ruleset that make one rule: the chain that denies, and the lines by which packets come there, with
 * the names of their chains. It reads what the lab loads into a firewall, for `nft -f` as well as for `iptables-restore`.
 *
 * @param ruleset the text with which a firewall was configured, `nodes/fw-ID/ruleset.nft` in a run's folder
 * @param rule id of the rule, such as `sip-ports`
 * @returns undefined if it has no such rule
 */
export function ruleText(ruleset: string, rule: string): string | undefined {
  const isNamedIn = (line: string): boolean => line.split(/[^\w-]+/).includes(`deny-${rule}`);
  const parts = chainsOf(ruleset).flatMap(({ head, lines }) => {
    const kept = head !== undefined && isNamedIn(head) ? lines : lines.filter(isNamedIn);
    if (kept.length === 0) return [];
    return head === undefined ? kept : [head, ...kept.map((line) => `  ${line}`), '}'];
  });
  return parts.length === 0 ? undefined : parts.join('\n');
}

function chainsOf(ruleset: string): Chain[] {
  const chains: Chain[] = [{ head: undefined, lines: [] }];
  for (const line of ruleset.split('\n').map((one) => one.trim())) {
    if (/^(?:chain|table) .*\{$/.test(line)) chains.push({ head: line, lines: [] });
    else if (line === '}') chains.push({ head: undefined, lines: [] });
    else chains.at(-1)!.lines.push(line);
  }
  return chains;
}
