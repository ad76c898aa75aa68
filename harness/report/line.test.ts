import { LineReporter, type LineOptions } from './line';
import { eventsOf } from '../journal/testing/events';
import { attempt, cell, run } from './result-fixture';
import { toTerminal } from './terminal';

const result = run([
  cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
  cell('3/register/aes', [attempt('1 udp:5060', 'failed', { expected: 'passed' })], null, {
    expected: 1,
    outcome: 'unexpected',
  }),
]);

/** Plays the run of two cells; each event moves the clock by a second. */
async function play(reporter: LineReporter, tick: (at: number) => void = () => undefined): Promise<void> {
  for (const event of eventsOf(result)) {
    tick(event.at);
    reporter.onEvent(event);
  }
  await reporter.onEnd(result);
}

async function printed(terminal: boolean, columns = 80, more: Partial<LineOptions> = {}): Promise<string> {
  let text = '';
  let now = 0;
  const reporter = new LineReporter(
    { write: async (more) => void (text += more) },
    { terminal, colours: false, columns: () => columns, out: 'runs/x', now: () => now - 5000, ...more },
  );
  await play(reporter, (at) => (now = at));
  return text;
}

test('without a terminal: a line for each cell, the tables, where the files are', async () => {
  expect(await printed(false)).toBe(`2 cells: 2 firewalls, steps 1, 2, 3, patience evidence
  2.0 s      1/2  0/register/aes  step 1
  4.0 s      2/2  3/register/aes  nothing got through, expected step 1

${toTerminal(result, false)}
Files: runs/x
report.html there shows each cell with its packets, table.md has it all as text
npx nimsfw explain --run runs/x tells why cells are not as expected
`);
});

test('who asks for it gets a line for each attempt too', async () => {
  expect(await printed(false, 80, { attempts: true })).toContain(`
  1.0 s           0/register/aes  step 1 udp:5060  passed  registered
  2.0 s      1/2  0/register/aes  step 1
  3.0 s           3/register/aes  step 1 udp:5060  failed ! expected passed  dropped by sip-ports
  4.0 s      2/2  3/register/aes  nothing got through, expected step 1
`);
});

test('no line of the progress is longer than the terminal', async () => {
  const [progress] = (await printed(true, 50)).split('nimsfw-lab');
  expect(progress).toContain('4.0 s      2/2  3/register/aes  nothing got thr…');
  for (const line of screen(progress!, 50).split('\n')) expect(line.length).toBeLessThanOrEqual(50);
});

/**
 * Returns what a terminal of this width shows after such a text. It knows carriage return, line feed and
 * erasing a line.
 */
function screen(text: string, columns: number): string {
  const lines = [''];
  for (const part of text.match(/\r|\n|\u001B\[2K|[^\r\n\u001B]+/g) ?? []) {
    if (part === '\n') lines.push('');
    else if (part === '\u001B[2K') lines[lines.length - 1] = '';
    else if (part !== '\r') {
      lines[lines.length - 1] += part;
      // One column stays free: some terminals wrap when the last one is written.
      if (text.includes('done') && part.includes(' done')) expect(part.length).toBeLessThan(columns);
    }
  }
  return lines.join('\n');
}

test.each([80, 30])(
  'on a terminal of %d columns the status line comes and goes without a trace',
  async (columns) => {
    const text = await printed(true, columns);
    expect(text).toContain('0/2 cells done');
    expect(screen(text, columns)).toBe(await printed(false, columns));
  },
);

test('the status line says what runs', async () => {
  expect(await printed(true)).toContain('  2.0 s  1/2 cells done; running 3/register/aes');
});

test('a reader that went away is told once, at the end', async () => {
  let writes = 0;
  const reporter = new LineReporter(
    {
      write: () => {
        writes += 1;
        return Promise.reject(new Error('EPIPE'));
      },
    },
    { terminal: false, colours: false },
  );
  await expect(play(reporter)).rejects.toThrow('EPIPE');
  expect(writes).toBe(1);
});
