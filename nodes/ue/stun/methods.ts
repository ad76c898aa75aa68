/** The methods of STUN (RFC 8489 18.2), TURN (RFC 8656 17) and TURN for TCP (RFC 6062 6.1). */
export const methods = {
  BINDING: 0x001,
  ALLOCATE: 0x003,
  REFRESH: 0x004,
  SEND: 0x006,
  DATA: 0x007,
  CREATE_PERMISSION: 0x008,
  CHANNEL_BIND: 0x009,
  CONNECT: 0x00a,
  CONNECTION_BIND: 0x00b,
  CONNECTION_ATTEMPT: 0x00c,
} as const;
export type Method = keyof typeof methods;

/** Returns the name of a method as RFCs write it, such as `CreatePermission` for `CREATE_PERMISSION`. */
export function nameOf(method: Method): string {
  return method
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
