import type { Endpoint } from '../ue/protocol';

/** One transaction of a web proxy, as its log or an observer of its connections tells it. */
export interface ProxyLogEntry {
  /** Time of its end, milliseconds since the epoch. */
  readonly at: number;
  readonly client: Endpoint;
  /** True if the proxy itself denied the request, by its policy or for missing credentials. */
  readonly isDenied: boolean;
  /** Status sent to the client; 0 when none was. */
  readonly httpStatus: number;
  /** Missing when no request could be read. */
  readonly method: string | undefined;
  /** The authority of a CONNECT, the URL of another request, or the proxy's own word for what it could not read. */
  readonly target: string;
  /** The server that the proxy connected to, or tried to; missing when it is not told. */
  readonly server: Endpoint | undefined;
  /** Local port of the proxy's connection to the server; missing when it was not established. */
  readonly localPort: number | undefined;
  /**
   * The proxy's treatment of TLS in a tunnel, in squid's words: `splice`, `bump`...; missing when the proxy does
   * not look into it.
   */
  readonly bumpMode: string | undefined;
  /** The proxy's error and its detail, e.g. `ERR_CONNECT_FAIL/errno=111`. */
  readonly error: string | undefined;
}

/** The log of a web proxy from which evidence is read. */
export interface ProxyLogFormat {
  /** The file in the proxy's folder to which it writes a line when a transaction ends. */
  readonly file: string;
  /** Reads one line; returns undefined when it does not have the format. */
  read(line: string): ProxyLogEntry | undefined;
}
