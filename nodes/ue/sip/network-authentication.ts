import { createHash } from 'node:crypto';
import { AttemptFailure } from '../failure';
import { allHeadersOf } from './sip-text';

/**
 * Checks that a network which accepted a registration knows the password too: SIP Digest authenticates both ends (TS
 * 33.203 Annex N; RFC 2617 3.2.3). A network that did not ask for the password has proved nothing either: whoever stands
 * in its place would not ask.
 * @param request the REGISTER with the answer to the network's challenge
 * @param response its 2xx, as `normalised` writes it
 * @param password that of the subscriber, or RES of its USIM (RFC 3310 3.3)
 * @returns the failure of a network that is not the UE's own; undefined if nothing is wrong
 */
export function networkFailure(
  request: string,
  response: string,
  password: string | Buffer,
): AttemptFailure | undefined {
  const [authorization] = allHeadersOf(request, 'Authorization');
  const asked = parametersOf(authorization?.replace(/^Digest\s+/i, '') ?? '');
  if (!asked.get('response')) return untrusted('it did not ask for the password');
  const [info] = allHeadersOf(response, 'Authentication-Info');
  if (info === undefined) return untrusted('its 200 has no Authentication-Info');
  const said = parametersOf(info);
  for (const name of ['cnonce', 'nc'])
    if (said.get(name) !== asked.get(name))
      return untrusted(`its Authentication-Info has another ${name} than the UE has sent`);
  if (said.get('rspauth')?.toLowerCase() !== rspauthOf(asked, password))
    return untrusted('its rspauth is wrong, so it does not know the password');
  return undefined;
}

/** RFC 2617 3.2.3: the digest that the UE made, but with no method in A2. */
function rspauthOf(asked: ReadonlyMap<string, string>, password: string | Buffer): string {
  const of = (name: string): string => asked.get(name) ?? '';
  const a1 = md5(`${of('username')}:${of('realm')}:`, password);
  const a2 = md5(`:${of('uri')}`);
  return md5([a1, of('nonce'), of('nc'), of('cnonce'), of('qop'), a2].join(':'));
}

const md5 = (text: string, more: string | Buffer = ''): string =>
  createHash('md5').update(text).update(more).digest('hex');

/** Reads `name=value, name="value"` (RFC 3261 25.1, auth-param). */
function parametersOf(value: string): ReadonlyMap<string, string> {
  const found = value.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g);
  return new Map([...found].map(([, name, quoted, token]) => [name!.toLowerCase(), quoted ?? token ?? '']));
}

const untrusted = (why: string): AttemptFailure =>
  new AttemptFailure('NETWORK_UNTRUSTED', `the network did not prove that it is the UE's own: ${why}`);
