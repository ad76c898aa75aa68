import { createHash } from 'node:crypto';
import { keyOf } from '../sip/sip-text';

/** What a test can change of a {@link fakeRegistrar}. */
export interface RegistrarOptions {
  /** Changes the Via with which it answers a REGISTER. */
  readonly via?: (via: string) => string;
  /** Further header fields of its 200 to REGISTER; by default P-Associated-URI with the UE's own identity. */
  readonly fields?: readonly string[];
  /** The UE's password, which the network knows; by default `x`. */
  readonly password?: string;
  /** Changes its notification, a list of lines and the body. */
  readonly notify?: (lines: readonly string[], body: string) => string;
}

/**
 * Returns the messages with which a network answers a REGISTER or a SUBSCRIBE of a UE: a challenge
 * to the first REGISTER, else a 200, and to SUBSCRIBE also the
 * notification that the UE's Contact is registered (RFC 3680). Undefined for anything else, also for the UE's answer to
 * that notification, which is no request.
 */
export function fakeRegistrar(text: string, options: RegistrarOptions = {}): string[] | undefined {
  const { via = (same) => same, fields, notify = written, password = 'x' } = options;
  const method = keyOf(text)?.method;
  if (text.startsWith('SIP/2.0 ')) return method === 'NOTIFY' ? [] : undefined;
  const of = (name: string): string => new RegExp(`^${name}: *(.*?)\\r$`, 'im').exec(text)?.[1] ?? '';
  const repeated = ['From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${of(name)}`);
  const ok = ['SIP/2.0 200 OK', ...via(`Via: ${of('Via')}`).split('\r\n'), ...repeated];
  const contact = `Contact: ${of('Contact')}`;
  if (method === 'REGISTER' && of('Authorization') === '') {
    const challenge = 'WWW-Authenticate: Digest realm="b", nonce="n", algorithm=MD5, qop="auth"';
    return [
      written(['SIP/2.0 401 Unauthorized', ...ok.slice(1), `To: ${of('To')};tag=registrar`, challenge], ''),
    ];
  }
  const identity = `P-Associated-URI: ${of('To')}`;
  if (method === 'REGISTER') {
    const proof = proofOf(of('Authorization'), password);
    return [written([...ok, `To: ${of('To')}`, contact, proof, ...(fields ?? [identity])], '')];
  }
  if (method !== 'SUBSCRIBE') return undefined;
  const to = `${of('To')};tag=registrar`;
  const uri = /<([^>]*)>/.exec(of('Contact'))?.[1] ?? '';
  const aor = /<([^>]*)>/.exec(of('To'))?.[1] ?? '';
  return [
    written([...ok, `To: ${to}`, 'Contact: <sip:registrar.example>', `Expires: ${of('Expires')}`], ''),
    notify(
      [
        `NOTIFY ${uri} SIP/2.0`,
        'Via: SIP/2.0/UDP registrar.example;branch=z9hG4bKnotify',
        'Max-Forwards: 70',
        `From: ${to}`,
        `To: ${of('From')}`,
        `Call-ID: ${of('Call-ID')}`,
        'CSeq: 1 NOTIFY',
        'Contact: <sip:registrar.example>',
        'Event: reg',
        'Subscription-State: active;expires=600000',
        'Content-Type: application/reginfo+xml',
      ],
      reginfoOf(aor, uri),
    ),
  ];
}

/** Proves that the network knows the password (RFC 2617 3.2.3), in answer to an Authorization of a UE. */
function proofOf(authorization: string, password: string): string {
  const of = (name: string): string => new RegExp(`${name}="?([^",]*)`).exec(authorization)?.[1] ?? '';
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const a1 = md5(`${of('username')}:${of('realm')}:${password}`);
  const rspauth = md5([a1, of('nonce'), of('nc'), of('cnonce'), 'auth', md5(`:${of('uri')}`)].join(':'));
  return `Authentication-Info: qop=auth, rspauth="${rspauth}", cnonce="${of('cnonce')}", nc=${of('nc')}`;
}

/** Writes the document that says that a contact of an address of record is registered. */
export const reginfoOf = (aor: string, uri: string, state = 'active'): string =>
  `<?xml version="1.0"?>
<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full">
  <registration aor="${aor}" id="a" state="active">
    <contact id="c" state="${state}" event="registered"><uri>${uri.replaceAll('&', '&amp;')}</uri></contact>
  </registration>
</reginfo>`;

/** Writes a message of its lines, with the length of its body. */
export const written = (lines: readonly string[], body: string): string =>
  [...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
