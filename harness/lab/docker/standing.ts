import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { LabError } from '../lab-error';
import { standingLine } from './containers';
import { demultiplexer } from './demultiplex';

/** How long a container may take until it stands, in ms; the engine starts several dozen of them. */
const standsWithinMs = 30_000;

/** How many of its last lines a container that died is quoted with. */
const quotedLines = 5;

/**
 * Starts a container and waits until it says that it stands.
 *
 * @returns what it said before
 * @throws LabError `NODE_DIED` with its last lines, `NOT_READY`
 */
export async function standing(container: Docker.Container, node: string): Promise<string> {
  try {
    await container.start();
  } catch (error) {
    const { json, message } = error as Error & { json?: { message?: string } };
    throw died(node, json?.message ?? message);
  }
  const log = (await container.logs({
    follow: true,
    stdout: true,
    stderr: true,
  })) as unknown as NodeJS.ReadableStream & {
    destroy(): void;
  };
  const output = new PassThrough();
  let said = '';
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      output.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8');
        if (said.includes(standingLine)) resolve();
      });
      const frames = demultiplexer([undefined, output, output]);
      frames.on('finish', () => reject(died(node, said)));
      log.on('error', () => reject(died(node, said)));
      log.pipe(frames);
      timer = setTimeout(
        () =>
          reject(
            new LabError(
              'NOT_READY',
              `waited ${standsWithinMs} ms for the container of ${node} to stand, in vain: ${lastLines(said)}; look at the engine's log`,
              { node },
            ),
          ),
        standsWithinMs,
      );
    });
  } finally {
    clearTimeout(timer);
    log.destroy();
  }
  return said.slice(0, said.indexOf(standingLine));
}

const died = (node: string, said: string): LabError =>
  new LabError(
    'NODE_DIED',
    `the container of ${node} ended as soon as it started: ${lastLines(said)}; if you changed its image, npm run images makes it anew`,
    { node },
  );

function lastLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).slice(-quotedLines).join(' | ') || 'it printed nothing';
}
