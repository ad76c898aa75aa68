import type Docker from 'dockerode';
import { within } from '../../../kit/deadline';
import { LabError } from '../lab-error';
import { openChannel, type Channel } from './channel';
import { standingLine } from './containers';
import { until } from './shell';

/** Milliseconds that a container may take until it stands. The engine starts several dozen of them. */
const standsWithinMs = 30_000;

/** Number of last lines that are quoted of a container that died. */
const quotedLines = 5;

/** What to do about a container of the lab's own images that does not stand. */
const makeAnew = 'if you changed its image, npm run images makes it anew';

/**
 * Starts a container, and returns its streams from its first byte on.
 * @param node the container's node, for the message
 * @param gone aborts when the container is gone
 * @param remedy what to do if it does not start
 * @throws LabError `NODE_DIED`
 */
export async function startAttached(
  container: Docker.Container,
  node: string,
  gone: AbortSignal,
  remedy = makeAnew,
): Promise<Channel> {
  const channel = await openChannel(container, gone);
  try {
    await container.start();
    return channel;
  } catch (error) {
    // The engine keeps the streams of a container open that has not started.
    channel.stdin.destroy();
    const { json, message } = error as Error & { json?: { message?: string } };
    throw died(node, json?.message ?? message, remedy);
  }
}

/**
 * Waits until a started container prints that it stands.
 * @returns its output before that
 * @throws LabError `NODE_DIED` with its last lines, `NOT_READY`
 */
export async function standing({ stdout, stderr }: Channel, node: string): Promise<string> {
  let complaints = '';
  const hear = (chunk: Buffer): unknown => (complaints += chunk.toString('utf8'));
  stderr.on('data', hear);
  const late = (): LabError =>
    new LabError(
      'NOT_READY',
      `waited ${standsWithinMs} ms for the container of ${node} to stand, in vain: ${lastLines(complaints)}; look at the engine's log`,
      { node },
    );
  const stands = until(stdout, `${standingLine}\n`).catch((error: Error) => {
    throw died(node, `${error.message}\n${complaints}`);
  });
  try {
    return await within(standsWithinMs, stands, late);
  } finally {
    stderr.pause().off('data', hear);
  }
}

/** Returns the error for a container that ended too early. @param said its whole output */
export const died = (node: string, said: string, remedy = makeAnew): LabError =>
  new LabError(
    'NODE_DIED',
    `the container of ${node} ended as soon as it started: ${lastLines(said)}; ${remedy}`,
    { node },
  );

function lastLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).slice(-quotedLines).join(' | ') || 'it printed nothing';
}
