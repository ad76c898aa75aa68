import { allHeadersOf, headOf } from './sip-text';

interface Capabilities {
  readonly methods: readonly string[];
  readonly extensions: readonly string[];
  /** Media types of bodies, by method; the bodies of other methods are not checked. */
  readonly bodies: Readonly<Record<string, readonly string[]>>;
}

/** The capabilities of this user agent, which its answers to OPTIONS and its refusals announce (RFC 3261 8.2, 11.2). */
export const capabilities: Capabilities = {
  methods: ['INVITE', 'ACK', 'CANCEL', 'BYE', 'MESSAGE', 'OPTIONS', 'UPDATE', 'INFO', 'NOTIFY', 'PRACK'],
  extensions: ['replaces', 'outbound', 'ice', '100rel', 'timer'],
  bodies: {
    INVITE: ['application/sdp'],
    UPDATE: ['application/sdp'],
    /** Notifications of other messages and wrapped ones are accepted and ignored (RFC 5438, RFC 3862). */
    MESSAGE: ['text/plain', 'message/cpim', 'message/imdn+xml'],
  },
};

/** The refusal of a request that asks for something that this user agent lacks. */
export interface Lack {
  readonly code: 405 | 415 | 420;
  readonly phrase: string;
  /** The header field that lists what this user agent has. */
  readonly field: string;
}

/**
 * Returns the refusal of a request that asks for something that is not there; undefined if nothing is
 * missing. It checks, in the order of RFC 3261 8.2, the method, the required extensions and the body,
 * because JsSIP does not check them.
 * @param request the request as `normalised` writes it
 * @param extensions those that may be required
 */
export function lackFor(
  request: string,
  extensions: readonly string[] = capabilities.extensions,
): Lack | undefined {
  const method = request.split(' ', 1)[0] ?? '';
  // 8.2.2.3: neither method can be refused for the extensions that it requires.
  if (method === 'ACK' || method === 'CANCEL') return undefined;
  const { methods, bodies } = capabilities;
  if (!methods.includes(method)) {
    return { code: 405, phrase: 'Method Not Allowed', field: `Allow: ${methods.join(', ')}` };
  }
  const unsupported = allHeadersOf(request, 'Require')
    .flatMap((value) => value.split(','))
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && !extensions.includes(tag.toLowerCase()));
  if (unsupported.length > 0) {
    return { code: 420, phrase: 'Bad Extension', field: `Unsupported: ${unsupported.join(', ')}` };
  }
  const known = bodies[method];
  if (known === undefined || !hasBody(request)) return undefined;
  const unknown = (field: string): Lack => ({ code: 415, phrase: 'Unsupported Media Type', field });
  const [type = ''] = allHeadersOf(request, 'Content-Type');
  if (!known.includes(type)) return unknown(`Accept: ${known.join(', ')}`);
  const [encoding = 'identity'] = allHeadersOf(request, 'Content-Encoding');
  return encoding.toLowerCase() === 'identity' ? undefined : unknown('Accept-Encoding: identity');
}

const hasBody = (message: string): boolean => message.length > headOf(message).length + '\r\n\r\n'.length;
