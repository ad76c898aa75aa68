import { distance } from 'fastest-levenshtein';

/**
 * Returns the allowed word that was probably meant: at most a third of its letters are mistyped, or they are in another
 * order. Returns `undefined` if no word comes close.
 */
export function nearMatch(word: string, allowed: readonly string[]): string | undefined {
  const near = allowed
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(
      ({ candidate, edits }) =>
        // If every letter differs, it is another word and not a slip.
        edits < Math.min(word.length, candidate.length) &&
        (edits <= Math.max(1, Math.floor(candidate.length / 3)) || letters(word) === letters(candidate)),
    )
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.candidate;
}

/**
 * Says what to take in place of a word that is none of the allowed ones, to be written behind a semicolon: `did you mean
 * aka? Take one of digest, aka`.
 */
export function insteadOf(word: string, allowed: readonly string[]): string {
  const near = nearMatch(word, allowed);
  const all = `${allowed.length === 1 ? '' : 'one of '}${allowed.join(', ')}`;
  return near === undefined ? `take ${all}` : `did you mean ${near}? Take ${all}`;
}

function letters(word: string): string {
  return [...word.toLowerCase()].sort().join('');
}
