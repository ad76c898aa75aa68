import { createRequire } from 'node:module';
import UA = require('jssip/lib/UA');
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRequest } from 'jssip/lib/SIPMessage';
import type { UA as JsSipUa, UAConfiguration } from 'jssip/lib/UA';
import { capabilities } from './capabilities';

/** What JsSIP has and does not declare. */

const constants = createRequire(__filename)('jssip/lib/Constants') as Record<string, unknown>;

// What JsSIP says of itself is more than there is behind it here.
Object.assign(constants, {
  ALLOWED_METHODS: capabilities.methods.join(','),
  ACCEPTED_BODY_TYPES: [...new Set(Object.values(capabilities.bodies).flat())].join(', '),
});

export type Ua = JsSipUa & {
  /** Its disconnect ends every transaction and every timer of one. */
  readonly transport: { disconnect(): void };
  on(event: 'transactionDestroyed', listener: (event: { transaction: ServerTransaction }) => void): unknown;
};
export const UaClass = UA as unknown as new (configuration: UAConfiguration) => Ua;

export type Session = RTCSession & {
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

export type IncomingInvite = IncomingRequest &
  InDialog & {
    /** The `Replaces` header field (RFC 3891), parsed. */
    readonly replaces?: InDialog;
  };

/** JsSIP's words for how something ended; `Constants` loads only with a browser's types. */
export const causes = {
  bye: 'Terminated',
  requestTimeout: 'Request Timeout',
  canceled: 'Canceled',
  unavailable: 'Unavailable',
  badDescription: 'Bad Media Description',
  missingDescription: 'Missing SDP',
  noAck: 'No ACK',
} as const;
