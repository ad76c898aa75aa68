import type { WayName } from './ways-of-writing';

/** The vocabulary of the firewall's lab test: what is sent across it, and what became of that. */

/** A conversation across the firewall. */
export interface Probe {
  readonly name: string;
  readonly from: 'ue' | 'proxy' | 'server';
  /** `esp`: a bare datagram of IP protocol 50. */
  readonly protocol: 'udp' | 'tcp' | 'esp';
  readonly to: { readonly ip: string; readonly port: number };
  /** Sent one after the other, each when the one before was answered. */
  readonly send: readonly Buffer[];
  /** Instead: SIP inside TLS, written in some way. */
  readonly tls?: TlsTalk;
}

/** A REGISTER of the client that is answered harmlessly, or a response of the server to a harmless request. */
export interface TlsTalk {
  readonly suite: 'null' | 'aes' | 'tls13';
  readonly way: WayName;
  readonly speaks: 'client' | 'server';
  /** What the client says instead of its own REGISTER. */
  readonly request?: string;
  /** Instead of one answer to SIP: so many to what is none, and {@link TlsTimes} as the last answer. */
  readonly rounds?: number;
  /** The web proxy of which a tunnel is asked for by CONNECT. */
  readonly through?: { readonly ip: string; readonly port: number };
}

/** `passes`: everything was answered; otherwise the denied packet that the firewall showed first, or nothing in time. */
export type Outcome =
  | { readonly kind: 'passes'; readonly lastAnswer: Buffer }
  | { readonly kind: 'denied'; readonly rule: string; readonly packet: Buffer; readonly afterMs: number }
  | { readonly kind: 'silence' };

/** What a conversation of many rounds took, in milliseconds. */
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
  /** Speaks first on every TCP connection, as SSH does. */
  banner: '198.19.0.11',
  /** Speaks TLS on port 443. */
  tls: '198.19.0.12',
} as const;

/** A payload that holds this word is answered with what follows it, any other with itself. */
export const answerWith = 'ANSWER:';
/** A datagram that begins with this word is answered to the port that the sender is bound to, as said after it. */
export const answerTo = 'VIA:';
/** A datagram with this text is answered with the address and port that it seems to come from, as `IP:PORT`. */
export const whoAmI = 'WHO AM I';
/** A port where somebody answers datagrams on every host. */
export const echoPort = 3478;

/** What a client is told to do. */
export interface SendOrder {
  readonly protocol: Probe['protocol'];
  readonly to: Probe['to'];
  /** Names the conversation: its local port; of ESP, the upper half of the SPI. */
  readonly localPort: number;
  /** Base64. */
  readonly send: readonly string[];
  readonly tls?: TlsTalk;
}

/** What a client says when a conversation ends. */
export interface SendReport {
  readonly localPort: number;
  /** An errno name; absent when everything was answered. */
  readonly error?: string;
  /** Base64; absent with an error. */
  readonly lastAnswer?: string;
}
