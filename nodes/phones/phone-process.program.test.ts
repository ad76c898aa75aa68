import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PhoneProcess, type PhoneStart } from './phone-process';

const start = (script: string, over: Partial<PhoneStart> = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-phone-'));
  const files = { 'a/greeting': 'hello\n' };
  const process = PhoneProcess.start<string>({
    ...{ name: 'the phone', argv: ['sh', '-c', script], folder, files },
    ...over,
  });
  return { folder, process };
};

it('runs in its own folder with its files, and leaves nothing of it', async () => {
  const lines: string[] = [];
  const { folder, process } = start('cat a/greeting; echo "$HOME $COLOUR"; stat -c %a a/greeting', {
    output: (line) => lines.push(line),
    environment: { COLOUR: 'red' },
  });
  await process.exited;
  expect(lines).toEqual(['hello', `${folder} red`, '600']);
  expect(existsSync(folder)).toBe(false);
});

it('whoever waits for what it does not tell is told how it ended, with its last words', async () => {
  const { process } = start('echo first >&2; printf "\\033[31mlast\\033[0m\\n" >&2; exit 3');
  await expect(process.until((told) => (told === 'never' ? true : undefined))).rejects.toMatchObject({
    ...{ code: 'INTERNAL', message: 'the phone ended: status 3: last' },
  });
});

it('one that is not there has ended too', async () => {
  const { process } = start('', {
    ...{ argv: ['/nowhere/phone'], log: { name: 'log', read: (content) => content.resume() } },
  });
  await expect(process.until(() => undefined)).rejects.toMatchObject({
    message: 'the phone ended: spawn /nowhere/phone ENOENT',
  });
  await process.stop();
});

it('what it logged just before it ended is read before it counts as ended', async () => {
  const { process } = start('for i in $(seq 1 2000); do echo "line $i"; done >log', {
    log: {
      name: 'log',
      read: (content) => createInterface({ input: content }).on('line', (line) => process.tell(line)),
    },
  });
  await expect(process.until((told) => (told === 'line 2000' ? told : undefined))).resolves.toBe('line 2000');
  await process.exited;
});

it('what a listener throws is what its waiting ends with', async () => {
  const { process } = start('read line');
  const waiting = process.until((told) => {
    throw new Error(`not ${told}`);
  });
  process.tell('this');
  await expect(waiting).rejects.toThrow('not this');
  await process.stop();
});

it('takes what is written to it, and may end by itself, or is ended', async () => {
  const lines: string[] = [];
  const polite = start('read line; echo "got $line"', { output: (line) => lines.push(line) });
  polite.process.write('it\n');
  await polite.process.stop(60_000);
  expect(lines).toEqual(['got it']);
  const stubborn = start('trap "" TERM; echo up; exec sleep 1000', {
    output: (line) => stubborn.process.tell(line),
  });
  await stubborn.process.until((line) => line === 'up' || undefined);
  await stubborn.process.stop(10);
  await expect(stubborn.process.until(() => undefined)).rejects.toThrow('the phone ended: SIGKILL');
});
