import type { Readable, Writable } from 'node:stream';
import { Deferred } from '../../kit/deferred';
import { PcapDecoder, type CapturedPacket, type PcapProblem } from './pcap';

/** Reads the capture of a running `tcpdump -U -w -` packet by packet, and keeps a copy of it in a file. */
export class LivePcap {
  private readonly began = new Deferred<void>();
  private readonly over = new Deferred<PcapProblem | undefined>();
  private readonly decoder = new PcapDecoder();
  private problem: PcapProblem | undefined;
  private isClosed = false;
  /** Bytes of a record that has not come completely. */
  private held: Uint8Array = new Uint8Array(0);

  /**
   * @param stream pcap bytes
   * @param what names the capture in error messages, e.g. `The drop log of fw-8`
   * @param take called with each packet, in order
   * @param file receives a copy of the stream in whole records, and is ended by {@link close}
   */
  constructor(
    stream: Readable,
    private readonly what: string,
    private readonly take: (packet: CapturedPacket) => void,
    private readonly file?: Writable,
  ) {
    stream.on('data', (chunk: Uint8Array) => this.read(chunk));
    for (const end of ['close', 'end', 'error'] as const) stream.once(end, () => this.finish());
  }

  /**
   * Resolves when the stream's header has come, after which no packet is missed. Rejects when the stream ends
   * before.
   */
  get ready(): Promise<void> {
    return this.began.promise;
  }

  /** Resolves when the stream is over, with the reason if it could not be decoded to its end. */
  get ended(): Promise<PcapProblem | undefined> {
    return this.over.promise;
  }

  /** Reads no more packets; resolves when the file has all that were read. */
  async close(): Promise<void> {
    this.isClosed = true;
    const { file } = this;
    if (file) await new Promise<void>((resolve) => file.end(resolve));
  }

  private read(chunk: Uint8Array): void {
    if (this.isClosed) return;
    const items = this.decoder.push(chunk);
    this.copy(chunk);
    this.pass(items);
    if (this.decoder.started) this.began.resolve();
  }

  /** Copies to the file what the decoder has read, so that the file never ends within a record. */
  private copy(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.held, chunk]);
    const whole = bytes.length - this.decoder.unfinished;
    this.held = bytes.subarray(whole);
    if (whole > 0) this.file?.write(bytes.subarray(0, whole));
  }

  private pass(items: ReturnType<PcapDecoder['push']>): void {
    for (const item of items) {
      if (this.isClosed) return;
      if (item.kind === 'problem') this.problem = item;
      else this.take(item);
    }
  }

  private finish(): void {
    this.pass(this.decoder.end());
    const reason = this.problem?.text ?? 'it ended';
    if (!this.decoder.started) this.began.reject(new Error(`${this.what} did not start: ${reason}.`));
    this.over.resolve(this.problem);
  }
}
