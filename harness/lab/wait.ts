import type { Readable } from 'node:stream';
import { lastLine } from '../../kit/last-lines';
import { LabError } from './lab-error';

/** How much of the last line a message shows at most. */
const lineLength = 500;

/**
 * Resolves when a stream has carried this text; rejects when the stream ends, or has ended, or the deadline passes first.
 * The stream goes on flowing afterwards.
 *
 * @param options `what` is awaited, for the message, e.g. `ims-core to be ready`; `node`: whose output it is
 */
export function textIn(
  stream: Readable,
  wanted: string,
  options: { readonly what: string; readonly withinMs: number; readonly node?: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const kept = Math.max(wanted.length, lineLength);
    let seen = '';
    const finish = (error?: LabError): void => {
      clearTimeout(timer);
      stream.off('data', look).off('close', ended);
      if (error) reject(error);
      else resolve();
    };
    const look = (chunk: Buffer): void => {
      seen += chunk.toString('latin1');
      if (seen.includes(wanted)) finish();
      // A capture that is behind brings megabytes.
      seen = seen.slice(-kept);
    };
    const ended = (): void =>
      finish(
        new LabError(
          'NODE_DIED',
          `waited for ${options.what}, but it ended: ${lastSaid(seen)}; run nimsfw doctor, then look at the node's log`,
          { node: options.node },
        ),
      );
    const timer = setTimeout(
      () =>
        finish(
          new LabError(
            'NOT_READY',
            `waited ${options.withinMs} ms for ${options.what} ("${wanted}" in its output), in vain: ${lastSaid(seen)}; look at the node's log`,
            { node: options.node },
          ),
        ),
      options.withinMs,
    );
    // One that was closed before does not say so again.
    if (stream.closed) ended();
    else stream.on('data', look).on('close', ended);
  });
}

function lastSaid(text: string): string {
  // GNU's programs quote in UTF-8.
  const line = Buffer.from(lastLine(text), 'latin1').toString('utf8');
  if (/[\p{Cc}\ufffd]/u.test(line.replaceAll('\t', ' '))) return 'what it printed is no text';
  return line || 'it printed nothing';
}
