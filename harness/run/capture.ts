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

/** How long one that is behind may bring nothing at all: markers are sent to it all the time. */
const silentMs = 20_000;
/** How often it is looked meanwhile. */
const looks = 10;

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
   * Resolves when a packet with this text has been captured, and so all that passed before it: packets come in order. To
   * be sent again and again until then.
   * @throws LabError `CAPTURE_SILENT` when nothing at all comes for so long; what was awaited, when the time has passed
   */
  async comesTo(text: string, silentWithinMs = silentMs): Promise<void> {
    const { stdout } = this.process;
    // Counted, so that time in which this process itself did not come to read is none.
    let quiet = 0;
    const hear = (): number => (quiet = 0);
    stdout.on('data', hear);
    let watch: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      watch = setInterval(() => {
        if (++quiet > looks) reject(silent(this.node.id, silentWithinMs));
      }, silentWithinMs / looks);
    });
    const what = `the capture on ${this.node.id} to come to its marker`;
    const come = textIn(stdout, text, { what, withinMs: behindMs });
    // Where the silence is told first.
    come.catch(() => undefined);
    try {
      await Promise.race([come, silence]);
    } finally {
      clearInterval(watch);
      stdout.off('data', hear);
    }
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

function silent(node: string, ms: number): LabError {
  return new LabError(
    'CAPTURE_SILENT',
    `the capture on ${node} runs, but has brought nothing for ${ms / 1000} s; look whether somebody has stopped its tcpdump, and run again`,
    { node },
  );
}
