import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A bash script in a network of its own (loopback only), started as the lab starts its own: as any user, gone with its
 * process. The script's stdout is for captures, its stderr for words to the test, its stdin for the test's.
 */
export class Namespace implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  /** A folder that the script finds in `$DIR`. */
  readonly folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  private words = '';
  private readonly exited: Promise<unknown>;

  constructor(script: string, argv: readonly string[] = []) {
    // A /dev/shm of its own, because every squid uses the same names in it.
    const options = [...userOptions(), '--net', '--mount', '--pid', '--fork', '--kill-child'];
    const prelude = 'set -e\nmount -t proc proc /proc\nmount -t tmpfs tmpfs /dev/shm\nip link set lo up\n';
    this.child = spawn('unshare', [...options, 'bash', '--norc', '-c', prelude + script, 'bash', ...argv], {
      env: { ...process.env, DIR: this.folder, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    });
    this.exited = once(this.child, 'exit');
    this.child.stderr.on('data', (chunk: Buffer) => (this.words += chunk.toString()));
  }

  /** Says a line to the script. */
  say(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** Waits for a line on stderr that begins with `word` and gives what follows it. */
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
    // Files of the namespace's other users can only be removed from within such a namespace.
    execFileSync('unshare', [...userOptions(), 'rm', '-rf', this.folder]);
  }
}

/** Root mostly has no subordinate ids to map, and needs none. */
function userOptions(): string[] {
  return process.getuid?.() === 0 ? [] : ['--user', '--map-root-user', '--map-auto'];
}

/** Waits for a promise, but no longer than `ms`; the error says what was awaited. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} was awaited for ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
