import { PassThrough } from 'node:stream';
import { LineOutput, serve } from './rpc-server';
import type { Ue } from './ue';

/** Says lines to a UE that can do nothing, and gives what it answers. */
async function answersTo(...lines: string[]): Promise<unknown[]> {
  const [input, output, log] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const ue = {
    register: () => Promise.reject(new Error('attempt a is running already')),
    probe: () => Promise.resolve(),
  } as unknown as Ue;
  for (const line of lines) input.write(`${line}\n`);
  input.end();
  await serve(ue, input, new LineOutput(output, log));
  await new Promise((resolve) => setImmediate(resolve));
  const said = (output.read() as Buffer | null)?.toString().trim() ?? '';
  return said === '' ? [] : said.split('\n').map((line) => JSON.parse(line) as unknown);
}

const ask = (method: string, params: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
const good = { attempt: 'a', step: 1, via: 'udp:5060', suite: 'aes' };

describe('serve', () => {
  it.each([
    ['attempt', 'register', { ...good, attempt: 7 }],
    ['step', 'relay', { ...good, step: 4 }],
    ['via', 'register', { ...good, via: 'udp:53' }],
    ['suite', 'relay', { ...good, suite: undefined }],
    ['at', 'probe', { kind: 'tcp', at: {}, withinMs: 1 }],
    ['kind', 'probe', { kind: 'icmp', at: { ip: '10.0.0.1', port: 1 }, withinMs: 1 }],
    ['attempt', 'register', undefined],
  ])('names the wrong parameter: %s of %s', async (name, method, params) => {
    // JSON-RPC 2.0, clause 5.1: -32602 is "Invalid params".
    const error = { code: -32602, message: `the parameter ${name} is missing or wrong` };
    expect(await answersTo(ask(method, params))).toEqual([{ jsonrpc: '2.0', id: 1, error }]);
  });

  it('answers nonsense and goes on', async () => {
    const answers = await answersTo(
      '{',
      ask('sing', {}),
      ask('probe', { kind: 'tcp', at: { ip: '10.0.0.1', port: 1 }, withinMs: 1 }),
    );
    expect(answers).toMatchObject([
      { error: { code: -32700 } },
      { error: { code: -32601 } },
      { id: 1, result: null },
    ]);
  });

  it('passes the words of an error on', async () => {
    expect(await answersTo(ask('register', good))).toMatchObject([
      { id: 1, error: { message: 'attempt a is running already' } },
    ]);
  });

  it('is not troubled by an abandon without name', async () => {
    expect(await answersTo(JSON.stringify({ jsonrpc: '2.0', method: 'abandon' }))).toEqual([]);
  });
});
