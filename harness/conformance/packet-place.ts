import type { X509Certificate } from 'node:crypto';
import type { Endpoint } from '../../kit/endpoint';
import type { CaptureSide } from './capture-side';
import type { Packet } from './sighting';
import type { Row } from './tshark';

/** The fields that say where and when a packet was. */
export const placeFields = [
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
] as const;

export type PlaceField = (typeof placeFields)[number];

/** What is known of a capture before it is read. */
export interface CaptureContext {
  readonly capture: string;
  readonly side: CaptureSide;
  /** Says whether an address is that of a UE, or in the core that of the P-CSCF. */
  readonly isNear: (address: string) => boolean;
  /** Says whether an authority that the UE trusts has signed a certificate; undefined if that is not known. */
  readonly isTrusted?: (certificate: X509Certificate) => boolean;
}

/**
 * Reads where and when a packet was; undefined if tshark did not say. Its ends are those of the innermost datagram: ESP in UDP
 * has another one inside, which is the one that its UE sent or got.
 */
export function packetOf(row: Row<PlaceField>, { capture }: CaptureContext): Packet | undefined {
  const value = (name: PlaceField): string | undefined => row(name)[0];
  const innermost = (name: PlaceField): string | undefined => row(name).at(-1);
  const end = (ip: 'ip.src' | 'ip.dst', which: 'srcport' | 'dstport'): Endpoint => ({
    ip: innermost(ip) ?? '',
    port: Number(innermost(`udp.${which}`) ?? innermost(`tcp.${which}`)),
  });
  const frame = Number(value('frame.number'));
  const at = Number(value('frame.time_epoch')) * 1000;
  if (!Number.isInteger(frame) || !Number.isFinite(at)) return undefined;
  const stream = value('tcp.stream');
  return {
    capture,
    frame,
    at,
    source: end('ip.src', 'srcport'),
    destination: end('ip.dst', 'dstport'),
    ...(stream === undefined ? {} : { stream: Number(stream) }),
  };
}
