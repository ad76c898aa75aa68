import type { WayName } from './ways-of-writing';

/** The vocabulary of the firewall's lab test: conversations across the firewall, and their outcomes. */

/** A conversation across the firewall. */
export interface Probe {
  readonly name: string;
  readonly from: 'ue' | 'proxy' | 'server';
  /** `esp`: a bare datagram of IP protocol 50. */
  readonly protocol: 'udp' | 'tcp' | 'esp';
  readonly to: { readonly ip: string; readonly port: number };
  /** Payloads that are sent one after the other, each when the one before was answered. */
  readonly send: readonly Buffer[];
  /** If set, the conversation is SIP inside TLS, written in some way, instead of these payloads. */
  readonly tls?: TlsTalk;
}

/** Either a REGISTER of the client with a harmless answer, or a SIP response of the server to a harmless request. */
export interface TlsTalk {
  readonly suite: 'null' | 'aes' | 'aes alone' | 'tls13';
  readonly way: WayName;
  readonly speaks: 'client' | 'server';
  /** Text that the client sends instead of its own REGISTER. */
  readonly request?: string;
  /**
   * If set, the client sends so many harmless requests instead of SIP, and the last
   * answer is {@link TlsTimes} as JSON.
   */
  readonly rounds?: number;
  /** The web proxy that the client asks for a tunnel by CONNECT. */
  readonly through?: { readonly ip: string; readonly port: number };
}

/** `passes`: everything was answered. `denied`: the firewall's first denied packet. `silence`: neither came in time. */
export type Outcome =
  | { readonly kind: 'passes'; readonly lastAnswer: Buffer }
  | { readonly kind: 'denied'; readonly rule: string; readonly packet: Buffer; readonly afterMs: number }
  | { readonly kind: 'silence' };

/** Durations in a conversation of many rounds, in milliseconds. */
export interface TlsTimes {
  /** From the SYN to the end of the handshake. */
  readonly setUp: number;
  /** From a request to its answer. */
  readonly rounds: readonly number[];
}

/** Addresses of the test network: access network 7 of the lab. */
export const at = {
  ue: '10.89.7.2',
  proxy: '10.89.7.3',
  inside: '10.89.7.1',
  subnet: '10.89.7.0/24',
  outside: '198.19.1.17',
  server: '198.19.0.10',
  /** A server here speaks first on every TCP connection, as SSH does. */
  banner: '198.19.0.11',
  /** A server here speaks TLS on port 443. */
  tls: '198.19.0.12',
} as const;

/** A payload that holds this word is answered with the bytes after it; any other payload is answered with itself. */
export const answerWith = 'ANSWER:';
/**
 * A datagram that begins with this word is answered to the port that follows the
 * word, to which its sender is bound.
 */
export const answerTo = 'VIA:';
/** A datagram with this text is answered with the address and port that it seems to come from, as `IP:PORT`. */
export const whoAmI = 'WHO AM I';
/** A port at which every host answers datagrams. */
export const echoPort = 3478;

/** An order to a client to hold a conversation. */
export interface SendOrder {
  readonly protocol: Probe['protocol'];
  readonly to: Probe['to'];
  /** Local port of the conversation, which also names it; for ESP the upper half of the SPI. */
  readonly localPort: number;
  /** Base64. */
  readonly send: readonly string[];
  readonly tls?: TlsTalk;
}

/** A client's report of a conversation that has ended. */
export interface SendReport {
  readonly localPort: number;
  /** An errno name; absent when everything was answered. */
  readonly error?: string;
  /** Base64; absent with an error. */
  readonly lastAnswer?: string;
}
