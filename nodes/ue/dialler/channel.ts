import { asFailure } from '../failure';
import type { AttemptFailure } from '../failure';
import type { Endpoint, FiveTuple } from '../protocol';

/** A way to a server that is open: a UDP socket, a TCP connection or TLS on one. SIP and TURN see only this. */
export interface Channel {
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** The socket's own address, as it stands in the first packet's header. */
  readonly local: Endpoint;
  /** Where its packets go: to the server, or to the proxy. */
  readonly remote: Endpoint;
  /** A datagram, or bytes of the stream. Errors are told to {@link ChannelListener.lost}. */
  send(data: Buffer): void;
  /** Begins reading. To be called once; what went wrong before is told at once. */
  listen(listener: ChannelListener): void;
  /** Closes after what was sent has left. May wait for the other side to take it: bound it. */
  close(): Promise<void>;
  /** Closes at once. */
  destroy(): void;
  /** Closes at once and tells the listener that nothing more can come, and why. */
  lose(failure: AttemptFailure): void;
}

/** The socket of a channel, as the attempt was told of it. */
export function socketOf({
  transport,
  local,
  remote,
}: Pick<Channel, 'transport' | 'local' | 'remote'>): FiveTuple {
  return { protocol: transport === 'udp' ? 'udp' : 'tcp', local, remote };
}

export interface ChannelListener {
  /** A datagram, or some bytes of the stream. */
  data(data: Buffer): void;
  /** Nothing more can come. Not called after {@link Channel.close} or {@link Channel.destroy}. */
  lost(failure: AttemptFailure): void;
}

/**
 * The listener's side of every channel: loss is told once, also when it came before anybody listened,
 * and never after the channel's own user closed it.
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
      // What came from the network must never end the process, whatever it made its reader do.
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
