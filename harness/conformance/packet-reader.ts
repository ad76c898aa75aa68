import { X509Certificate } from 'node:crypto';
import { sameEndpoint } from '../../kit/endpoint';
import { methods } from '../../nodes/ue/stun/methods';
import { parseMessage } from '../../nodes/ue/stun/parser';
import { packetOf, placeFields, type CaptureContext } from './packet-place';
import { readSipMessages } from './sip-message';
import type {
  CertificateNames,
  Changing,
  Packet,
  Party,
  Ping,
  RtpPacket,
  RtpStream,
  SipMessage,
  StunPacket,
  TlsHandshake,
  Tunnel,
} from './sighting';
import type { Question, Row } from './tshark';

const fields = [
  ...placeFields,
  'raw_sip.line',
  'tls.handshake.type',
  'tls.handshake.ciphersuite',
  'tls.handshake.extensions_server_name',
  'tls.handshake.certificate',
  'http.request.method',
  'http.request.uri',
  'http.host',
  'http.request.line',
  'http.response.code',
  'udp.payload',
  'stun.type',
  'rtp.ssrc',
  'rtp.p_type',
  'udp.length',
] as const;

/** Display filters; a packet that fits one of them is shown. */
const wanted = [
  'sip.Request-Line',
  'sip.Status-Line',
  'tls.handshake.type',
  'http.request.method == "CONNECT"',
  'http.response.code',
  '(udp && stun.type)',
  'rtp.ssrc',
];

export type PacketField = (typeof fields)[number];

/**
 * The question for everything that stands in a packet itself: SIP, also within ESP, within TLS and within a tunnel of the web
 * proxy, the handshakes of TLS, HTTP to the proxy, STUN and RTP over UDP.
 *
 * @param keys the run's TLS keys
 * @param espSettings a folder of settings for tshark with the keys of the run's ESP; undefined if it has none
 */
export const packetQuestion = (keys: string, espSettings?: string): Question<PacketField> => ({
  filter: `!icmp && (${wanted.join(' || ')})`,
  fields,
  options: [
    ...['-o', `tls.keylog_file:${keys}`, '-o', 'sip.display_raw_text:TRUE'],
    // A segment that was overtaken or sent again would else take the SIP of its TLS record with it.
    ...['-o', 'tcp.reassemble_out_of_order:TRUE'],
    ...['-d', 'tls.port==443,sip', '-d', 'tls.port==5061,sip'],
    // Without it tshark knows a stream of RTP only where it has read its SDP, and the address there was right.
    ...['--enable-heuristic', 'rtp_udp'],
    ...(espSettings === undefined ? [] : ['-o', 'esp.enable_encryption_decode:TRUE']),
  ],
  ...(espSettings === undefined ? {} : { settings: espSettings }),
});

/** Collects what is seen in the packets of one capture. */
export class PacketReader {
  readonly messages: SipMessage[] = [];
  readonly handshakes: TlsHandshake[] = [];
  readonly stun: StunPacket[] = [];
  readonly pings: Ping[] = [];
  private readonly pingOf = new Map<string, Changing<Ping>>();
  private readonly rtpOf = new Map<string, RtpStream & { readonly packets: RtpPacket[] }>();
  private readonly tunnelOf = new Map<number, Changing<Tunnel>>();
  private readonly handshakeOf = new Map<number, Changing<TlsHandshake>>();

  constructor(private readonly context: CaptureContext) {}

  get tunnels(): readonly Tunnel[] {
    return [...this.tunnelOf.values()];
  }

  get rtp(): readonly RtpStream[] {
    return [...this.rtpOf.values()];
  }

  add(row: Row<PacketField>): void {
    const packet = packetOf(row, this.context);
    if (packet === undefined) return;
    this.addSip(packet, row);
    const { stream } = packet;
    if (stream === undefined) {
      this.addStun(packet, row);
      this.addRtp(packet, row);
      return;
    }
    this.addTls({ ...packet, stream }, row);
    this.addHttp({ ...packet, stream }, row);
  }

  private addSip(packet: Packet, row: Row<PacketField>): void {
    const protocols = row('frame.protocols')[0] ?? '';
    const isByTls = /:tls(?=:|$)/.test(protocols);
    const byTls = /:websocket(?=:|$)/.test(protocols) ? 'wss' : 'tls';
    const transport = packet.stream === undefined ? 'udp' : isByTls ? byTls : 'tcp';
    const isInEsp = /:esp(?=:|$)/.test(protocols);
    const [from, to] = this.partiesOf(packet);
    for (const text of readSipMessages(row('raw_sip.line')))
      this.messages.push({ ...packet, ...text, from, to, transport, ...(isInEsp && { isInEsp }) });
  }

  private partiesOf({ source }: Packet): [from: Party, to: Party] {
    const [near, far]: [Party, Party] = this.context.side === 'ue' ? ['ue', 'pcscf'] : ['pcscf', 'core'];
    return this.context.isNear(source.ip) ? [near, far] : [far, near];
  }

