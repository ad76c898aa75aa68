/**
 * One end's part in the offer/answer of a session (RFC 3264): what is described in SDP, and what carries it. The SIP side
 * asks for descriptions and takes the other end's; it does not know what the session is made of.
 */
export interface SessionMedia {
  /**
   * Opens what is needed and describes it. Called once, by the end that calls, or that is called without an offer (RFC 3261
   * 13.2.1).
   * @returns SDP
   * @throws AttemptFailure when there is no way to carry the session, e.g. no TURN leg
   */
  offer(): Promise<string>;
  /**
   * The same for the end that is called.
   * @param offer SDP
   * @returns SDP
   * @throws AttemptFailure `NOT_ACCEPTABLE` when the offer holds nothing that this end can carry (answered with 488)
   */
  answer(offer: string): Promise<string>;
  /**
   * Answers what the other end offers later (re-INVITE, UPDATE; RFC 3264 8). Without it the first answer is repeated.
   * @throws AttemptFailure `NOT_ACCEPTABLE`, and the session goes on as it was
   */
  reanswer?(offer: string): Promise<string>;
  /**
   * Describes it anew, for a re-INVITE that offers nothing (RFC 3261 14.2); {@link accept} then takes the answer. Without it
   * the last description is repeated, and the answer to that is not read.
   */
  reoffer?(): Promise<string>;
  /**
   * Takes the answer to the offer.
   * @param answer SDP
   * @throws AttemptFailure when it holds nothing that this end can carry
   */
  accept(answer: string): Promise<void>;
  /** Ends it at once and frees everything. May be called twice. */
  close(): void;
}

/** A dialog as one end sees it (RFC 3261 12): what a `Replaces` header names (RFC 3891). */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}
