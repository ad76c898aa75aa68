import { readSync, writeSync } from 'node:fs';
import { inspectionMarks, inspectionQueue } from '../../../firewalls/inspection';
import { Inspector } from './inspector';
import { read, requests, verdict } from './netfilter-queue';
import { listening } from './command';
import { warmUp } from './warm-up';

/**
 * The inspector as a program. File descriptor 3 is a netlink socket, which Node cannot open itself. The program
 * reads and answers synchronously and never waits for anything else, because a packet waits meanwhile.
 */
const socket = 3;
/** Longer than any message of the kernel. */
const buffer = Buffer.allocUnsafe(2 ** 18);
const mostWaiting = 8192;

function* messages(): ReturnType<typeof read> {
  for (;;) {
    let length: number;
    try {
      length = readSync(socket, buffer);
    } catch (error) {
      // ENOBUFS means that the kernel had no room for more packets and has dropped them. TCP sends them again.
      if (['ENOBUFS', 'EINTR'].includes((error as NodeJS.ErrnoException).code ?? '')) continue;
      throw error;
    }
    yield* read(buffer.subarray(0, length));
  }
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function serve(): void {
  warmUp();
  const inspector = new Inspector();
  const open = requests(inspectionQueue, { mostWaiting });
  const ask = (): void => void writeSync(socket, open.shift()!);
  let isListening = false;
  ask();
  for (const message of messages()) {
    if (message.kind === 'packet') {
      const finding = inspector.inspect(message.bytes);
      writeSync(socket, verdict(inspectionQueue, message.id, finding && inspectionMarks[finding]));
    } else if (!isListening) {
      if (message.errno !== 0)
        throw new Error(`the kernel refuses queue ${inspectionQueue} (errno ${message.errno})`);
      isListening = open.length === 0;
      if (isListening) say(listening);
      else ask();
    }
    // A later answer only tells that a packet was gone before its verdict, together with its connection.
  }
}

try {
  serve();
} catch (error) {
  process.stderr.write(`inspector: ${(error as Error).message}; without it nothing passes on port 443\n`);
  process.exitCode = 1;
}
