import { assert, property } from 'fast-check';
import { oneLine } from '../../kit/one-line';
import { hostileRun, hostileText } from './hostile-fixture';
import { toLatex } from './latex';
import { latexText } from './latex-text';
import { attempt, cell, run } from './result-fixture';

/** What the commands print that stand for a character. */
const characters: Readonly<Record<string, string>> = {
  textbackslash: '\\',
  textasciitilde: '~',
  textasciicircum: '^',
  textless: '<',
  textgreater: '>',
  textbar: '|',
  textquotedbl: '"',
  textasciigrave: '`',
};

/** Reads LaTeX as it does itself, and returns what it prints; throws where something other than text is run. */
function printedBy(source: string): string {
  return source.replace(
    /\\([A-Za-z]+)\{\}|\\([{}%$&#_])|\{([[*]?)\}|[\\{}%$&#_~^]/g,
    (found, command, escaped, kept) => {
      const text = command === undefined ? (escaped ?? kept) : characters[command as string];
      if (text === undefined) throw new Error(`${found} is run`);
      return text as string;
    },
  );
}

/** As it is printed, with characters that the font has not by their numbers. */
const shown = (text: string): string =>
  [...oneLine(text)]
    .map((character) =>
      /[ -~\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017e–—‘’“”…]/.test(character)
        ? character
        : `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} `,
    )
    .join('');

test.each([
  ['\\input{/etc/passwd}', '\\textbackslash{}input\\{/etc/passwd\\}'],
  ['100 % of $x_1^2$ & #1~', '100 \\% of \\$x\\_1\\textasciicircum{}2\\$ \\& \\#1\\textasciitilde{}'],
  ["[0pt] *, ''a'' --- ,,", "{[}0pt] {*}, '{}'a'{}' -{}-{}- ,{},"],
  ['größer – „防“', 'größer – U+201E U+9632 “'],
  ['a\nb', 'a b'],
])('%j is written %j', (text, source) => {
  expect(latexText(text)).toBe(source);
});

test('whatever a text holds, it is printed, and nothing of it is run', () => {
  assert(property(hostileText, (text) => expect(printedBy(latexText(text))).toBe(shown(text))));
});

test('the step that got through, with what is reconstruction, and a table for the measurements', () => {
  const measurements = [{ name: 'content', value: 1024, unit: 'By' }];
  const result = run([
    cell('3/msrp/aes', [attempt('3 tls:443', 'passed', { measurements })], 3),
    cell('3/msrp/null', [attempt('3 tls:443', 'blocked')], null),
    cell('3/register/aes', [attempt('3 tls:443', 'failed')], null, { expected: 3, outcome: 'unexpected' }),
  ]);
  const text = toLatex(result);
  expect(text).toContain(`
\\begin{tabular}{llll}
\\toprule
 & \\multicolumn{2}{l}{msrp} & \\multicolumn{1}{l}{register} \\\\
firewall & aes & null & aes \\\\
\\midrule
3  no SIP ports & 3 & none & none ! \\\\
\\bottomrule
\\end{tabular}
\\end{table}
`);
  expect(text).toContain(
    "\\caption{Which step of the ladder got through: 1 normal procedures, 2 NAT traversal, 3 TLS on port 443. The firewalls are a reconstruction, since TR 33.830's own table of types 1-9 is not available (0: control; 3, 8: content likely, numbering a guess). Measured with nimsfw-lab 0.1.0 on 2025-01-02: run r1, ",
  );
  expect(text).toContain('\nfirewall & step & content & out & ');
  expect(text).toContain('\n3  no SIP ports & step 3 & 1 KiB & ');
  expect(text.endsWith('\\nimsfwend\n')).toBe(true);
});

/** The cells of each row in a table, and how many columns it has. */
function rowsOf(text: string): { cells: number; columns: number }[] {
  let columns = 0;
  return text.split('\n').flatMap((line) => {
    columns = /^\\begin\{tabular\}\{(l+)\}$/.exec(line)?.[1]!.length ?? columns;
    if (!line.endsWith(' \\\\') || line.includes('\\multicolumn')) return [];
    return [{ cells: line.replace(/\\./g, '').split('&').length, columns }];
  });
}

test('whatever texts a result has, the file has the commands that it has without them, and tables their columns', () => {
  const commands = (text: string): string[] =>
    [...new Set(text.match(/\\(?:[A-Za-z@]+|.)/g))].filter((name) => !(name.slice(1) in characters)).sort();
  const plain = toLatex(hostileRun('a'));
  const known = new Set([...commands(plain), ...[...'%$&#_{}'].map((character) => `\\${character}`)]);
  assert(
    property(hostileText, (text) => {
      const made = toLatex(hostileRun(text));
      expect(commands(made).filter((name) => !known.has(name))).toEqual([]);
      for (const { cells, columns } of rowsOf(made)) expect(cells).toBe(columns);
    }),
    { numRuns: 50 },
  );
  expect(rowsOf(plain)).not.toHaveLength(0);
});
