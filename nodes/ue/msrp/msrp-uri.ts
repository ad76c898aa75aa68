import { randomBytes } from 'node:crypto';
import type { Endpoint } from '../protocol';

/** An MSRP URI (RFC 4975 6): the address of one end, and the id of its session. */
export interface MsrpUri {
  readonly scheme: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly session: string;
  readonly transport: string;
}

const pattern =
  /^(msrps?):\/\/(?:[^@/]*@)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?\/([A-Za-z0-9._~+=/-]+);([A-Za-z0-9]+)((?:;[^;\s]+)*)$/i;

/** Reads a URI; undefined if the text is none. */
export function readMsrpUri(text: string): MsrpUri | undefined {
  const [, scheme, host, port, session, transport] = pattern.exec(text) ?? [];
  if (scheme === undefined || host === undefined || session === undefined || transport === undefined) {
    return undefined;
  }
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && number > 65_535) return undefined;
  return {
    scheme: scheme.toLowerCase(),
    host: host.toLowerCase(),
    port: number,
    session,
    transport: transport.toLowerCase(),
  };
}

/**
 * Says whether two texts are the same URI (RFC 4975 6.1: the session id is case-sensitive,
 * user and parameters are ignored).
 */
export function isSameUri(one: string, other: string): boolean {
  const [a, b] = [readMsrpUri(one), readMsrpUri(other)];
  if (a === undefined || b === undefined) return false;
  return (
    a.scheme === b.scheme &&
    a.host === b.host &&
    a.port === b.port &&
    a.session === b.session &&
    a.transport === b.transport
  );
}

/** Says whether two paths have the same URIs in the same order. */
export function isSamePath(one: string, other: string): boolean {
  const [a, b] = [one.trim().split(/\s+/), other.trim().split(/\s+/)];
  return a.length === b.length && a.every((uri, index) => isSameUri(uri, b[index] ?? ''));
}

/** Makes a URI for a new session, whose id cannot be guessed (RFC 4975 14.1: at least 80 bits). */
export function newMsrpUri({ ip, port }: Endpoint): string {
  return `msrp://${ip}:${port}/${randomBytes(12).toString('hex')};tcp`;
}
