import { spawnSync } from 'node:child_process';

/** Runs a command line in a folder as a reader of the docs would, and returns its output. @throws Error if it fails */
export function shellIn(folder: string, command: string): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', command], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  // tshark prints a warning of its own when root runs it.
  if (status !== 0) throw new Error(`${command}\nended with ${status}: ${stderr}`);
  return stdout;
}
