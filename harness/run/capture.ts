import { randomUUID } from 'node:crypto';
import type { WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { captureCommand } from '../../nodes/tcpdump';
import type { NodeProcess, StartedNode } from '../lab/backend';
import { textIn } from '../lab/wait';

/** An engine that starts containers for other networks at the same time is slow to start a program in one. */
const withinMs = 30_000;

/** When a marker that was not seen is sent again. */
const markerAgainMs = 500;

/** A capture that is being written. */
export class Capture {
  private constructor(
    /** Path on this machine. */
    readonly file: string,
    private readonly node: StartedNode,
    private readonly process: NodeProcess,
    private readonly written: Promise<void>,
  ) {}

  /**
   * Captures what passes the interface with this address and resolves when it listens. The bytes come over a pipe, so
   * that it is the same on every backend and no file belongs to anybody else.
   *
   * @param output where the pcap is written, on this machine
   */
  static async start(node: StartedNode, ip: string, output: WriteStream): Promise<Capture> {
    const device = node.interfaceOf(ip);
    const process = node.observe(captureCommand(device));
    const written = finished(output);
    // Awaited in stop().
    written.catch(() => undefined);
    process.stdout.pipe(output);
    await textIn(process.stderr, 'listening on', {
      what: `the capture on ${node.id} (${device}) to listen`,
      withinMs,
    });
    return new Capture(String(output.path), node, process, written);
  }

  /**
   * Waits until what has passed so far is captured: a marker is sent the same way, and packets come in order. On a busy
   * machine tcpdump is behind, and what it has not read when it is ended is lost. A marker can be lost as well, so it is
   * sent until it is seen.
   *
   * @param to an address beyond the captured interface; the marker goes to its discard port (RFC 863)
   */
  async flush(to: string): Promise<void> {
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
        await this.node.exec(['bash', '-c', 'printf %s "$0" >"/dev/udp/$1/9"', marker, to]);
        await Promise.race([over, delay(markerAgainMs)]);
      }
    };
    await Promise.all([seen, send()]);
  }

  /** Ends it; resolves when the file is complete. */
  async stop(): Promise<void> {
    await this.process.stop();
    await this.written;
  }
}
