import type { AttemptFailure } from '../failure';
import type { Endpoint, FiveTuple } from '../protocol';
import type { Candidate } from './candidate';

/** What candidates send from (RFC 8445 4: base): a UDP socket of our own, or a relayed address at a TURN server. */
export interface IceBase {
  /** The way that it takes: `udp` for a socket of our own, else that to the TURN server, e.g. `tls:443`. */
  readonly way: string;
  /** The ways on the network that the session could take from here, as far as they are known. */
  readonly ways: readonly FiveTuple[];
  /** The way that datagrams to a remote address take. */
  wayTo(remote: Endpoint): FiveTuple;
  /** First the base's own candidate, then what is derived from it. */
  readonly candidates: readonly Candidate[];
  /**
   * Makes ready for datagrams to and from a remote address; to be called before the first of them. May be called again.
   * @throws AttemptFailure when there is no way there
   */
  open(remote: Endpoint): Promise<void>;
  /** Sends a datagram, which may be lost without a word. */
  send(remote: Endpoint, data: Buffer): void;
  /** Begins reading. What went wrong before is told at once. */
  listen(listener: BaseListener): void;
  /** Closes it and gives back what others hold for it; resolves when that is done, in bounded time. */
  close(): Promise<void>;
}

export interface BaseListener {
  datagram(data: Buffer, from: Endpoint): void;
  /** The lab has seen that nothing can come of datagrams to this address; others may still work. */
  refused(remote: Endpoint, failure: AttemptFailure): void;
  /** Nothing more can come. Not called after {@link IceBase.close}. */
  lost(failure: AttemptFailure): void;
}
