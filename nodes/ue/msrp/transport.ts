import type { Channel } from '../dialler/channel';
import type { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';

/** How one end gets the connection of one MSRP session. */
export interface MsrpTransport {
  /** Whether this end opens the connection or waits for it. */
  readonly setup: 'active' | 'passive';
  /** How many TCP connections were opened for the session so far. */
  readonly connections: number;
  /**
   * Gets ready.
   * @param lost called when what the session needs besides its connection is gone
   * @returns where this end is, for its description
   * @throws AttemptFailure why there is no way
   */
  prepare(lost: (failure: AttemptFailure) => void): Promise<Endpoint>;
  /**
   * Opens the connection, or waits for it.
   * @param remote where the other end is
   * @throws AttemptFailure why it does not come about
   */
  connect(remote: Endpoint): Promise<Channel>;
  /** Takes leave of what {@link prepare} opened; never fails, and takes no longer than the UE's `goodbye`. */
  release(): Promise<void>;
  /** Frees everything but the connection at once. */
  close(): void;
}
