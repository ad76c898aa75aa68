import { spawn, type ChildProcess } from 'node:child_process';
import { oneLine } from '../../kit/one-line';
import { Deferred } from '../../kit/deferred';
import { within } from '../../kit/deadline';
import { frame, FrameReader, fromBridge, toBridge } from './frames';
import { addressBytes } from './ip-packet';

/** How long the bridge may take to open its sockets, and to remove what it has made, in milliseconds. */
const patienceMs = 15_000;

/** What comes from the bridge. */
export interface BridgeListener {
  outgoing?(packet: Buffer): void;
  esp?(packet: Buffer): void;
  netlink(messages: Buffer): void;
  /** Something could not be sent. */
  failed(what: string): void;
}

/** What the bridge makes in this network, as batches of `ip`. */
export interface Wiring {
  /** One of `bridge-script.ts`. */
  readonly script: string;
  readonly setup: string;
  readonly removal: string;
  /** For user space: the device whose presence says that a bridge before has removed nothing. */
  readonly mark?: string;
  /** For user space: the device whose packets are to be sealed. */
  readonly device?: string;
}

/** The process that has the sockets (`bridge-script.ts`). It removes what it has made when this process ends. */
export class Bridge {
  private isClosing = false;
  private readonly gone = new Deferred<Error>();

  private constructor(
    private readonly child: ChildProcess,
    private readonly exited: Promise<string>,
  ) {
    void exited.then((why) => {
      if (!this.isClosing) this.gone.resolve(new Error(why));
    });
  }

  /**
   * Opens the sockets.
   * @throws Error with one line that says why they cannot be opened
   */
  static async open(wiring: Wiring, addresses: readonly string[], listener: BridgeListener): Promise<Bridge> {
    const { script, setup, removal, mark = '', device = '' } = wiring;
    const child = spawn('perl', ['-e', script, setup, removal, mark, device, ...addresses], {
      stdio: 'pipe',
    });
    const ready = new Deferred<void>();
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said = `${said}${text.toString()}`.slice(-2000)));
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`perl cannot be started: ${error.message}`));
      child.once('close', (code, signal) =>
        resolve(oneLine(said, '; ') || `the bridge has ended by itself (${signal ?? `exit status ${code}`})`),
      );
    });
    void exited.then((why) => ready.reject(new Error(why)));
    // A packet that is written to a bridge that has ended is lost; that it has ended is told otherwise.
    child.stdin.on('error', () => undefined);
    const frames = new FrameReader();
    child.stdout.on('data', (bytes: Buffer) => {
      for (const { kind, content } of frames.read(bytes)) {
        if (kind === fromBridge.outgoing) listener.outgoing?.(content);
        else if (kind === fromBridge.esp) listener.esp?.(content);
        else if (kind === fromBridge.netlink) listener.netlink(content);
        else if (kind === fromBridge.failed) listener.failed(content.toString());
        else if (kind === fromBridge.ready) ready.resolve();
      }
    });
    const bridge = new Bridge(child, exited);
    try {
      await within(patienceMs, ready.promise, () => new Error('the bridge did not open its sockets in 15 s'));
    } catch (error) {
      child.stdin.end();
      throw error;
    }
    return bridge;
  }

  /** Resolves with the reason when the bridge has ended by itself. */
  get broken(): Promise<Error> {
    return this.gone.promise;
  }

  sendEsp(source: string, destination: string, packet: Buffer): void {
    this.write(frame(toBridge.esp, addressBytes(source), addressBytes(destination), packet));
  }

  deliver(packet: Buffer): void {
    this.write(frame(toBridge.deliver, packet));
  }

  netlink(messages: Buffer): void {
    this.write(frame(toBridge.netlink, messages));
  }

  /** Sends a NAT-keepalive from port 4500 of an address; for ESP in the kernel. */
  keepAlive(source: string, { ip, port }: { readonly ip: string; readonly port: number }): void {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(port);
    this.write(frame(toBridge.keepAlive, addressBytes(source), addressBytes(ip), bytes));
  }

  /** Ends the bridge when it has removed what it made. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.child.stdin!.end();
    await within(patienceMs, this.exited, () => new Error('the bridge did not end in 15 s')).catch(() =>
      this.child.kill('SIGKILL'),
    );
  }

  private write(bytes: Buffer): void {
    this.child.stdin!.write(bytes);
  }
}
