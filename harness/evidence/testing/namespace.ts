import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A bash script in its own network namespace (loopback only). It starts in the same way as the lab, works for
 * any user, and ends with this process. The script writes captures to stdout and messages for the test to
 * stderr, and reads the test's lines from stdin.
 */
export class Namespace implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  /** The folder that the script has as `$DIR`. */
  readonly folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  private words = '';
  private readonly exited: Promise<unknown>;

  constructor(script: string, argv: readonly string[] = []) {
    // Every squid uses the same names in /dev/shm, so each namespace gets its own.
    const options = [...userOptions(), '--net', '--mount', '--pid', '--fork', '--kill-child'];
    const prelude = 'set -e\nmount -t proc proc /proc\nmount -t tmpfs tmpfs /dev/shm\nip link set lo up\n';
    this.child = spawn('unshare', [...options, 'bash', '--norc', '-c', prelude + script, 'bash', ...argv], {
      env: { ...process.env, DIR: this.folder, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    });
    this.exited = once(this.child, 'exit');
    this.child.stderr.on('data', (chunk: Buffer) => (this.words += chunk.toString()));
  }

  /** Writes a line to the script's stdin. */
  say(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** Waits for a line on stderr that begins with `word` and returns the rest of it. */
  async hear(word: string, withinMs = 20_000): Promise<string> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const line = this.words
        .split('\n')
        .slice(0, -1)
        .find((text) => text.startsWith(word));
      if (line !== undefined) return line.slice(word.length).trim();
      const left = deadline - Date.now();
      if (left <= 0 || this.child.exitCode !== null) {
        throw new Error(
          `"${word}" was awaited from the namespace for ${withinMs} ms; it said:\n${this.words}`,
        );
      }
      const ticket = new AbortController();
      const timer = setTimeout(() => ticket.abort(), left);
      const either = [once(this.child.stderr, 'data', ticket), once(this.child, 'exit', ticket)];
      await Promise.race(either).catch(() => undefined);
      either.forEach((wait) => void wait.catch(() => undefined));
      ticket.abort();
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
    // Only a process in such a namespace can remove files of the namespace's other users.
    execFileSync('unshare', [...userOptions(), 'rm', '-rf', this.folder]);
  }
}

/** Root needs no user namespace, and mostly has no subordinate ids to map. */
function userOptions(): string[] {
  return process.getuid?.() === 0 ? [] : ['--user', '--map-root-user', '--map-auto'];
}

/** Waits for a promise for at most `ms`; the error names what was awaited. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} was awaited for ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
