import type { Channel } from '../dialler/channel';
import type { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';

/** The way in which one end gets the connection of an MSRP session. */
export interface MsrpTransport {
  /** An `active` end opens the connection, a `passive` one waits for it. */
  readonly setup: 'active' | 'passive';
  /** Number of TCP connections that were opened for the session so far. */
  readonly connections: number;
  /**
   * Prepares everything that the description of this end needs, such as an allocation.
   * @param lost called when that is lost
   * @returns the address of this end, for its description
   * @throws AttemptFailure if there is no way
   */
  prepare(lost: (failure: AttemptFailure) => void): Promise<Endpoint>;
  /**
   * Opens the connection, or waits for it.
   * @param remote address of the other end
   * @throws AttemptFailure if the connection is not made
   */
  connect(remote: Endpoint): Promise<Channel>;
  /** Releases what {@link prepare} opened. It never fails, and takes no longer than the UE's `goodbye`. */
  release(): Promise<void>;
  /** Frees at once everything but the connection. */
  close(): void;
}
