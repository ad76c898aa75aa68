/** Stable names of what can go wrong; a program may decide by them, the message is for people. */
export const bridgeErrorCodes = [
  // The topology, before anything is started:
  'NAME_NOT_USABLE',
  'DUPLICATE_NAME',
  'UNKNOWN_NODE',
  'ADDRESS_NOT_USABLE',
  'DUPLICATE_ADDRESS',
  'LINK_NOT_USABLE',
  'ROUTE_NOT_USABLE',
  'SWITCH_LOOP',
  // The machine:
  'MISSING_PROGRAM',
  'USER_NAMESPACES_OFF',
  'NO_SUBUID_RANGE',
  'NO_NEW_PRIVILEGES',
  'UNSUPPORTED_BY_KERNEL',
  'NETWORK_START_FAILED',
  // The running network:
  'NETWORK_STOPPED',
  'COMMAND_FAILED',
  'COMMAND_TIMED_OUT',
] as const;
export type BridgeErrorCode = (typeof bridgeErrorCodes)[number];

/** Everything this package throws on purpose: one line, what happened and what to do, and a stable code. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';

  constructor(
    readonly code: BridgeErrorCode,
    message: string,
  ) {
    super(message.replace(/\s*\n\s*/g, ' | ').trim());
  }
}
