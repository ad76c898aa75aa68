import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { z } from 'zod';
import { firewallSchema, type Catalogue } from './catalogue';
import { nearMatch } from './near-match';

/** One mistake in a catalogue file. */
export interface CatalogueProblem {
  /** The file as the user named it. */
  readonly file: string;
  /** Line of the file, counted from 1. */
  readonly line: number;
  /** Path in the document, e.g. `firewalls[2].knobs.tcp`; empty if the mistake concerns the file as a whole. */
  readonly path: string;
  /** One line that says what is wrong and what is allowed. */
  readonly text: string;
}

export type CatalogueResult =
  | { readonly ok: true; readonly catalogue: Catalogue }
  | { readonly ok: false; readonly problems: readonly CatalogueProblem[] };

/** Each firewall has a subnet and a transit address of its own, and both are numbered within a byte. */
const mostFirewalls = 200;

const catalogueFileSchema = z.strictObject({
  firewalls: z
    .array(firewallSchema)
    .min(1, 'must name at least one firewall')
    .max(mostFirewalls, `must not name more than ${mostFirewalls} firewalls`),
});

/**
 * Reads a user's catalogue. It never throws: for any text the result is a catalogue or the list of its mistakes.
 *
 * @param text YAML 1.2; merge keys (`<<: *name`) are understood, so that a firewall can build on another's knobs
 * @param file the name that the problems have for the file
 */
export function parseCatalogue(text: string, file: string): CatalogueResult {
  try {
    return parse(text, file);
  } catch (error) {
    // The text nests deeper than the stack, or its aliases never end, so the file as a whole is at fault.
    return {
      ok: false,
      problems: [{ file, line: 1, path: '', text: oneLine(`cannot be read: ${String(error)}`) }],
    };
  }
}

function parse(text: string, file: string): CatalogueResult {
  const options = { prettyErrors: false, merge: true, logLevel: 'silent' } as const;
  const documents = parseAllDocuments(text, options);
  const [document = parseDocument(text, options), another] = documents;
  const problemAt = (offset: number, path: string, what: string): CatalogueProblem => ({
    file,
    line: text.slice(0, offset).split('\n').length,
    path,
    text: oneLine(what),
  });
  const syntax = [document, ...documents.slice(1)].flatMap(({ errors, warnings }) => [
    ...errors,
    ...warnings,
  ]);
  if (syntax.length > 0) {
    return {
      ok: false,
      problems: syntax.map((error) => problemAt(error.pos[0], '', `is not YAML: ${error.message}`)),
    };
  }
  if (another) {
    const what = 'begins another document (allowed: one; put all firewalls into its list)';
    return { ok: false, problems: [problemAt(another.range[0], '', what)] };
  }
  const data = withTextIds(document.toJS({ maxAliasCount: 1000 }));
  const parsed = catalogueFileSchema.safeParse(data);
  const mistakes = parsed.success
    ? repeatedIds(parsed.data.firewalls)
    : parsed.error.issues.flatMap((issue) => explain(issue, data));
  if (parsed.success && mistakes.length === 0) return { ok: true, catalogue: parsed.data.firewalls };
  // Several firewalls may take over a mistake by an alias. It counts once, at the place where it is written.
  const distinct = new Map(
    mistakes
      .map(
        ({ path, text: what }) =>
          [`${offsetOf(document, path)} ${String(path.at(-1))} ${what}`, { path, what }] as const,
      )
      .reverse(),
  );
  const problems = [...distinct.values()].map(({ path, what }) =>
    problemAt(offsetOf(document, path), pathText(path), what),
  );
  return {
    ok: false,
    problems: problems.sort((a, b) => a.line - b.line || a.path.localeCompare(b.path, 'en')),
  };
}

/** Writes a problem as `FILE:LINE: path.to.key: what is wrong (what is allowed)`. */
export function formatProblem({ file, line, path, text }: CatalogueProblem): string {
  return [`${file}:${line}`, ...(path ? [path] : []), text].join(': ');
}

type Path = readonly PropertyKey[];

interface Mistake {
  readonly path: Path;
  readonly text: string;
}

/** Turns ids that are numbers into text, since YAML reads `id: 4` as a number and the schema wants text. */
function withTextIds(data: unknown): unknown {
  if (!isRecord(data) || !Array.isArray(data.firewalls)) return data;
  const firewalls = data.firewalls.map((entry: unknown) =>
    isRecord(entry) && typeof entry.id === 'number' ? { ...entry, id: String(entry.id) } : entry,
  );
  return { ...data, firewalls };
}

