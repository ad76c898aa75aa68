import { PassThrough } from 'node:stream';
import { DevTools, type DevToolsEvent } from './devtools';

function opened() {
  const [input, output] = [new PassThrough({ encoding: 'utf8' }), new PassThrough()];
  const events: DevToolsEvent[] = [];
  const devTools = new DevTools(input, output, (event) => events.push(event));
  return { devTools, input, output, events };
}

it('writes a command with a NUL after it, and resolves with the result that has its number', async () => {
  const { devTools, input, output } = opened();
  const first = devTools.command('Target.getTargets');
  const second = devTools.command('Runtime.enable', { a: 'ü' }, 'S');
  expect(input.read()).toBe(
    '{"id":1,"method":"Target.getTargets","params":{}}\0{"id":2,"method":"Runtime.enable","params":{"a":"ü"},"sessionId":"S"}\0',
  );
  output.write('{"id":2,"result":{"b":1}}\0{"id":1,"result":{}}\0');
  expect(await first).toEqual({});
  expect(await second).toEqual({ b: 1 });
});

it('a command that is refused rejects with what the browser says', async () => {
  const { devTools, output } = opened();
  const answer = devTools.command('No.such');
  output.write(`{"id":1,"error":{"code":-32601,"message":"'No.such' wasn't found"}}\0`);
  await expect(answer).rejects.toMatchObject({
    code: 'INTERNAL',
    message: "Chromium refuses: 'No.such' wasn't found",
  });
});

it('finds events wherever the bytes are parted, also within a character', () => {
  const told = { method: 'Network.webSocketFrameReceived', params: { payloadData: 'Grüße' } };
  const bytes = Buffer.from(`${JSON.stringify(told)}\0`.repeat(2));
  for (let at = 1; at < bytes.length; at++) {
    const { output, events } = opened();
    output.write(bytes.subarray(0, at));
    output.write(bytes.subarray(at));
    output.read();
    expect(events).toEqual([told, told]);
  }
});
