/** Quotes a text so that a shell takes it as one word, whatever characters it holds. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
