import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import type Docker from 'dockerode';
import { lastLine } from '../../../kit/last-lines';
import { LabError } from '../lab-error';
import { baseImage } from './base-name';
import { asEngineError } from './engine';
import { lookUp } from './images';
import { progressOf } from './progress';

const release = 'bookworm';

/** The way in which the base image came to the engine. */
export type BaseOrigin = 'there already' | 'pulled' | 'made with mmdebstrap';

export interface BaseOptions {
  /** Name of the image; tests use another one. */
  readonly reference?: string;
  /** Milliseconds until a registry has to name the image's layers, and longest silence of it afterwards. */
  readonly registryWithinMs?: number;
  /** Called with the reason before the base is made on this machine, which takes a minute. */
  readonly onMaking?: (reason: string) => void;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

/**
 * Provides the base image. It pulls the image, or makes it from Debian's packages if no registry answers.
 *
 * @throws LabError `BASE_IMAGE_UNAVAILABLE`
 */
export async function ensureBaseImage(docker: Docker, options: BaseOptions = {}): Promise<BaseOrigin> {
  const { reference = baseImage, registryWithinMs = 15_000, onMaking, signal } = options;
  if (await lookUp(docker, reference)) return 'there already';
  const refusal = await pull(docker, reference, registryWithinMs, signal);
  if (refusal === undefined) return 'pulled';
  onMaking?.(refusal);
  await make(docker, reference, refusal, signal);
  return 'made with mmdebstrap';
}

/** @returns undefined when the image is there, otherwise why it could not be pulled */
async function pull(
  docker: Docker,
  reference: string,
  withinMs: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const silence = new AbortController();
  const giveUp = (): void => silence.abort();
  let timer = setTimeout(giveUp, withinMs);
  const abortSignal = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  try {
    const stream = (await docker.pull(reference, { abortSignal })) as Readable;
    for await (const { error } of progressOf(stream)) {
      if (error !== undefined) return firstLine(error);
      clearTimeout(timer);
      timer = setTimeout(giveUp, withinMs);
    }
  } catch (error) {
    signal?.throwIfAborted();
    const meaning = asEngineError(error);
    if (meaning instanceof LabError) throw meaning;
    if (silence.signal.aborted) return `no registry answered in ${withinMs / 1000} s`;
    return firstLine((error as { json?: { message?: string } }).json?.message ?? (error as Error).message);
  } finally {
    clearTimeout(timer);
  }
  // A broken connection ends the stream without an error too, so the image is looked up.
  return (await lookUp(docker, reference)) ? undefined : 'the registry broke off';
}

/** Folders that the base leaves out, as Debian's own -slim does. */
const notNeeded = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*', '/usr/share/doc/*'];

async function make(docker: Docker, reference: string, refusal: string, signal?: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nimsfw-base-'));
  try {
    const archive = join(folder, 'base.tar');
    await runMmdebstrap(archive, refusal, signal);
    const [repo, tag] = reference.split(':') as [string, string];
    const stream = (await docker.importImage(createReadStream(archive), { repo, tag })) as Readable;
    for await (const { error } of progressOf(stream))
      if (error !== undefined)
        throw new LabError('BASE_IMAGE_UNAVAILABLE', `the engine does not import ${reference}: ${error}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runMmdebstrap(archive: string, refusal: string, signal?: AbortSignal): Promise<void> {
  const argv = [
    '--quiet',
    '--variant=minbase',
    ...notNeeded.map((path) => `--dpkgopt=path-exclude=${path}`),
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    release,
    archive,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('mmdebstrap', argv, { stdio: ['ignore', 'pipe', 'pipe'], signal });
    let output = '';
    const keep = (chunk: Buffer): string => (output = (output + chunk.toString()).slice(-20_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const fail = (what: string): void =>
      reject(
        new LabError('BASE_IMAGE_UNAVAILABLE', `${baseImage} cannot be pulled (${refusal}), and ${what}`),
      );
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT')
        fail('mmdebstrap, which makes it, is not installed; as root: apt-get install mmdebstrap');
      else reject(error);
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        fail(`mmdebstrap cannot make it: ${lastLine(output)}; mend that, or pull the image by other means`);
    });
  });
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';
