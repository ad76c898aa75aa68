import { X509Certificate } from 'node:crypto';
import type { Endpoint } from '../../kit/endpoint';
import { readSipMessages } from './sip-message';
import type { CaptureSide } from './capture-side';
import type { CertificateNames, Packet, Party, SipMessage, TlsHandshake, Tunnel } from './sighting';
import type { Question, Row } from './tshark';

const fields = [
  'frame.number',
  'frame.time_epoch',
  'frame.protocols',
  'ip.src',
  'ip.dst',
  'udp.srcport',
  'udp.dstport',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.stream',
  'raw_sip.line',
  'tls.handshake.type',
  'tls.handshake.ciphersuite',
  'tls.handshake.extensions_server_name',
  'tls.handshake.certificate',
  'http.request.method',
  'http.request.uri',
  'http.response.code',
] as const;

export type PacketField = (typeof fields)[number];

/**
 * The question for everything that stands in a packet itself: SIP, also within TLS and within a tunnel of the web
 * proxy, the handshakes of TLS, and HTTP to the proxy.
 *
 * @param keys the run's TLS keys
 */
export const packetQuestion = (keys: string): Question<PacketField> => ({
  filter:
    '!icmp && ((sip.Request-Line || sip.Status-Line) || tls.handshake.type || http.request.method == "CONNECT" || http.response.code)',
  fields,
  options: [
    ...['-o', `tls.keylog_file:${keys}`, '-o', 'sip.display_raw_text:TRUE'],
    ...['-d', 'tls.port==443,sip', '-d', 'tls.port==5061,sip'],
  ],
});

/** What is known of a capture before it is read. */
export interface CaptureContext {
  readonly capture: string;
  readonly side: CaptureSide;
  /** Says whether an address is that of a UE, or in the core that of the P-CSCF. */
  readonly isNear: (address: string) => boolean;
}

/** Collects what is seen in the packets of one capture. */
export class PacketReader {
  readonly messages: SipMessage[] = [];
  readonly handshakes: TlsHandshake[] = [];
  private readonly tunnelOf = new Map<number, Changing<Tunnel>>();
  private readonly handshakeOf = new Map<number, Changing<TlsHandshake>>();

  constructor(private readonly context: CaptureContext) {}

  get tunnels(): readonly Tunnel[] {
    return [...this.tunnelOf.values()];
  }

  add(row: Row<PacketField>): void {
    const packet = this.packetOf(row);
    if (packet === undefined) return;
    this.addSip(packet, row);
    const { stream } = packet;
    if (stream === undefined) return;
    this.addTls({ ...packet, stream }, row);
    this.addHttp({ ...packet, stream }, row);
  }

  private packetOf(row: Row<PacketField>): Packet | undefined {
    const value = (name: PacketField): string | undefined => row(name)[0];
    const end = (ip: 'ip.src' | 'ip.dst', which: 'srcport' | 'dstport'): Endpoint => ({
      ip: value(ip) ?? '',
      port: Number(value(`udp.${which}`) ?? value(`tcp.${which}`)),
    });
    const frame = Number(value('frame.number'));
    const at = Number(value('frame.time_epoch')) * 1000;
    if (!Number.isInteger(frame) || !Number.isFinite(at)) return undefined;
    const stream = value('tcp.stream');
    return {
      capture: this.context.capture,
      frame,
      at,
      source: end('ip.src', 'srcport'),
      destination: end('ip.dst', 'dstport'),
      ...(stream === undefined ? {} : { stream: Number(stream) }),
    };
  }

  private addSip(packet: Packet, row: Row<PacketField>): void {
    const isByTls = /:tls(?=:|$)/.test(row('frame.protocols')[0] ?? '');
    const transport = packet.stream === undefined ? 'udp' : isByTls ? 'tls' : 'tcp';
    const [from, to] = this.partiesOf(packet);
    for (const text of readSipMessages(row('raw_sip.line')))
      this.messages.push({ ...packet, ...text, from, to, transport });
  }

  private partiesOf({ source }: Packet): [from: Party, to: Party] {
    const [near, far]: [Party, Party] = this.context.side === 'ue' ? ['ue', 'pcscf'] : ['pcscf', 'core'];
    return this.context.isNear(source.ip) ? [near, far] : [far, near];
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
    const certificate = namesIn(row('tls.handshake.certificate')[0]);
    if (types.includes('11') && certificate) handshake.certificate ??= certificate;
  }

  private addHttp(packet: Packet & { readonly stream: number }, row: Row<PacketField>): void {
    const targets = row('http.request.method').flatMap((method, index) =>
      method === 'CONNECT' ? [row('http.request.uri')[index] ?? ''] : [],
    );
    const tunnel = this.tunnelOf.get(packet.stream);
    if (tunnel === undefined && targets.length > 0)
      this.tunnelOf.set(packet.stream, { ...packet, targets, statuses: [], handshakes: 0 });
    else if (tunnel) {
      tunnel.targets = [...tunnel.targets, ...targets];
      tunnel.statuses = [...tunnel.statuses, ...row('http.response.code').map(Number)];
    }
  }
}

type Changing<T> = { -readonly [Key in keyof T]: T[Key] };

/** Reads the names in a certificate, which tshark gives as hex; undefined if it is none. */
function namesIn(hex: string | undefined): CertificateNames | undefined {
  if (hex === undefined) return undefined;
  try {
    const { subject, subjectAltName } = new X509Certificate(Buffer.from(hex.replaceAll(':', ''), 'hex'));
    const commonName = /^CN=(.*)$/m.exec(subject)?.[1];
    const dnsNames = [...(subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!);
    return { dnsNames, ...(commonName === undefined ? {} : { commonName }) };
  } catch {
    return undefined;
  }
}
