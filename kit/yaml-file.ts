import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import type { z } from 'zod';
import { nearMatch } from './near-match';

/** One mistake in a file of the user's. */
export interface FileProblem {
  /** The file as the user named it. */
  readonly file: string;
  /** Line of the file, counted from 1. */
  readonly line: number;
  /** Path in the document, e.g. `firewalls[2].knobs.tcp`; empty if the mistake concerns the file as a whole. */
  readonly path: string;
  /** One line that says what is wrong and what is allowed. */
  readonly text: string;
}

export type YamlResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

export type Path = readonly PropertyKey[];

/** A mistake at a place of a document. */
export interface Mistake {
  readonly path: Path;
  readonly text: string;
}

/** The form of a YAML file: its schema, and words for what does not fit it. */
export interface YamlForm<T> {
  readonly schema: z.ZodType<T>;
  /** What to do with a second document of the file. */
  readonly oneDocument: string;
  /** Returns the keys that a map at this path may have. */
  keysAt(path: Path): readonly string[];
  /** Words that a value of several forms may be, for near matches. */
  readonly words?: readonly string[];
  /** What a number out of its range is not, and the range: `is no port (1 to 65535)`. */
  readonly outOfRange?: string;
  /** Changes the data before the schema sees it. */
  prepare?(data: unknown): unknown;
  /** Finds mistakes that the schema does not see. */
  check?(value: T): readonly Mistake[];
}

/**
 * Reads a YAML file of the user's. It never throws: for any text the result is a value of the form or the list of the
 * text's mistakes, each with its line.
 *
 * @param text YAML 1.2; merge keys (`<<: *name`) are understood
 * @param file the name that the problems have for the file
 */
export function readYaml<T>(text: string, file: string, form: YamlForm<T>): YamlResult<T> {
  try {
    return read(text, file, form);
  } catch (error) {
    // The text nests deeper than the stack, or its aliases never end, so the file as a whole is at fault.
    return {
      ok: false,
      problems: [{ file, line: 1, path: '', text: oneLine(`cannot be read: ${(error as Error).message}`) }],
    };
  }
}

function read<T>(text: string, file: string, form: YamlForm<T>): YamlResult<T> {
  const options = { prettyErrors: false, merge: true, logLevel: 'silent' } as const;
  const documents = parseAllDocuments(text, options);
  const [document = parseDocument(text, options), another] = documents;
  const problemAt = (offset: number, path: string, what: string): FileProblem => ({
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
    const what = `begins another document (allowed: one; ${form.oneDocument})`;
    return { ok: false, problems: [problemAt(another.range[0], '', what)] };
  }
  const raw: unknown = document.toJS({ maxAliasCount: 1000 });
  const data = form.prepare ? form.prepare(raw) : raw;
  const parsed = form.schema.safeParse(data);
  const mistakes = parsed.success
    ? (form.check?.(parsed.data) ?? [])
    : parsed.error.issues.flatMap((issue) => explain(issue, data, form));
  if (parsed.success && mistakes.length === 0) return { ok: true, value: parsed.data };
  // Several parts of a file may take over a mistake by an alias. It counts once, at the place where it is written.
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
export function formatProblem({ file, line, path, text }: FileProblem): string {
  return [`${file}:${line}`, ...(path ? [path] : []), text].join(': ');
}

/** Problems that are written besides the first. */
const mostShown = 9;

/** Writes the problems of a file in one line, of many only the first. */
export function formatProblems(problems: readonly FileProblem[]): string {
  const [first = '', ...more] = new Set(problems.map(formatProblem));
  if (more.length === 0) return first;
  const shown = more.slice(0, mostShown).join('; ');
  return `${first}; and ${more.length} more: ${shown}${more.length > mostShown ? '; ...' : ''}`;
}

/** Asks whether an allowed word was meant; empty if none comes close. */
export function meant(word: string, allowed: readonly string[]): string {
  const near = nearMatch(word, allowed);
  return near === undefined ? '' : `did you mean ${near}?; `;
}

/** Writes a value so that it fits into a one-line message. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return `a map of ${Object.keys(value).slice(0, 5).join(', ') || 'nothing'}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function explain<T>(issue: z.core.$ZodIssue, data: unknown, form: YamlForm<T>): Mistake[] {
  const value = issue.path.reduce<unknown>(
    (at, key) => (isRecord(at) || Array.isArray(at) ? at[key as never] : undefined),
    data,
  );
  const mistake = (text: string): Mistake[] => [{ path: issue.path, text }];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = form.keysAt(issue.path);
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
      if (issue.path.length === 0 && value === null)
        return mistake(`is empty (allowed: ${form.keysAt([]).join(', ')})`);
      return mistake(
        value === undefined
          ? `is missing (${typeWords[issue.expected] ?? issue.expected})`
          : `must be ${typeWords[issue.expected] ?? issue.expected}, not ${show(value)}`,
      );
    case 'invalid_union': {
      const branch = branchMeant(issue, value);
      if (branch)
        return branch.flatMap((inner) =>
          explain({ ...inner, path: [...issue.path, ...inner.path] }, data, form),
        );
      const hint = typeof value === 'string' ? meant(value, form.words ?? []) : '';
      return mistake(`${issue.message}, not ${show(value)}${hint ? ` (${hint.replace(/; $/, '')})` : ''}`);
    }
    case 'too_small':
    case 'too_big':
      if ((issue.origin === 'number' || issue.origin === 'int') && form.outOfRange !== undefined)
        return mistake(`${show(value)} ${form.outOfRange}`);
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

/**
 * Returns the complaints of the form that a value of several forms was meant to have, if its shape shows that: they say
 * more than "no form fits".
 */
function branchMeant(
  issue: z.core.$ZodIssueInvalidUnion,
  value: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  const fitting = issue.errors.filter((issues) => issues.length > 0 && !issues.some(isOtherShape));
  return (
    issue.errors.find(
      (issues) =>
        issues.length > 0 && issues.every((inner) => inner.path.length > 0 && !isMissing(inner, value)),
    ) ?? (fitting.length === 1 ? fitting[0] : undefined)
  );
}

const isOtherShape = ({ code, path }: z.core.$ZodIssue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');

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

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
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
