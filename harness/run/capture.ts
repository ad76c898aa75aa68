import type { WriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { captureCommand } from '../../nodes/tcpdump';
import type { NodeProcess, StartedNode } from '../lab/backend';
import { LabError } from '../lab/lab-error';
import { textIn } from '../lab/wait';

/** An engine that starts containers for other networks at the same time is slow to start a program in one. */
const withinMs = 30_000;

/** How far a capture may be behind: on a machine with twice the work it can do, more than half a minute was seen. */
const behindMs = 120_000;

/** A capture that is being written. */
export class Capture {
  private constructor(
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
    const written = pipeline(process.stdout, output).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ERR_STREAM_PREMATURE_CLOSE' ? brokenOff(node.id) : error;
    });
    // Awaited in stop().
    written.catch(() => undefined);
    await textIn(process.stderr, 'listening on', {
      what: `the capture on ${node.id} (${device}) to listen`,
      withinMs,
    });
    return new Capture(node, process, written);
  }

  /**
   * Resolves when a packet with this text has been captured, and so all that passed before it: packets come in order.
   * @throws LabError what was awaited, when the time has passed
   */
  comesTo(text: string): Promise<void> {
    return textIn(this.process.stdout, text, {
      what: `the capture on ${this.node.id} to come to its marker`,
      withinMs: behindMs,
    });
  }

  /**
   * Ends it; resolves when the file is complete. What tcpdump has not read yet is lost.
   * @throws LabError `CAPTURE_BROKEN` when less was written than tcpdump has read
   */
  async stop(): Promise<void> {
    await this.process.stop();
    await this.written;
  }
}

function brokenOff(node: string): LabError {
  return new LabError(
    'CAPTURE_BROKEN',
    `the capture on ${node} broke off before it was whole; try again with fewer networks at once (--firewall)`,
    { node },
  );
}
