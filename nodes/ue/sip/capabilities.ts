import { allHeadersOf, headOf } from './sip-text';

interface Capabilities {
  readonly methods: readonly string[];
  readonly extensions: readonly string[];
  /** Bodies by method; the bodies of other methods are not checked. */
  readonly bodies: Readonly<Record<string, readonly string[]>>;
}

/** What this user agent has, as its answers to OPTIONS and its refusals say it (RFC 3261 8.2, 11.2). */
export const capabilities: Capabilities = {
  methods: ['INVITE', 'ACK', 'CANCEL', 'BYE', 'MESSAGE', 'OPTIONS', 'UPDATE', 'INFO', 'NOTIFY'],
  extensions: ['replaces', 'outbound', 'ice'],
  bodies: {
    INVITE: ['application/sdp'],
    UPDATE: ['application/sdp'],
    /** A notification of another message, or a wrapped one, is taken and means nothing here (RFC 5438, RFC 3862). */
    MESSAGE: ['text/plain', 'message/cpim', 'message/imdn+xml'],
  },
};

/** What a request asks for and is not there. */
export interface Lack {
  readonly code: 405 | 415 | 420;
  readonly phrase: string;
  /** The header field that says what there is instead. */
  readonly field: string;
}

/**
 * What a request asks for that is not there, in the order of RFC 3261 8.2: its method, what it requires, its body. JsSIP
 * looks at none of them where it does not know better.
 * @param request as `normalised` writes it
 */
export function lackFor(request: string): Lack | undefined {
  const method = request.split(' ', 1)[0] ?? '';
  // 8.2.2.3: neither can be refused for what it requires.
  if (method === 'ACK' || method === 'CANCEL') return undefined;
  const { methods, extensions, bodies } = capabilities;
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
