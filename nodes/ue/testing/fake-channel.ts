import type { Channel, ChannelListener } from '../dialler/channel';
import type { AttemptFailure } from '../failure';

/** A channel whose other end is the test. */
export class FakeChannel implements Channel {
  readonly local = { ip: '10.89.1.2', port: 32_768 };
  readonly remote = { ip: '198.19.0.30', port: 443 };
  readonly server = this.remote;
  /** Everything that was sent. */
  readonly sent: Buffer[] = [];
  /** Called for every send. */
  onSend: (data: Buffer) => void = () => undefined;
  private listener: ChannelListener | undefined;

  constructor(readonly transport: Channel['transport']) {}

  send(data: Buffer): void {
    this.sent.push(data);
    this.onSend(data);
  }

  listen(listener: ChannelListener): void {
    this.listener = listener;
  }

  /** Delivers bytes from the other side. */
  receive(data: Buffer | string): void {
    this.listener?.data(Buffer.from(data));
  }

  /** Breaks the channel. */
  lose(failure: AttemptFailure): void {
    this.listener?.lost(failure);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {
    // There is nothing to end.
  }
}
