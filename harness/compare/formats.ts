import type { Comparison } from './comparison';
import { comparisonToMarkdown } from './markdown';
import { comparisonToTerminal } from './terminal';

/** What `--reporter` of a comparison knows by name. A new form is a line here. */
export const comparisonFormats = {
  table: comparisonToTerminal,
  markdown: comparisonToMarkdown,
  json: (comparison) => `${JSON.stringify(comparison, null, 2)}\n`,
} satisfies Record<string, (comparison: Comparison, colours: boolean) => string>;

export type ComparisonFormat = keyof typeof comparisonFormats;
