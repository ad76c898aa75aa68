/**
 * One end's part in the offer/answer of a session (RFC 3264): it describes the media in SDP and
 * carries them. The SIP side asks it for descriptions and gives it those of the other end, without
 * knowing what the session consists of.
 */
export interface SessionMedia {
  /**
   * Opens the session's sockets and describes them. It is called once, at the end that calls, or that is called
   * without an offer (RFC 3261 13.2.1).
   * @returns SDP
   * @throws AttemptFailure if there is no way to carry the session, e.g. no TURN leg
   */
  offer(): Promise<string>;
  /**
   * Opens the session's sockets and describes them in answer to an offer, at the end that is called.
   * @param offer SDP
   * @returns SDP
   * @throws AttemptFailure `NOT_ACCEPTABLE` if the offer holds nothing that this end can carry (answered with 488)
   */
  answer(offer: string): Promise<string>;
  /**
   * Answers a later offer of the other end (re-INVITE, UPDATE; RFC 3264 8). Without this
   * method the first answer is repeated.
   * @throws AttemptFailure `NOT_ACCEPTABLE`; the session then goes on unchanged
   */
  reanswer?(offer: string): Promise<string>;
  /**
   * Describes the session anew, for a re-INVITE without an offer (RFC 3261 14.2); {@link accept} then takes the
   * answer. Without this method the last description is repeated, and the answer to it is not read.
   */
  reoffer?(): Promise<string>;
  /**
   * Takes the answer to the offer.
   * @param answer SDP
   * @throws AttemptFailure if it holds nothing that this end can carry
   */
  accept(answer: string): Promise<void>;
  /** Takes that the latest offer, a later one than the first, was refused: the session goes on as it was (RFC 3264 8). */
  refused?(): void;
  /** Resolves if the session needs a later offer by itself, which {@link reoffer} makes. */
  readonly offerDue?: Promise<void>;
  /** Ends the session at once and frees everything. It may be called twice. */
  close(): void;
}

/** A dialog as one end sees it (RFC 3261 12). A `Replaces` header names a dialog in this way (RFC 3891). */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

/** The key of a dialog; equal for equal dialogs only, since none of its parts can hold a space. */
export const keyOfDialog = ({ callId, localTag, remoteTag }: DialogId): string =>
  `${callId} ${localTag} ${remoteTag}`;
