import { endingSignals } from '../../kit/ending-signals';
import { oneLine } from '../../kit/one-line';
import type { EspEvent } from './event';
import { Kernel, kernelHasEsp } from './kernel';
import type { Maker } from './maker';
import { readOptions, type Options } from './options';
import { readyText } from './protocol';
import { removeSocket, serve } from './server';
import { SetBook } from './set-book';
import { Userspace } from './userspace';
import { warmUp } from './warm-up';

/**
 * The program `ipsec`: makes the security associations of a node when it is asked to at its socket, and removes all
 * that it has made when it ends. It runs until a signal ends it.
 */
async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const { socket } = options;
  const note = (line: string): void => void process.stderr.write(`${line}\n`);
  const opening = makerFor(options, note);
  warmUp();
  const maker = await opening;
  const ended = new Promise<string | undefined>((resolve) => {
    for (const signal of endingSignals) process.once(signal, () => resolve(undefined));
    void maker.broken.then(({ message }) => resolve(message));
  });
  let why: string | undefined;
  try {
    await serve(socket, new SetBook(maker, note));
    note(readyText(maker.name));
    why = await ended;
  } finally {
    await maker.close();
  }
  removeSocket(socket);
  if (why !== undefined) throw new Error(`${why}; start ipsec anew`);
}

/** Tells an event on standard output. */
const tell = (event: EspEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

/** Opens the maker that is asked for, or the kernel if it can, else user space. */
async function makerFor({ addresses, maker }: Options, note: (line: string) => void): Promise<Maker> {
  const name = maker ?? ((await kernelHasEsp()) ? 'kernel' : 'userspace');
  return name === 'kernel' ? Kernel.open(addresses, note) : Userspace.open(addresses, note, tell);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`ipsec: ${oneLine((error as Error).message)}\n`);
    process.exit(1);
  },
);
