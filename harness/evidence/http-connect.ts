/** One CONNECT and its answer, before the bytes of the tunnel (RFC 9110 9.3.6). */
export interface ConnectExchange {
  /** The authority asked for, e.g. `pcscf.example:443`. */
  readonly target: string;
  /** Status of the answer; missing when it did not come. */
  readonly status?: number;
}

/** The heads of one exchange, in the streams of the two directions. */
export interface ConnectHeads {
  readonly request: Span;
  /** Missing when it did not come. */
  readonly answer?: Span;
}

/** Bytes of a stream, from the one at `begin` to the one before `end`. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

/** The CONNECTs at the start of a connection, and the offset of the tunnelled bytes in each direction. */
export interface ConnectPrefix {
  readonly exchanges: readonly ConnectExchange[];
  /** Where each of the exchanges stands. */
  readonly heads: readonly ConnectHeads[];
  readonly clientOffset: number;
  readonly serverOffset: number;
}

/**
 * Reads the CONNECT exchanges at the start of a connection's bytes. After a refusal (say 407) the client may
 * ask again on the same connection; the refusal's body is skipped by its Content-Length.
 */
export function readConnects(client: Uint8Array, server: Uint8Array): ConnectPrefix {
  const exchanges: ConnectExchange[] = [];
  const heads: ConnectHeads[] = [];
  let clientOffset = 0;
  let serverOffset = 0;
  for (;;) {
    const request = readHead(client, clientOffset);
    const target = /^CONNECT (\S+) HTTP\/1\.[01]$/.exec(request?.lines[0] ?? '')?.[1];
    if (!request || target === undefined) break;
    const asked = { begin: clientOffset, end: request.end };
    clientOffset = request.end;
    const answer = readHead(server, serverOffset);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer?.lines[0] ?? '')?.[1]);
    if (!answer || Number.isNaN(status)) {
      exchanges.push({ target });
      heads.push({ request: asked });
      break;
    }
    exchanges.push({ target, status });
    heads.push({ request: asked, answer: { begin: serverOffset, end: answer.end } });
    serverOffset = answer.end;
    if (status >= 200 && status < 300) break; // a 2xx to CONNECT has no body; the tunnel begins
    serverOffset += contentLength(answer.lines);
  }
  return { exchanges, heads, clientOffset, serverOffset };
}

/** Longest head that is read, in bytes. No UE or proxy of the lab sends a longer one. */
const longestHead = 16 * 1024;

function readHead(bytes: Uint8Array, offset: number): { lines: string[]; end: number } | undefined {
  const text = Buffer.from(bytes.subarray(offset, offset + longestHead)).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? undefined : { lines: text.slice(0, end).split('\r\n'), end: offset + end + 4 };
}

function contentLength(lines: readonly string[]): number {
  for (const line of lines) {
    const digits = /^content-length:\s*(\d{1,9})\s*$/i.exec(line)?.[1];
    if (digits !== undefined) return Number(digits);
  }
  return 0;
}
