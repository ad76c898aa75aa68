import { csv } from './csv';
import { github } from './github';
import { html } from './html';
import { json } from './json';
import { junit } from './junit';
import { latex } from './latex';
import { line, verbose } from './line';
import { markdown } from './markdown';
import type { ReporterKind } from './reporter';
import { svg } from './svg';

/** Every reporter that `--reporter` knows by name. */
export const reporterKinds: readonly ReporterKind[] = [
  line,
  verbose,
  markdown,
  json,
  junit,
  github,
  html,
  csv,
  latex,
  svg,
];

/** The names that `--reporter` accepts, as its help lists them. */
export const reporterNames: readonly string[] = reporterKinds.map(({ name }) => name);

/** A reporter that is one document. */
export type DocumentKind = Extract<ReporterKind, { format: unknown }>;

/** The reporters that are one document, those for programs first. */
export const documentKinds: readonly DocumentKind[] = (['programs', 'people'] as const).flatMap((reader) =>
  reporterKinds.filter((kind): kind is DocumentKind => 'format' in kind && kind.readBy === reader),
);