  private addStun(packet: Packet, row: Row<PacketField>): void {
    if (row('stun.type').length === 0) return;
    const message = parseMessage(Buffer.from((row('udp.payload')[0] ?? '').replaceAll(':', ''), 'hex'));
    if (message === undefined) return;
    const isFromUe = this.context.isNear(packet.source.ip);
    this.stun.push({ ...packet, transport: 'udp', isFromUe, message });
    if (message.method !== methods.BINDING) return;
    if (isFromUe && message.kind === 'request' && packet.destination.port === sipPort) {
      const ping: Ping = { ...packet, by: 'stun', hasArrived: false };
      this.pings.push(ping);
      this.pingOf.set(message.id, ping);
    }
    const ping = this.pingOf.get(message.id);
    if (isFromUe || message.kind !== 'success' || ping === undefined) return;
    ping.pongAfter ??= packet.at - ping.at;
    ping.hasArrived = true;
  }

  private addRtp(packet: Packet, row: Row<PacketField>): void {
    const [ssrc, type, length] = [row('rtp.ssrc')[0], row('rtp.p_type')[0], row('udp.length')[0]].map(Number);
    if (!Number.isInteger(ssrc) || !Number.isInteger(type)) return;
    const key = JSON.stringify([ssrc, packet.source, packet.destination]);
    const isFromUe = this.context.isNear(packet.source.ip);
    const stream = this.rtpOf.get(key) ?? { ...packet, isFromUe, ssrc: ssrc!, packets: [] };
    this.rtpOf.set(key, stream);
    stream.packets.push({ at: packet.at, payloadType: type!, bytes: length! - udpHeader - rtpHeader });
  }

  private addTls(packet: Packet & { readonly stream: number }, row: Row<PacketField>): void {
    const types = row('tls.handshake.type');
    const suites = row('tls.handshake.ciphersuite').map(Number);
    if (types.includes('1')) {
      const serverName = row('tls.handshake.extensions_server_name')[0];
      const handshake = { ...packet, offered: suites, ...(serverName === undefined ? {} : { serverName }) };
      this.handshakes.push(handshake);
      this.handshakeOf.set(packet.stream, handshake);
      const tunnel = this.tunnelOf.get(packet.stream);
      if (tunnel) tunnel.handshakes += 1;
    }
    const handshake = this.handshakeOf.get(packet.stream);
    if (handshake === undefined) return;
    if (types.includes('2') && suites[0] !== undefined) handshake.chosen = suites[0];
    const certificate = types.includes('11') && certificateIn(row('tls.handshake.certificate')[0]);
    if (certificate && handshake.certificate === undefined) {
      handshake.certificate = namesIn(certificate);
      const isTrusted = this.context.isTrusted?.(certificate);
      if (isTrusted !== undefined) handshake.isTrusted = isTrusted;
    }
    const isByClient = sameEndpoint(packet.source, handshake.source);
    if (isByClient && handshake.certificate && types.some((type) => goesOn.has(type)))
      handshake.wentOn = true;
  }

  private addHttp(packet: Packet & { readonly stream: number }, row: Row<PacketField>): void {
    const targets = row('http.request.method').flatMap((method, index) =>
      method === 'CONNECT' ? [row('http.request.uri')[index] ?? ''] : [],
    );
    const alpn = targets.length === 0 ? [] : row('http.request.line').flatMap(alpnIn);
    const tunnel = this.tunnelOf.get(packet.stream);
    if (tunnel === undefined && targets.length > 0)
      this.tunnelOf.set(packet.stream, {
        ...packet,
        targets,
        hosts: row('http.host'),
        alpn,
        statuses: [],
        handshakes: 0,
      });
    else if (tunnel) {
      tunnel.targets = [...tunnel.targets, ...targets];
      tunnel.hosts = [...tunnel.hosts, ...row('http.host')];
      tunnel.alpn = [...tunnel.alpn, ...alpn];
      tunnel.statuses = [...tunnel.statuses, ...row('http.response.code').map(Number)];
    }
  }
}

/** The port of SIP over UDP, where Binding requests are keep-alives (RFC 5626 4.4.2). */
const sipPort = 5060;
const udpHeader = 8;
const rtpHeader = 12;

/** Returns the value of a header field in a list if it is ALPN. */
const alpnIn = (line: string): string[] => {
  const value = /^alpn[ \t]*:(.*)$/is.exec(line)?.[1];
  return value === undefined ? [] : [value.trim()];
};

/** ClientKeyExchange (RFC 5246 7.4.7) and Finished, with which a client answers a certificate that it accepts. */
const goesOn: ReadonlySet<string> = new Set(['16', '20']);

/** Reads a certificate, which tshark gives as hex; undefined if it is none. */
function certificateIn(hex: string | undefined): X509Certificate | undefined {
  if (hex === undefined) return undefined;
  try {
    return new X509Certificate(Buffer.from(hex.replaceAll(':', ''), 'hex'));
  } catch {
    return undefined;
  }
}

function namesIn({ subject, subjectAltName }: X509Certificate): CertificateNames {
  const commonName = /^CN=(.*)$/m.exec(subject)?.[1];
  const dnsNames = [...(subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!);
  return { dnsNames, ...(commonName === undefined ? {} : { commonName }) };
}
