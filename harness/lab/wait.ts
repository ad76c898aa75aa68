import type { Readable } from 'node:stream';
import { within } from '../../kit/deadline';
import { lastLine } from '../../kit/last-lines';
import { LabError } from './lab-error';

/** Most characters of the last line that a message shows. */
const lineLength = 500;

/**
 * Resolves when this text has come on a stream; rejects when the stream ends, has ended already, or the
 * deadline passes before. The stream goes on flowing afterwards.
 * @param options `what`: the awaited thing in the message, e.g. `ims-core to be ready`; `node`: the node with
 *   the output
 */
export async function textIn(
  stream: Readable,
  wanted: string,
  options: { readonly what: string; readonly withinMs: number; readonly node?: string },
): Promise<void> {
  const { what, withinMs, node } = options;
  const kept = Math.max(wanted.length, lineLength);
  let seen = '';
  let stop = (): void => undefined;
  const came = new Promise<void>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      seen += chunk.toString('latin1');
      if (seen.includes(wanted)) resolve();
      // Only the end is kept, because a capture that is behind brings megabytes.
      seen = seen.slice(-kept);
    };
    const ended = (): void =>
      reject(
        new LabError(
          'NODE_DIED',
          `waited for ${what}, but it ended: ${lastSaid(seen)}; run nimsfw doctor, then look at the node's log`,
          { node },
        ),
      );
    // A stream that is closed already emits no further event.
    if (stream.closed) return ended();
    stream.on('data', look).on('close', ended);
    stop = () => void stream.off('data', look).off('close', ended);
  });
  const late = (): LabError =>
    new LabError(
      'NOT_READY',
      `waited ${withinMs} ms for ${what} ("${wanted}" in its output), in vain: ${lastSaid(seen)}; look at the node's log`,
      { node },
    );
  try {
    await within(withinMs, came, late);
  } finally {
    stop();
  }
}

function lastSaid(text: string): string {
  // Programs of GNU use UTF-8 quotation marks.
  const line = Buffer.from(lastLine(text), 'latin1').toString('utf8');
  if (/[\p{Cc}\ufffd]/u.test(line.replaceAll('\t', ' '))) return 'what it printed is no text';
  return line || 'it printed nothing';
}
