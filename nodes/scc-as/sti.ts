import { randomBytes } from 'node:crypto';
import { homeDomain } from '../home-network';

/**
 * The static session transfer identifier: a public service identity of the home network (TS 23.003 13.5), by which a
 * UE reaches the SCC AS that has its sessions (TS 23.237). It names no session; that is what Replaces or
 * Target-Dialog is for.
 */
export const staticSti = `sip:session-transfer@${homeDomain}`;

const dynamicUser = /^sti-[0-9a-f]{16}$/;

/**
 * Makes a dynamic session transfer identifier: a SIP URI that leads to the AS and means one session. It is the AS's
 * Contact in the dialog with the served user, so it reaches the UE with the session.
 */
export const newDynamicSti = (at: { readonly address: string; readonly port: number }): string =>
  `sip:sti-${randomBytes(8).toString('hex')}@${at.address}:${at.port}`;

/** What a Request-URI is to the AS: its static STI, a dynamic one, or the URI of somebody else. */
export type StiKind = 'static' | 'dynamic' | 'none';

/**
 * Tells what kind of STI a URI is. Its parameters do not matter, nor how its scheme and host are spelt (RFC 3261
 * 19.1.4).
 * @param own the static STI of this AS
 */
export function stiKindOf(uri: string, own: string): StiKind {
  const { user, host } = partsOf(uri);
  const mine = partsOf(own);
  if (user === mine.user && host === mine.host) return 'static';
  return dynamicUser.test(user) ? 'dynamic' : 'none';
}

/** Says whether two URIs are the same STI. */
export function isSameSti(one: string, other: string): boolean {
  const [first, second] = [partsOf(one), partsOf(other)];
  return first.user !== '' && first.user === second.user && first.host === second.host;
}

function partsOf(uri: string): { readonly user: string; readonly host: string } {
  const match = /^\s*<?\s*sips?:([^@;?>\s]+)@([^;?>\s]+)/i.exec(uri);
  return { user: match?.[1] ?? '', host: (match?.[2] ?? '').toLowerCase() };
}
