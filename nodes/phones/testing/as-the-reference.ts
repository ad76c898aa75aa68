import type { RunResult } from '../../../harness/judge/result';

/**
 * What comes of the rungs of registration through some firewalls: what the CR has of each type; see also the table of the
 * README, which the reference UE makes.
 */
export const asTheReference: readonly (readonly [firewall: string, verdicts: readonly string[]])[] = [
  // The NAPT hides the address at which step 1 is to be reached.
  ['1', ['blocked', 'passed', 'passed', 'passed']],
  // Only TCP to 80 and 443 gets out.
  ['6', ['blocked', 'blocked', 'blocked', 'passed']],
  // Nothing goes out directly, and CONNECT to 443 does.
  ['8', ['blocked', 'blocked', 'blocked', 'blocked', 'passed']],
];

/** Returns the attempts of a cell such as `6/register/aes`. */
export const attemptsOf = ({ cells }: RunResult, id: string): RunResult['cells'][number]['attempts'] =>
  cells.find((cell) => cell.id === id)!.attempts;

/** Returns the verdicts on the rungs of a cell. */
export const verdictsOf = (result: RunResult, id: string): string[] =>
  attemptsOf(result, id).map(({ verdict }) => verdict);
