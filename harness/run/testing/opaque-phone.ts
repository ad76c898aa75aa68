import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { AttemptReport, Capabilities } from '../../../nodes/ue/protocol';

/**
 * The reference UE as a phone that keeps everything to itself, as a program: `node opaque-phone.js COMMAND...`. It runs
 * the UE, and takes out of its output what other people's phones do not tell: sockets, identifiers, keys, certificates,
 * and why an attempt failed.
 */
const [program = '', ...args] = process.argv.slice(2);
const phone = spawn(program, args, { stdio: ['inherit', 'pipe', 'inherit'] });
phone.on('exit', (code) => (process.exitCode = code ?? 1));

interface Message {
  readonly method?: string;
  readonly params?: { readonly capabilities?: Capabilities };
  readonly result?: Partial<AttemptReport> | null;
}

createInterface({ input: phone.stdout }).on('line', (line) => {
  const shown = withoutSecrets(JSON.parse(line) as Message);
  if (shown) process.stdout.write(`${JSON.stringify(shown)}\n`);
});

function withoutSecrets(message: Message): Message | undefined {
  const { method, params, result } = message;
  if (method === 'flow' || method === 'identifier' || method === 'keylog') return undefined;
  if (method === 'ready')
    return { ...message, params: { capabilities: { ...params?.capabilities, sockets: 'observed' } } };
  if (!result?.end) return message;
  const { attempt, startedAt, durationMs, end, failure } = result;
  const untold = { code: 'UNTOLD', text: 'the phone did not get through' } as const;
  const why = end === 'failed' ? { failure: untold } : failure ? { failure } : {};
  const kept = { attempt, startedAt, durationMs, end, ...why };
  return { ...message, result: { ...kept, flows: [], identifiers: [] } };
}
