import { randomUUID } from 'node:crypto';
import type { WriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { captureCommand } from '../../nodes/tcpdump';
import type { NodeProcess, StartedNode } from '../lab/backend';
import { textIn } from '../lab/wait';

/** An engine that starts containers for other networks at the same time is slow to start a program in one. */
const withinMs = 30_000;

/** When a marker that was not seen is sent again: the kernel may keep it for a second. */
const markerAgainMs = 1500;

/** A capture that is being written. */
export class Capture {
  private constructor(
    /** Path on this machine. */
    readonly file: string,
    private readonly node: StartedNode,
    private readonly process: NodeProcess,
    private readonly beyond: string,
    private readonly written: Promise<void>,
  ) {}

  /**
   * Captures what passes the interface with this address and resolves when it listens. The bytes come over a pipe, so
   * that it is the same on every backend and no file belongs to anybody else.
   *
   * @param beyond an address on the other side of the interface, to which a marker can be sent
   * @param output where the pcap is written, on this machine
   */
  static async start(node: StartedNode, ip: string, beyond: string, output: WriteStream): Promise<Capture> {
    const device = node.interfaceOf(ip);
    const process = node.observe(captureCommand(device));
    // Ends also when the output of tcpdump breaks off: with an error.
    const written = pipeline(process.stdout, output);
    // Awaited in stop().
    written.catch(() => undefined);
    await textIn(process.stderr, 'listening on', {
      what: `the capture on ${node.id} (${device}) to listen`,
      withinMs,
    });
    return new Capture(String(output.path), node, process, beyond, written);
  }

  /**
   * Ends it; resolves when the file is complete, with all that has passed so far.
   * @throws Error what was awaited, when the time has passed
   */
  async stop(): Promise<void> {
    await this.flush();
    await this.process.stop();
    await this.written;
  }

  /**
   * Waits until what has passed so far is captured: a marker is sent the same way, to the discard port (RFC 863), and
   * packets come in order. What tcpdump has not read when it is ended is lost. A marker can be lost as well, so it is sent
   * until it is seen.
   */
  private async flush(): Promise<void> {
    const marker = `nimsfw-marker-${randomUUID()}`;
    const seen = textIn(this.process.stdout, marker, {
      what: `the capture on ${this.node.id} to come to its marker`,
      withinMs: 30_000,
    });
    let isOver = false;
    const over = seen.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    const send = async (): Promise<void> => {
      while (!isOver) {
        await this.node.exec(['bash', '-c', 'printf %s "$0" >"/dev/udp/$1/9"', marker, this.beyond]);
        await Promise.race([over, delay(markerAgainMs)]);
      }
    };
    await Promise.all([seen, send()]);
  }
}
