import { capabilities } from './capabilities';
import { C, Grammar, UA } from './jssip-bound';

/** What JsSIP has and does not declare, or does not export the type of. */

// JsSIP announces more capabilities than this UE has.
Object.assign(C, {
  ALLOWED_METHODS: capabilities.methods.join(','),
  ACCEPTED_BODY_TYPES: [...new Set(Object.values(capabilities.bodies).flat())].join(', '),
});

type UaConfiguration = ConstructorParameters<typeof UA>[0];

export type Ua = UA & {
  /** Its disconnect ends every transaction and every timer of one. */
  readonly transport: { disconnect(): void };
  on(event: 'transactionDestroyed', listener: (event: { transaction: ServerTransaction }) => void): unknown;
};
export const UaClass = UA as unknown as new (configuration: UaConfiguration) => Ua;

/** JsSIP's grammar. */
export const grammar = Grammar as {
  /** @returns -1 for what does not follow the rule; throws at some of it */
  parse(text: string, rule: string): unknown;
};

export type Session = ReturnType<UA['call']> & {
  /** Set before a CANCEL, it has JsSIP end the dialog of a 200 that crosses it (RFC 3261 9.1, 15). */
  _is_canceled: boolean;
};

/** As a server transaction, an INVITE's Timer H goes on when it is over. */
export interface ServerTransaction {
  readonly H?: NodeJS.Timeout;
}

/** The parts of a dialog that a message belongs to. */
export interface InDialog {
  readonly call_id: string;
  readonly from_tag: string;
  readonly to_tag: string;
}

/** A request that came in. */
export interface IncomingRequest {
  readonly from: { readonly uri: { toString(): string } };
  /** Empty or nothing where there is none. */
  readonly body?: string;
  getHeader(name: string): string | undefined;
}

export type IncomingInvite = IncomingRequest &
  InDialog & {
    /** The `Replaces` header field (RFC 3891), parsed. */
    readonly replaces?: InDialog;
  };

/** JsSIP's words for how something ended; its own declaration of them needs a browser's types. */
export const causes = {
  bye: 'Terminated',
  requestTimeout: 'Request Timeout',
  canceled: 'Canceled',
  unavailable: 'Unavailable',
  badDescription: 'Bad Media Description',
  missingDescription: 'Missing SDP',
  noAck: 'No ACK',
} as const;
