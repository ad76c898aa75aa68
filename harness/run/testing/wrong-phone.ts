import { createInterface } from 'node:readline';

/** A rich phone that does one thing wrong, which its argument names. It runs in the lab, so it needs no module of ours. */
const [, , wrong] = process.argv;

const say = (message: object): unknown =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

interface Request {
  readonly id?: number;
  readonly method: string;
  readonly params: { readonly attempt: string };
}

function answer({ id, method, params: { attempt } }: Request): void {
  if (id === undefined) return;
  if (method === 'abandon' || method === 'probe') return void say({ id, result: null });
  if (method !== 'register') return void say({ id, error: { code: -32601, message: 'Method not found' } });
  if (wrong === 'dies') process.exit(9);
  const local = { ip: '10.89.9.2', port: 5060 };
  const remote = { ip: '198.19.0.10', port: 5060 };
  const flow = { attempt, at: Date.now(), protocol: 'udp', local, remote };
  if (wrong === 'borrows') say({ method: 'flow', params: flow });
  const failure = { code: 'TIMEOUT', text: 'nobody answered' };
  const isLie = wrong === 'lies' && !attempt.startsWith('closed/');
  const outcome = isLie ? { end: 'passed' } : { end: 'failed', failure };
  const report = { startedAt: Date.now(), durationMs: 1, ...outcome, flows: [], identifiers: [] };
  say({ id, result: { ...report, attempt: wrong === 'mixes' ? 'another/attempt' : attempt } });
}

function flood(): void {
  process.stdout.write(Buffer.alloc(65_536, 'x'), () => setImmediate(flood));
}

if (wrong === 'talks') process.stdout.write('Welcome to phone 3.0\n');
else if (wrong === 'floods') flood();
else say({ method: 'ready', params: {} });
createInterface({ input: process.stdin }).on('line', (line) => answer(JSON.parse(line) as Request));
