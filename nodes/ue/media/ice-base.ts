import type { AttemptFailure } from '../failure';
import type { Endpoint, FiveTuple } from '../protocol';
import type { Candidate } from './candidate';

/** The base of candidates (RFC 8445 4): a UDP socket of the UE, or a relayed address at a TURN server. */
export interface IceBase {
  /** The way that it takes: `udp` for a socket of the UE, else the way to the TURN server, e.g. `tls:443`. */
  readonly way: string;
  /** The ways on the network that the session could take from this base, as far as they are known. */
  readonly ways: readonly FiveTuple[];
  /** Returns the way on the network that datagrams to a remote address take. */
  wayTo(remote: Endpoint): FiveTuple;
  /** The base's own candidate, and after it those that are derived from it. */
  readonly candidates: readonly Candidate[];
  /**
   * Prepares for datagrams to and from a remote address. Call it before the first of them; further calls do no harm.
   * @throws AttemptFailure if there is no way there
   */
  open(remote: Endpoint): Promise<void>;
  /** Sends a datagram, which may be lost without an error. */
  send(remote: Endpoint, data: Buffer): void;
  /** Begins reading. A failure that came before is reported at once. */
  listen(listener: BaseListener): void;
  /** Closes the base and releases what a server holds for it. It resolves when that is done, in bounded time. */
  close(): Promise<void>;
}

export interface BaseListener {
  datagram(data: Buffer, from: Endpoint): void;
  /** Called when the lab has seen that datagrams to this address are denied; other addresses may still work. */
  refused(remote: Endpoint, failure: AttemptFailure): void;
  /** Called when nothing more can come, but not after {@link IceBase.close}. */
  lost(failure: AttemptFailure): void;
}
