import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** The log of a program that wants a file for it, read as it is written, so that it never grows. */
export interface LogPipe {
  /** What is written. */
  readonly content: Readable;
  /**
   * To be called when the program has ended. It resolves when all has been read, since what was awaited of a program may
   * stand in what it logged just before it ended.
   */
  finished(): Promise<void>;
}

/** Makes a named pipe for a log. */
export function openLogPipe(path: string): LogPipe {
  spawnSync('mkfifo', ['-m', '600', path]);
  const content = new Socket({
    fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    writable: false,
  });
  content.on('error', () => undefined);
  // While somebody writes, it does not end; so it lasts from before the program has opened it.
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const read = new Promise<void>((resolve) => content.once('close', () => resolve()));
  return {
    content,
    finished: () => {
      closeSync(writer);
      return read;
    },
  };
}
