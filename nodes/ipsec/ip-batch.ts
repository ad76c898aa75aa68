import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { IpsecError } from './protocol';

/**
 * Has `ip` carry out commands, and returns what it printed.
 * @throws IpsecError `REFUSED_BY_KERNEL` with the first reason that it gives
 */
export async function ipBatch(commands: readonly string[], options: readonly string[] = []): Promise<string> {
  const child = spawn('ip', [...options, '-batch', '-'], { stdio: 'pipe' });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new IpsecError('REFUSED_BY_KERNEL', `the program ip cannot be started: ${error.message}`)),
    );
    child.once('close', (code) => resolve(code ?? 1));
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${commands.join('\n')}\n`);
  const [code, printed, complaint] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  if (code === 0) return printed;
  const [why = `exit status ${code}`] = complaint.split('\n').filter((line) => line !== '');
  throw new IpsecError('REFUSED_BY_KERNEL', `ip refuses it: ${why}`);
}
