import { PassThrough, type Duplex, type Writable } from 'node:stream';
import type Docker from 'dockerode';
import { demultiplexer } from './demultiplex';

/** The standard streams of a container's first process. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  /** Resolves when both outputs have ended; never rejects. */
  readonly ended: Promise<void>;
}

/**
 * Opens a container's streams. Call it before the container is started, so that no output is lost.
 * @param gone aborts when the container is gone or was never started; the engine may keep its streams open for ever
 */
export async function openChannel(container: Docker.Container, gone: AbortSignal): Promise<Channel> {
  const stream = (await container.attach({
    stream: true,
    hijack: true,
    stdin: true,
    stdout: true,
    stderr: true,
  })) as unknown as Duplex;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const ended = new Promise<void>((resolve) => {
    const frames = demultiplexer([undefined, stdout, stderr]);
    frames.on('finish', () => {
      stdout.end();
      stderr.end();
      stream.destroy();
      resolve();
    });
    // When the container is gone, its streams break off and their outputs have to end.
    stream.on('error', () => frames.end());
    stream.on('close', () => frames.end());
    const close = (): unknown => stream.destroy();
    if (gone.aborted) close();
    else gone.addEventListener('abort', close, { once: true });
    frames.on('finish', () => gone.removeEventListener('abort', close));
    stream.pipe(frames);
  });
  return { stdin: stream, stdout, stderr, ended };
}
