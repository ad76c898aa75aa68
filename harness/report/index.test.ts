import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { eventsOf } from '../journal/testing/events';
import {
  createReporters,
  toCsv,
  toJson,
  toLatex,
  toJUnit,
  toMarkdown,
  toTerminal,
  type ReportStream,
} from './index';
import { attempt, cell, run } from './result-fixture';

const result = run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)]);
/** Returns what the reporters of these names print. */
async function play(
  names: string[],
  streams: { isTTY?: boolean } = {},
  env: Record<string, string> = {},
  out = 'o',
) {
  const stream: ReportStream = Object.assign(new PassThrough(), streams);
  const errors: ReportStream = Object.assign(new PassThrough(), streams);
  const reporters = await createReporters(names, { out, stream, errors, env });
  for (const event of eventsOf(result)) reporters.onEvent(event);
  await reporters.onEnd(result);
  const read = (from: ReportStream): string =>
    ((from as PassThrough).read() as Buffer | null)?.toString() ?? '';
  return { stdout: read(stream), stderr: read(errors) };
}

test.each([
  ['json', toJson],
  ['junit', toJUnit],
  ['markdown', toMarkdown],
] as const)(
  '%s prints its document and nothing else, progress goes to standard error',
  async (name, format) => {
    const { stdout, stderr } = await play(['line', name, 'github']);
    expect(stdout).toBe(format(result));
    expect(stderr).toContain(toTerminal(result, false));
    expect(stderr).toContain('::notice');
  },
);

test('of several documents one is printed and the others are named', async () => {
  const { stdout, stderr } = await play(['markdown', 'junit', 'json']);
  expect(stdout).toBe(toJson(result));
  expect(stderr).toBe('standard output has the json; see o/junit.xml, o/table.md\n');
});

test('a document that not every run has is in the folder when it was asked for', async () => {
  const out = mkdtempSync(join(tmpdir(), 'nimsfw-report-'));
  try {
    const { stdout, stderr } = await play(['latex', 'csv'], {}, {}, out);
    expect(stdout).toBe(toCsv(result));
    expect(stderr).toBe(`standard output has the csv; see ${out}/tables.tex\n`);
    expect(readdirSync(out).sort()).toEqual(['measurements.csv', 'tables.tex']);
    expect(readFileSync(join(out, 'measurements.csv'), 'utf8')).toBe(toCsv(result));
    expect(readFileSync(join(out, 'tables.tex'), 'utf8')).toBe(toLatex(result));
  } finally {
    rmSync(out, { recursive: true });
  }
});

test('plots are files in the folder, and it is said which', async () => {
  const out = mkdtempSync(join(tmpdir(), 'nimsfw-report-'));
  try {
    const { stdout, stderr } = await play(['svg'], {}, {}, out);
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: `svg wrote into ${out}: plots/time-to-register.svg\n`,
    });
    expect(readFileSync(join(out, 'plots/time-to-register.svg'), 'utf8')).toMatch(/^<\?xml [^>]*>\n<svg /);
  } finally {
    rmSync(out, { recursive: true });
  }
});

test('line prints on standard output when nobody else needs it', async () => {
  const { stdout, stderr } = await play(['line']);
  expect(stdout).toContain(toTerminal(result, false));
  expect(stderr).toBe('');
});

test.each([
  ['a terminal', { isTTY: true }, {}, true],
  ['a terminal with NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
  ['a terminal with an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, true],
  ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false],
  ['a pipe', {}, {}, false],
  ['a pipe with FORCE_COLOR', {}, { FORCE_COLOR: '1' }, true],
  ['a pipe with FORCE_COLOR and NO_COLOR', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('colours on %s', async (_, stream, env, coloured) => {
  const { stdout } = await play(['line'], stream, env);
  expect(stdout.includes(toTerminal(result, true))).toBe(coloured);
  expect(stdout.includes(toTerminal(result, false))).toBe(!coloured);
});

test('an unknown name is told with the nearest', async () => {
  await expect(createReporters(['line', 'jsno'], { out: 'o', stream: new PassThrough() })).rejects.toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_REPORTER',
      message:
        'there is no reporter "jsno"; did you mean json? Take one of line, verbose, markdown, json, junit, github, html, csv, latex, svg, or the path of your own',
    }),
  );
});

test.each([
  [
    'that cannot be written is told in a line',
    'ENOSPC',
    'nimsfw: a report broke off (write ENOSPC); the files in o have it [REPORT_FAILED]\n',
  ],
  ['whose reader has enough is no failure', 'EPIPE', null],
])('a report %s, and does not stop the run', async (_, code, told) => {
  const failure = Object.assign(new Error(`write ${code}`), { code });
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(failure) });
  const errors = new PassThrough();
  const reporters = await createReporters(['json'], { out: 'o', stream, errors, env: {} });
  stream.on('error', () => undefined);
  await reporters.onEnd(result);
  expect((errors.read() as Buffer | null)?.toString() ?? null).toBe(told);
});
