import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { lastLine } from '../../kit/last-lines';
import { hostEnvironment } from '../lab/host-environment';
import { LabError } from '../lab/lab-error';
import { install } from '../machine/program-checks';
import { thisMachine, type Machine } from '../machine/machine';
import { tshark } from '../lab/lab-programs';

/** What tshark is asked about a capture: packets to show, fields of each, and how to decode them. */
export interface Question<Field extends string> {
  /** A display filter. */
  readonly filter: string;
  readonly fields: readonly Field[];
  /** Further options, such as `-d tls.port==443,sip`. */
  readonly options: readonly string[];
  /** A folder of settings that tshark reads, with tables such as the keys of ESP; none by default. */
  readonly settings?: string;
}

/** Returns the values that a packet has of a field, in the order in which they stand in it. */
export type Row<Field extends string> = (field: Field) => readonly string[];

/**
 * What separates fields and values in tshark's output. tshark writes control characters within a value as escapes,
 * so neither can be part of one.
 */
const separators = { field: '\x1e', value: '\x1f' } as const;

/** @throws LabError `MISSING_PROGRAM` */
export function requireTshark(machine: Pick<Machine, 'has'> = thisMachine()): void {
  if (machine.has(tshark.name)) return;
  throw new LabError(
    'MISSING_PROGRAM',
    `the program ${tshark.name}, which reads the captures, is not installed; as root: ${install(tshark.debianPackage)}`,
  );
}

/**
 * Reads a capture with tshark, packet by packet.
 *
 * @throws LabError `CAPTURE_UNREADABLE` if the file is no capture. A capture that ends in the middle of a packet is
 *   read up to there.
 */
export async function* dissect<Field extends string>(
  file: string,
  { filter, fields, options, settings }: Question<Field>,
): AsyncGenerator<Row<Field>> {
  const child = spawn(
    tshark.name,
    [
      ...['-n', '-r', file, '-Y', filter, ...options, '-T', 'fields'],
      ...['-E', `separator=${separators.field}`, '-E', `aggregator=${separators.value}`],
      ...fields.flatMap((field) => ['-e', field]),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...hostEnvironment(),
        LC_ALL: 'C.UTF-8',
        ...(settings === undefined ? {} : { WIRESHARK_CONFIG_DIR: settings }),
      },
    },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // Whoever reads the rows learns of it at their end.
  ended.catch(() => undefined);
  const complaint = text(child.stderr);
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity }))
      yield readRow(line, fields);
    const exitCode = await ended;
    const words = await complaint;
    if (exitCode !== 0 && !/cut short/.test(words))
      throw new LabError(
        'CAPTURE_UNREADABLE',
        `tshark cannot read ${file} (exit ${exitCode}: ${lastLine(words)}); name the folder of a run as nimsfw has left it`,
      );
  } finally {
    child.kill();
  }
}

/** Reads one line of tshark's output. */
export function readRow<Field extends string>(line: string, fields: readonly Field[]): Row<Field> {
  const values = line.split(separators.field);
  return (field) => {
    const value = values[fields.indexOf(field)] ?? '';
    return value === '' ? [] : value.split(separators.value).map(unescaped);
  };
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Takes back the escapes that tshark writes for what cannot be printed: control characters, and characters that Unicode
 * has not assigned, as far as its library knows. It writes a backslash as it is, so a backslash that stands before one of
 * the letters above, three octal digits, or u with four or U with eight hexadecimal ones, is taken for an escape; in SIP that
 * can only be within quotes (RFC 3261 25.1, quoted-pair).
 */
export const unescaped = (value: string): string =>
  value.replace(
    /\\(?:([0-3][0-7]{2})|u([0-9A-F]{4})|U(00(?:0[0-9A-F]|10)[0-9A-F]{4})|([abfnrtv]))/g,
    (_, octal?: string, short?: string, long?: string, letter?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const hex = short ?? long;
      return hex === undefined ? escapes[letter!]! : String.fromCodePoint(Number.parseInt(hex, 16));
    },
  );
