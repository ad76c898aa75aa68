import type { Endpoint } from '../../kit/endpoint';
import type { MsrpRequest, MsrpResponse } from '../../nodes/ue/msrp/msrp-framer';
import type { StunMessage } from '../../nodes/ue/stun/message';
import type { SipText } from './sip-message';

/** Where in a run something was seen. */
export interface Sighting {
  /** The capture's path in the run's folder, such as `captures/8-ue-side.pcap`. */
  readonly capture: string;
  /** The packet's number in the capture, from 1, as Wireshark counts. */
  readonly frame: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** Who speaks SIP in a run. Whatever stands behind the P-CSCF in the core is `core`. */
export type Party = 'ue' | 'pcscf' | 'core';

/** A packet with two ends. Behind a web proxy, the proxy is the other end of what goes by CONNECT. */
export interface Packet extends Sighting {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Number of the TCP connection in its capture; undefined for UDP. */
  readonly stream?: number;
}

/** A SIP message that was seen at the UE, or between the P-CSCF and the core. */
export interface SipMessage extends Packet, SipText {
  readonly from: Party;
  readonly to: Party;
  readonly transport: 'udp' | 'tcp' | 'tls' | 'wss';
  /** Present if it came over security associations of IPsec (TS 33.203 7). */
  readonly isInEsp?: true;
}

/** A request that was answered. It was seen where its final response was. */
export interface Exchange extends Sighting {
  readonly request: SipMessage;
  readonly provisional: readonly SipMessage[];
  readonly final: SipMessage;
}

/** All messages of one Call-ID in one capture, in the order of time. */
export interface Conversation extends Sighting {
  readonly callId: string;
  readonly messages: readonly SipMessage[];
}

/** A TLS connection being set up, seen where the ClientHello was. */
export interface TlsHandshake extends Packet {
  readonly stream: number;
  /** The cipher suites of the ClientHello in its order, as IANA numbers them. */
  readonly offered: readonly number[];
  /** The server name that the ClientHello asks for (RFC 6066 3). */
  readonly serverName?: string;
  /** The suite of the ServerHello; undefined if none was seen. */
  readonly chosen?: number;
  /** The names in the server's own certificate; undefined if it sent none, as when a session is resumed. */
  readonly certificate?: CertificateNames;
  /**
   * Says whether an authority that the UE trusts has signed that certificate; undefined if the run does not have what the
   * UE trusts.
   */
  readonly isTrusted?: boolean;
  /** Present if the client went on when it had the certificate: with its key exchange, or in TLS 1.3 with its Finished. */
  readonly wentOn?: true;
}

/** The names that a certificate carries. */
export interface CertificateNames {
  readonly commonName?: string;
  /** The DNS names of its subjectAltName. */
  readonly dnsNames: readonly string[];
}

/** A TCP connection to the web proxy, seen where its first CONNECT was. */
export interface Tunnel extends Packet {
  readonly stream: number;
  /** The targets of its CONNECTs, such as `pcscf.example.org:443`. */
  readonly targets: readonly string[];
  /** The values of their Host header fields. */
  readonly hosts: readonly string[];
  /** The values of their ALPN header fields (RFC 7639). */
  readonly alpn: readonly string[];
  /** The proxy's status codes. */
  readonly statuses: readonly number[];
  /** How many TLS handshakes were begun in it. */
  readonly handshakes: number;
}

/** A STUN or TURN message: over UDP, or on a connection to a TURN server, in TLS or not. */
export interface StunPacket extends Packet {
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Says whether the UE sent it. */
  readonly isFromUe: boolean;
  readonly message: StunMessage;
}

/** A chunk or a response of MSRP: from host to host, or on a connection that a TURN server relays. */
export interface MsrpPacket extends Packet {
  readonly isFromUe: boolean;
  readonly chunk: MsrpRequest | MsrpResponse;
}

/** A keep-alive that the UE sent on a flow of SIP: two CRLF on a connection, a STUN Binding request over UDP. */
export interface Ping extends Packet {
  readonly by: 'crlf' | 'stun';
  /** Milliseconds until the pong; undefined if none was seen. */
  readonly pongAfter?: number;
  /** Says whether anything came back on the flow after it. If nothing did, it may never have arrived. */
  readonly hasArrived: boolean;
}

/** The packets of RTP with one SSRC from one address and port to another, seen where the first was. */
export interface RtpStream extends Packet {
  readonly isFromUe: boolean;
  readonly ssrc: number;
  readonly packets: readonly RtpPacket[];
}

/** What is known of a packet of RTP without its content. */
export interface RtpPacket {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  readonly payloadType: number;
  /** Bytes behind the fixed header of RTP; with SRTP the authentication tag is among them. */
  readonly bytes: number;
}

/** Something seen while its packets are still being read. */
export type Changing<T> = { -readonly [Key in keyof T]: T[Key] };