function repeatedIds(catalogue: Catalogue): Mistake[] {
  return catalogue.flatMap(({ id }, index) => {
    const first = catalogue.findIndex((other) => other.id === id);
    return first < index
      ? [
          {
            path: ['firewalls', index, 'id'],
            text: `${show(id)} is taken by firewalls[${first}] (each id once)`,
          },
        ]
      : [];
  });
}

function explain(issue: z.core.$ZodIssue, data: unknown): Mistake[] {
  const value = issue.path.reduce<unknown>(
    (at, key) => (isRecord(at) || Array.isArray(at) ? at[key as never] : undefined),
    data,
  );
  const mistake = (text: string): Mistake[] => [{ path: issue.path, text }];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = allowedKeys(issue.path);
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        text: `is not known (${meant(key, allowed)}allowed: ${allowed.join(', ')})`,
      }));
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const hint = typeof value === 'string' ? meant(value, allowed) : '';
      return mistake(
        value === undefined
          ? `is missing (${allowed.join(', ')})`
          : `${show(value)} is not allowed (${hint}allowed: ${allowed.join(', ')})`,
      );
    }
    case 'invalid_type':
      if (issue.path.length === 0 && value === null) return mistake('is empty (allowed: firewalls)');
      return mistake(
        value === undefined
          ? `is missing (${typeWords[issue.expected] ?? issue.expected})`
          : `must be ${typeWords[issue.expected] ?? issue.expected}, not ${show(value)}`,
      );
    case 'invalid_union': {
      // If the value has the shape of one of the forms, the complaint of that form says more than "no form fits".
      const branch = issue.errors.find(
        (issues) =>
          issues.length > 0 && issues.every((inner) => inner.path.length > 0 && !isMissing(inner, value)),
      );
      if (branch)
        return branch.flatMap((inner) => explain({ ...inner, path: [...issue.path, ...inner.path] }, data));
      const hint = typeof value === 'string' ? meant(value, ['any', 'none']) : '';
      return mistake(`${issue.message}, not ${show(value)}${hint ? ` (${hint.replace(/; $/, '')})` : ''}`);
    }
    case 'too_small':
    case 'too_big':
      if (issue.origin === 'number' || issue.origin === 'int')
        return mistake(`${show(value)} is no port (1 to 65535)`);
      return mistake(
        issue.message.startsWith('must') ? issue.message : `has the wrong length (${boundWords(issue)})`,
      );
    default:
      return mistake(
        issue.message.startsWith('must') && typeof value === 'string'
          ? `${show(value)} ${issue.message}`
          : issue.message,
      );
  }
}

function isMissing(issue: z.core.$ZodIssue, value: unknown): boolean {
  return issue.path.length === 1 && isRecord(value) && !Object.hasOwn(value, issue.path[0] as string);
}

function boundWords(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  return issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'a map of keys to values',
};

function allowedKeys(path: Path): string[] {
  if (path.length === 0) return Object.keys(catalogueFileSchema.shape);
  const firewall = firewallSchema.unwrap().shape;
  return path.at(-1) === 'knobs' ? Object.keys(firewall.knobs.unwrap().shape) : Object.keys(firewall);
}

function meant(word: string, allowed: readonly string[]): string {
  const near = nearMatch(word, allowed);
  return near === undefined ? '' : `did you mean ${near}?; `;
}

/** Writes a value so that it fits into a one-line message. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return `a map of ${Object.keys(value).slice(0, 5).join(', ') || 'nothing'}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pathText(path: Path): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${oneLine(String(key))}`,
    )
    .join('');
}

/** Finds where the key of a path stands in the text. For a missing key this is the innermost map or list around it. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const key of path) {
    node = resolved(document, node);
    if (isMap(node)) {
      const pair = pairOf(document, node, String(key), new Set());
      if (!pair) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** Finds the map's own pair of a key, or else the pair that a merge key brings in. */
function pairOf(document: Document, map: YAMLMap, key: string, seen: Set<YAMLMap>): Pair | undefined {
  if (seen.has(map)) return undefined;
  seen.add(map);
  const named = (name: string) =>
    map.items.find((pair) => String(isScalar(pair.key) ? pair.key.value : '') === name);
  const own = named(key);
  if (own) return own;
  const merged =
    named('<<') ?? map.items.find((pair) => isScalar(pair.key) && typeof pair.key.value === 'symbol');
  const source = resolved(document, merged?.value);
  for (const each of isSeq(source) ? source.items : [source]) {
    const from = resolved(document, each);
    const pair = isMap(from) ? pairOf(document, from, key, seen) : undefined;
    if (pair) return pair;
  }
  return undefined;
}

function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
