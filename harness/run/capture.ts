import type { WriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { captureCommand } from '../../nodes/tcpdump';
import type { NodeProcess, StartedNode } from '../lab/backend';
import { LabError } from '../lab/lab-error';
import { textIn } from '../lab/wait';
import { packetLoss } from './packet-loss';

/**
 * Milliseconds until a capture has to listen. An engine that starts containers for other networks at the same
 * time is slow to start a program in one.
 */
const withinMs = 30_000;

/**
 * Milliseconds that a capture may lag behind its packets. More than 30 s was seen on a machine with twice the
 * work it can do.
 */
const behindMs = 120_000;

/**
 * Milliseconds without any data after which a capture counts as silent. Markers are sent to it all the time, so
 * a working capture always brings data.
 */
const silentMs = 20_000;
/** Checks for data within the time of a silence. */
const looks = 10;

/** A capture that is being written. */
export class Capture {
  private readonly checkLoss: () => void;

  private constructor(
    private readonly node: StartedNode,
    private readonly process: NodeProcess,
    private readonly written: Promise<void>,
  ) {
    this.checkLoss = packetLoss(process, node.id);
  }

  /**
   * Captures the packets of the interface with this address and resolves when tcpdump listens. tcpdump writes
   * to a pipe, so it works the same on every backend and the file belongs to the user of this process.
   *
   * @param output the pcap file on this machine
   */
  static async start(node: StartedNode, ip: string, output: WriteStream): Promise<Capture> {
    const device = node.interfaceOf(ip);
    const process = node.observe(captureCommand(device));
    const written = pipeline(process.stdout, output).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ERR_STREAM_PREMATURE_CLOSE' ? brokenOff(node.id) : error;
    });
    // `stop` awaits this promise and reports its error.
    written.catch(() => undefined);
    await textIn(process.stderr, 'listening on', {
      what: `the capture on ${node.id} (${device}) to listen`,
      withinMs,
    });
    return new Capture(node, process, written);
  }

  /**
   * Resolves when a packet with this text has been captured, and so every packet before it, since packets come
   * in order. The caller has to send that packet again and again until then.
   * @throws LabError `CAPTURE_SILENT` when the capture brings no data for `silentWithinMs`; an error that names
   *   the awaited marker when the time is over
   */
  async comesTo(text: string, silentWithinMs = silentMs): Promise<void> {
    const { stdout } = this.process;
    // The silence is counted in turns of a timer, so that a pause of this process does not count as a silence
    // of tcpdump.
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
    // When the silence is reported first, nobody awaits `come` any more and it may still reject.
    come.catch(() => undefined);
    try {
      await Promise.race([come, silence]);
    } finally {
      clearInterval(watch);
      stdout.off('data', hear);
    }
  }

  /**
   * Ends the capture and resolves when the file is complete. Packets that tcpdump has not read yet are lost.
   * @throws LabError `CAPTURE_BROKEN` when packets are missing that passed before: the kernel kept fewer than it saw, or
   *   less was written than tcpdump has read
   */
  async stop(): Promise<void> {
    await this.process.stop();
    await this.written;
    this.checkLoss();
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
