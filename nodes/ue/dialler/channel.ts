import { asFailure } from '../failure';
import type { AttemptFailure } from '../failure';
import type { Endpoint, FiveTuple } from '../protocol';

/** An open way to a server: a UDP socket, a TCP connection or TLS on one. SIP and TURN see only this. */
export interface Channel {
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** The socket's own address, as in the header of its packets. */
  readonly local: Endpoint;
  /** The endpoint that its packets go to: the server, or the proxy. */
  readonly remote: Endpoint;
  /** The server that it leads to; behind a proxy another endpoint than `remote`. */
  readonly server: Endpoint;
  /** What the network sees of its packets, if that is not its own socket but ESP. */
  readonly seenAs?: FiveTuple;
  /** Sends a datagram, or bytes of the stream. Errors go to {@link ChannelListener.lost}. */
  send(data: Buffer): void;
  /** Begins reading. Call it once. A failure that came before is reported at once. */
  listen(listener: ChannelListener): void;
  /** Closes when all that was sent has left. It may wait for the other side, so the caller has to bound the wait. */
  close(): Promise<void>;
  /** Closes at once. */
  destroy(): void;
  /** Closes at once, and tells the listener with this failure that nothing more can come. */
  lose(failure: AttemptFailure): void;
}

/** Returns the socket of a channel as the attempt has announced it. */
export function socketOf({
  transport,
  local,
  remote,
  seenAs,
}: Pick<Channel, 'transport' | 'local' | 'remote' | 'seenAs'>): FiveTuple {
  return seenAs ?? { protocol: transport === 'udp' ? 'udp' : 'tcp', local, remote };
}

export interface ChannelListener {
  /** Takes a datagram, or some bytes of the stream. */
  data(data: Buffer): void;
  /** Called when nothing more can come, but not after {@link Channel.close} or {@link Channel.destroy}. */
  lost(failure: AttemptFailure): void;
}

/**
 * The listener's side of every channel. A loss is reported once, also if it came before there was a listener, and
 * never after the channel's own user has closed it.
 */
export class Listening {
  private listener: ChannelListener | undefined;
  private failure: AttemptFailure | undefined;
  private closed = false;

  attach(listener: ChannelListener): void {
    this.listener = listener;
    if (this.failure !== undefined) listener.lost(this.failure);
  }

  data(data: Buffer): void {
    if (this.closed) return;
    try {
      this.listener?.data(data);
    } catch (error) {
      // Bytes from the network must never end the process, so an error of their reader only loses the channel.
      this.lost(asFailure(error));
    }
  }

  lost(failure: AttemptFailure): void {
    if (this.closed || this.failure !== undefined) return;
    this.failure = failure;
    this.listener?.lost(failure);
  }

  close(): void {
    this.closed = true;
  }
}
