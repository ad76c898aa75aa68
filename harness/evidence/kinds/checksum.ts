import { z } from 'zod';
import { isSameWay } from '../../../kit/endpoint';
import type { BothSides } from '../both-sides';
import { citationOf } from '../citation';
import { espHeadOf, espKey } from '../esp';
import { frame, socket } from '../facts';
import type { Ipv4Packet } from '../packet';
import { failuresOfWaiting, lateMs } from './awaited';
import type { EvidenceKind } from './kind';

/** A checksum of UDP or TCP as it stands in the packet, four hexadecimal digits. */
const sum = z.string().regex(/^[0-9a-f]{4}$/);

/**
 * ESP of the attempt in transport mode came through the NAPT, was authentic, and held a datagram whose checksum covers the
 * UE's own address. The P-CSCF saw another one and refused the datagram (RFC 768, RFC 3948 1: transport mode does not
 * survive a NAT; TS 33.203 Annex M has UDP-encapsulated tunnel mode for it).
 */
const schema = z.object({
  kind: z.literal('checksum'),
  /** Time at which the P-CSCF refused the first such packet. */
  at: z.number(),
  /** The way of the attempt that carries ESP. */
  socket,
  /** 8 hexadecimal digits. */
  spi: z.string(),
  /** Sequence number of the first such packet (RFC 4303 2.2). */
  sequence: z.int(),
  /** The address from which the P-CSCF saw it come. */
  source: z.ipv4(),
  /** The checksum inside, and the one that would be right for that address. */
  found: sum,
  right: sum,
  /** Number of such packets until the end of the attempt. */
  count: z.int().min(1),
  /**
   * That packet on both sides of the firewall, from the UE's own address and from the one that the P-CSCF saw. Missing if the
   * captures of the two sides were not read.
   */
  seen: z.object({ inside: frame, outside: frame }).optional(),
});
export type ChecksumEvidence = z.infer<typeof schema>;

export const checksum: EvidenceKind<ChecksumEvidence> = {
  kind: 'checksum',
  schema,
  collect: ({ report, attempt, core }) => {
    const { startedAt, endedAt, flows, identifiers } = attempt;
    const spis = identifiers.flatMap(({ kind, value }) => (kind === 'esp-spi' ? [value] : []));
    const way = flows.find(({ protocol }) => protocol === 'esp');
    if (!way || report.end === 'passed' || !core?.esp) return [];
    const refused = core.esp
      .of(spis)
      // From the UE's own address nothing was translated, and the fault is another one.
      .filter(({ at, source }) => at >= startedAt && at <= endedAt + lateMs && source !== way.local.ip);
    const [first] = refused;
    if (!first) return [];
    const sides = core.sides?.(espKey(first));
    // The captures were read, and do not show it.
    if (core.sides && !(sides && isShown(sides, { inside: way.local.ip, outside: first.source }))) return [];
    const { protocol, local, remote } = way;
    const { at, spi, sequence, source, found, right } = first;
    return [
      {
        kind: 'checksum',
        ...{ at, socket: { protocol, local, remote }, spi, sequence, source, found, right },
        count: refused.length,
        ...(sides && { seen: { inside: sides.inside.place, outside: sides.outside.place } }),
      },
    ];
  },
  explains: (_, code) => failuresOfWaiting.has(code),
  refuses: (item, way) => isSameWay(item.socket, way),
  words: ({ socket: { local }, source }) =>
    `ESP in transport mode came through the NAPT from ${source} and was authentic, but its checksum inside is over ${local.ip}: the P-CSCF refused it`,
  brief: () => 'inner checksum',
  sentence: ({ socket: { local }, spi, source, found, right, count, at }, { when }) => {
    const all = count === 1 ? '' : ` (${count} such packets)`;
    return `the P-CSCF found ESP with SPI 0x${spi} authentic, which the NAPT had made come from ${source}, and refused the datagram in it ${when(at)}${all}: its checksum 0x${found} is over ${local.ip}, and 0x${right} would be right`;
  },
  remark: () => undefined,
  cites: ({ spi, sequence, source, socket: { local }, seen }) =>
    seen
      ? [
          citationOf(seen.inside, (packet) => isPacket(packet, { spi, sequence, source: local.ip })),
          citationOf(seen.outside, (packet) => isPacket(packet, { spi, sequence, source })),
        ]
      : [],
};

function isPacket(
  packet: Ipv4Packet,
  { spi, sequence, source }: { spi: string; sequence: number; source: string },
): boolean {
  const head = espHeadOf(packet);
  return packet.src === source && head?.spi === spi && head.sequence === sequence;
}

const isShown = (
  sides: BothSides,
  { inside, outside }: { readonly inside: string; readonly outside: string },
): boolean => sides.inside.from.ip === inside && sides.outside.from.ip === outside;
