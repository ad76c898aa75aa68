/** What the driver and the page in the browser say to each other. */

/** What the page registers with. */
export interface PageSettings {
  /** The WebSocket of the P-CSCF, such as `wss://pcscf.home:443`. */
  readonly url: string;
  readonly impu: string;
  readonly impi: string;
  readonly password: string;
  readonly domain: string;
  /** UUID (RFC 5626 4.1). */
  readonly instance: string;
  /** Seconds to ask for. */
  readonly expires: number;
}

/** How the page gets a relayed address. */
export interface TurnSettings {
  /** URI of the TURN server (RFC 7065). */
  readonly url: string;
  readonly username: string;
  readonly credential: string;
}

/** What a call of the page is made with. */
export interface CallSettings {
  readonly turn: TurnSettings;
}

/** The phone in the page, by which the driver has it act; it is the page's global `phone`. */
export interface PagePhone {
  /** Registers, and then subscribes to its registration (TS 24.229 5.1.1.3). */
  register(settings: PageSettings): void;
  /** Sends a message (RFC 3428). */
  message(to: string, text: string): void;
  /** Gets relayed addresses and exchanges data by them. */
  relay(settings: TurnSettings): void;
  /** Calls somebody. */
  call(to: string, settings: CallSettings): void;
  /** Answers every call from now on. */
  answerAll(settings: CallSettings): void;
  /** Ends the call. */
  hangUp(): void;
  /** Deregisters. */
  leave(): void;
}

/** What the page tells. */
export type PageEvent =
  | { readonly type: 'registered'; /** URI of its Contact. */ readonly contact: string }
  | { readonly type: 'unregistered' }
  /** A notification of its registration (RFC 3680). */
  | { readonly type: 'notified'; readonly contentType: string; readonly body: string }
  | { readonly type: 'message-taken' }
  | { readonly type: 'message-came'; readonly text: string }
  | { readonly type: 'call-stands' }
  | { readonly type: 'call-failed'; /** JsSIP's word for why. */ readonly cause: string }
  | { readonly type: 'call-ended' }
  /** Voice has come, and the other end has reported that voice came there. */
  | {
      readonly type: 'both-hear';
      /** Type of this end's candidate. */
      readonly path: string;
      readonly codec: string;
    }
  | { readonly type: 'round-trip'; readonly ms: number }
  | { readonly type: 'relayed' }
  /** There is no relayed address, or nothing passes by it. */
  | { readonly type: 'not-relayed'; readonly text: string }
  | { readonly type: 'wrong-data' }
  | Refused;

/** A request had another end than a 2xx. */
export interface Refused {
  readonly type: 'refused';
  readonly method: string;
  /** JsSIP's word for why. */
  readonly cause: string;
  /** Status and phrase of the response, if there was one. */
  readonly status?: string;
}

/** The name of the function by which the page tells an event, as JSON. */
export const tellBinding = 'tellDriver';
