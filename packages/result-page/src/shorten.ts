/**
 * A text as one line that is not too long for its place.
 * @param limit number of characters; of a longer text the end is left out, which an ellipsis shows
 */
export function shorten(text: string, limit: number): string {
  const characters = [...text.replace(/\s+/gu, ' ').trim()];
  if (characters.length <= limit) return characters.join('');
  return `${characters
    .slice(0, Math.max(limit - 1, 0))
    .join('')
    .trimEnd()}…`;
}
