import { ended, startCommand } from './command';

const shell = (script: string, environment: Record<string, string> = {}) =>
  startCommand(['sh', '-c', script], environment);
const long = 60_000;

test('tells its exit status and the last line of its errors', async () => {
  expect(
    await ended(shell('echo one >&2; echo "$NIMSFW_ACTION" >&2; exit 7', { NIMSFW_ACTION: 'two' }), long),
  ).toEqual({
    ...{ status: 7, how: 'ended with status 7', lastLine: 'two' },
  });
});

test('tells each line of its output, however much it prints', async () => {
  const command = shell('yes | head -c 3000000; echo; echo last');
  let last = '';
  let bytes = 0;
  command.onLine((line) => {
    last = line;
    bytes += line.length + 1;
  });
  await ended(command, long);
  await command.over;
  expect([last, bytes]).toEqual(['last', 3_000_006]);
});

test('one that hangs is ended, with what it has started', async () => {
  const command = shell('sleep 1000 & echo $!; trap "" TERM; while :; do sleep 1000; done');
  const child = new Promise<number>((resolve) => command.onLine((line) => resolve(Number(line))));
  const pid = await child;
  expect((await ended(command, 1)).how).toBe('had not ended after 0.001 s');
  const isThere = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (isThere()) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('one that cannot be started has no status', async () => {
  const { status, how } = await ended(startCommand(['/nowhere/phone'], {}), long);
  expect([status, how]).toEqual([undefined, 'could not be started: spawn /nowhere/phone ENOENT']);
});
