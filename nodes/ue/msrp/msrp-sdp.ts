import { randomInt } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { parse, write } from 'sdp-transform';
import { AttemptFailure, messageOf } from '../failure';
import type { Endpoint } from '../protocol';
import { readMsrpUri } from './msrp-uri';

/** The role in opening the connection (RFC 4145 4, for MSRP RFC 6135). An offer may leave it to the answer. */
export type Setup = 'active' | 'passive' | 'actpass' | 'holdconn';

/** The description of an MSRP session in one end's SDP (RFC 4975 8). */
export interface MsrpDescription {
  /** Address of the end; the port is 9 if it accepts no connection (RFC 4145 4.1). */
  readonly at: Endpoint;
  /** The URIs of a=path. */
  readonly path: string;
  readonly setup: Setup;
  /** Accepted media types; `*` for all. */
  readonly types: readonly string[];
}

/** Describes a session of one MSRP stream over TCP. */
export function writeMsrpSdp({ at, path, setup, types }: MsrpDescription): string {
  return write({
    version: 0,
    origin: {
      username: '-',
      sessionId: randomInt(1, 2 ** 47),
      sessionVersion: 1,
      netType: 'IN',
      ipVer: 4,
      address: at.ip,
    },
    name: '-',
    connection: { version: 4, ip: at.ip },
    timing: { start: 0, stop: 0 },
    media: [
      {
        type: 'message',
        port: at.port,
        protocol: 'TCP/MSRP',
        payloads: '*',
        rtp: [],
        fmtp: [],
        setup,
        // The library has no grammar for these attributes; it writes `invalid` ones unchanged.
        invalid: [{ value: `accept-types:${types.join(' ')}` }, { value: `path:${path}` }],
      },
    ],
  });
}

/**
 * Reads the other end's description of the first MSRP stream that is not refused.
 * @throws AttemptFailure `NOT_ACCEPTABLE` if there is none that this end could carry
 */
export function readMsrpSdp(sdp: string): MsrpDescription {
  const session = parsed(sdp);
  const media = session.media.find(
    ({ type, protocol, port }) => type === 'message' && protocol === 'TCP/MSRP' && port !== 0,
  );
  if (media === undefined) throw unacceptable('there is no MSRP over TCP in the description');
  const attributes = new Map(
    (media.invalid ?? []).map((attribute) => {
      // The value is declared as text, but the library turns a numeric one into a number.
      const value = String(attribute.value);
      const colon = value.indexOf(':');
      return [value.slice(0, colon).toLowerCase(), value.slice(colon + 1).trim()] as const;
    }),
  );
  const path = attributes.get('path') ?? '';
  const uris = path.split(/\s+/).map(readMsrpUri);
  // The connection goes to the first URI of the path, and not to the address in c= and m= (RFC 4975 8.1).
  const [next] = uris;
  if (next === undefined || uris.includes(undefined)) throw unacceptable('the description has no a=path');
  if (next.scheme !== 'msrp' || next.transport !== 'tcp') {
    throw unacceptable(`the path needs ${next.scheme} over ${next.transport}`);
  }
  if (!isIPv4(next.host)) throw unacceptable(`the path's host ${next.host} is no IPv4 address`);
  return {
    // RFC 4975 6: the default port is 2855.
    at: { ip: next.host, port: next.port ?? 2855 },
    path,
    setup: setupOf(media.setup ?? session.setup),
    types: (attributes.get('accept-types') ?? '').toLowerCase().split(/\s+/),
  };
}

/** Says whether an end with these accepted types takes this type. */
export function takesType(types: readonly string[], type: string): boolean {
  return types.some((taken) => taken === '*' || taken === type || taken === `${type.split('/')[0] ?? ''}/*`);
}

function parsed(sdp: string): ReturnType<typeof parse> {
  try {
    return parse(sdp);
  } catch (error) {
    throw unacceptable(`the description cannot be read (${messageOf(error)})`);
  }
}

/** Reads a=setup. Without it the end is active (RFC 4145 4.1), as the offerer is in RFC 4975 5.4. */
function setupOf(setup: string | undefined): Setup {
  switch (setup) {
    case undefined:
    case 'active':
      return 'active';
    case 'passive':
    case 'actpass':
    case 'holdconn':
      return setup;
    default:
      throw unacceptable(`a=setup:${setup} is unknown`);
  }
}

function unacceptable(text: string): AttemptFailure {
  return new AttemptFailure('NOT_ACCEPTABLE', text);
}
