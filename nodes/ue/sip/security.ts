import type { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { SipStatus } from './sip-text';

/** What SIP says of the way to the P-CSCF that it takes. */
export interface Hop {
  /** Address and port in Via, at which answers are awaited. */
  readonly sentBy: Endpoint;
  /** Whether answers are to come back to where the request came from (RFC 3581), and not to `sentBy`. */
  readonly rport: boolean;
  /** Whether this end has outbound (RFC 5626) and ICE on this way. */
  readonly outbound: boolean;
  /** Whether the way is protected, by TLS or by security associations. */
  readonly isProtected: boolean;
  /** The header fields of the security agreement (RFC 3329) in every request but ACK and CANCEL. */
  readonly agreement: readonly string[];
}

/**
 * How a subscriber and the network prove to each other who they are when the subscriber registers, and how that protects
 * the way. Each security of a rung has one.
 */
export interface SipSecurity {
  /** What JsSIP gets of it. Without a password it hands every challenge over. */
  readonly credentials: { readonly authorization_user: string; readonly password?: string };
  /** The way as it is now. */
  readonly hop: Hop;
  /**
   * Begins a registration, its renewal or its end.
   * @returns header fields of the REGISTER
   * @throws AttemptFailure
   */
  begin(): readonly string[] | Promise<readonly string[]>;
  /**
   * Answers a challenge that JsSIP has handed over; it is missing where JsSIP answers.
   * @param response the 401, as `normalised` writes it
   * @returns header fields of the next REGISTER
   * @throws AttemptFailure why there will be none
   */
  answer?(response: string): Promise<readonly string[]>;
  /**
   * Returns what is wrong with a network that has accepted a registration.
   * @param request the REGISTER as it was sent
   * @param response its 2xx, as `normalised` writes it
   */
  faultOf(request: string, response: string): AttemptFailure | undefined;
  /** Takes the 2xx to a REGISTER, as `normalised` writes it, in which nothing is wrong. */
  accepted(response: string): void;
  /** Returns why a REGISTER was refused, if that is known better than by the status; `status` is missing for no answer. */
  refusal(status: SipStatus | undefined): AttemptFailure | undefined;
}
