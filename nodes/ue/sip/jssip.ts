import type { UeTimers } from '../timers';
import { capabilities } from './capabilities';
import { C, Grammar, Timers, UA } from './jssip-bound';

/** Types for the parts of JsSIP that it does not declare, or whose types it does not export. */

// JsSIP announces more capabilities than this UE has, and begins Max-Forwards at 69 (RFC 3261 8.1.1.6: at 70).
Object.assign(C, {
  MAX_FORWARDS: 70,
  // RFC 4028 4 recommends half an hour; JsSIP has the least that is allowed, 90 s.
  SESSION_EXPIRES: 1800,
  ALLOWED_METHODS: capabilities.methods.join(','),
  ACCEPTED_BODY_TYPES: [...new Set(Object.values(capabilities.bodies).flat())].join(', '),
});

/** JsSIP's subscription (RFC 6665), with the parts that it does not declare. */
export type Subscription = ReturnType<UA['subscribe']> & {
  readonly _params: { readonly call_id: string };
  /** Null until the 200 has come. */
  readonly _dialog: unknown;
  readonly _expires_timer: NodeJS.Timeout | null;
};

/**
 * Has JsSIP use these timers from now on. All user agents of a process have them in common. Those that are 0 over a
 * reliable transport, for which JsSIP takes its own, stay so.
 */
export function useTimers({ sipT1, sipT2, sipT4 }: Pick<UeTimers, 'sipT1' | 'sipT2' | 'sipT4'>): void {
  const last = 64 * sipT1;
  Object.assign(Timers, { T1: sipT1, T2: sipT2, T4: sipT4 });
  for (const timer of ['B', 'F', 'H', 'L', 'M']) Timers[`TIMER_${timer}`] = last;
}

type UaConfiguration = ConstructorParameters<typeof UA>[0];

export type Ua = UA & {
  /** Disconnecting ends every transaction and its timers. */
  readonly transport: { disconnect(): void };
  readonly contact: { toString(options: { outbound: boolean }): string };
  on(event: 'transactionDestroyed', listener: (event: { transaction: ServerTransaction }) => void): unknown;
};
export const UaClass = UA as unknown as new (configuration: UaConfiguration) => Ua;

/**
 * Tells JsSIP that the UE is registered still. It takes an end of the registration that is refused, even by a challenge,
 * for the end, and would not ask again.
 */
export function stillRegistered(ua: Ua): void {
  Object.assign(ua.registrator(), { _registered: true });
}

/** JsSIP's grammar. */
export const grammar = Grammar as {
  /** @returns -1 if the text does not follow the rule; for some texts it throws instead */
  parse(text: string, rule: string): unknown;
};

export type Session = ReturnType<UA['call']> & {
  /**
   * Sends a re-INVITE with an offer. JsSIP's own `renegotiate` ends the session if it is refused, against RFC 3261 14.1.
   */
  _sendReinvite(options: {
    readonly eventHandlers: {
      succeeded(): void;
      /** Gets the response that refuses; undefined if its answer was not acceptable. */
      failed(response?: { readonly status_code: number; readonly reason_phrase: string }): void;
    };
  }): void;
  /** The dialogs that provisional responses have begun. */
  readonly _earlyDialogs: Readonly<Record<string, EarlyDialog>>;
  /** Takes a request within the dialog. */
  receiveRequest(request: InDialogRequest): void;
  /** Sends a request within the dialog. */
  sendRequest(method: string, options?: { extraHeaders?: readonly string[]; body?: string }): unknown;
  /** If it is set before a CANCEL, JsSIP ends the dialog of a 200 that crosses the CANCEL (RFC 3261 9.1, 15). */
  _is_canceled: boolean;
};

/** A server transaction. JsSIP lets Timer H of an INVITE run on when the transaction is over. */
export interface ServerTransaction {
  readonly H?: NodeJS.Timeout;
}

/** The parts of a dialog that a message belongs to. */
export interface InDialog {
  readonly call_id: string;
  readonly from_tag: string;
  readonly to_tag: string;
}

interface EarlyDialog {
  readonly id: { readonly remote_tag: string };
  sendRequest(
    method: string,
    options: {
      readonly extraHeaders: readonly string[];
      readonly eventHandlers: Readonly<Record<string, () => void>>;
    },
  ): unknown;
}

/** A request that came in within a dialog. */
export interface InDialogRequest extends IncomingRequest {
  readonly method: string;
  reply(code: number): void;
}

/** A request that came in. */
export interface IncomingRequest {
  readonly from: { readonly uri: { toString(): string } };
  /** The body; empty or undefined if there is none. */
  readonly body?: string;
  getHeader(name: string): string | undefined;
}

export type IncomingInvite = IncomingRequest &
  InDialog & {
    readonly cseq: number;
    /** Answers it; JsSIP does so too, also with the 180. */
    reply(code: number, reason?: string | null, extraHeaders?: readonly string[], ...rest: unknown[]): void;
    /** The `Replaces` header field (RFC 3891), parsed. */
    readonly replaces?: InDialog;
  };

/**
 * JsSIP's words for how something ended. They are repeated here because JsSIP's own
 * declaration needs a browser's types.
 */
export const causes = {
  bye: 'Terminated',
  requestTimeout: 'Request Timeout',
  canceled: 'Canceled',
  unavailable: 'Unavailable',
  badDescription: 'Bad Media Description',
  missingDescription: 'Missing SDP',
  noAck: 'No ACK',
} as const;
