import { distance } from 'fastest-levenshtein';

/**
 * The allowed word that was probably meant: at most a third of it mistyped, or its letters in another order.
 * `undefined` when none comes close.
 */
export function nearMatch(word: string, allowed: readonly string[]): string | undefined {
  const near = allowed
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(
      ({ candidate, edits }) =>
        // A word with every letter changed is another word, not a slip.
        edits < Math.min(word.length, candidate.length) &&
        (edits <= Math.max(1, Math.floor(candidate.length / 3)) || letters(word) === letters(candidate)),
    )
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.candidate;
}

function letters(word: string): string {
  return [...word.toLowerCase()].sort().join('');
}
