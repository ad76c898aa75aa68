import type { Readable } from 'node:stream';
import { watchCommand } from '../../nodes/tcpdump';
import type { NodeProcess, StartedNode } from '../lab/backend';
import { textIn } from '../lab/wait';
import { packetLoss } from './packet-loss';

/** Milliseconds until a capture has to listen, and by which it may lag behind its packets. */
const withinMs = { listen: 30_000, lag: 120_000 };

/** A capture of one interface that is read while it runs. */
export class LiveCapture {
  private readonly checkLoss: () => void;

  private constructor(
    private readonly node: StartedNode,
    private readonly process: NodeProcess,
  ) {
    this.checkLoss = packetLoss(process, node.id);
  }

  /**
   * Starts it on the interface with this address and resolves when it listens.
   * @throws LabError when it does not, about the node
   */
  static async start(node: StartedNode, ip: string): Promise<LiveCapture> {
    const device = node.interfaceOf(ip);
    const process = node.observe(watchCommand(device));
    const capture = new LiveCapture(node, process);
    const what = `what watches ${node.id} (${device}) to listen`;
    await textIn(process.stderr, 'listening on', { what, node: node.id, withinMs: withinMs.listen });
    return capture;
  }

  /** The packets, as pcap. */
  get stdout(): Readable {
    return this.process.stdout;
  }

  /**
   * Resolves when a packet with this text has been captured, and so every packet before it.
   * @throws LabError when it does not come
   */
  async comesTo(text: string): Promise<void> {
    const { id } = this.node;
    const what = `what watches ${id} to come to its marker`;
    await textIn(this.stdout, text, { what, node: id, withinMs: withinMs.lag });
  }

  /**
   * Ends it.
   * @throws LabError `CAPTURE_BROKEN` when the kernel says that packets are missing in it
   */
  async stop(): Promise<void> {
    await this.process.stop();
    this.checkLoss();
  }
}
