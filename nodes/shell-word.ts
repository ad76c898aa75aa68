/** Quotes a text so that a shell takes it as one word, whatever characters it holds. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Writes a text as a person would so that a shell takes it as one word: quoted only where that is needed. */
export const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word));
