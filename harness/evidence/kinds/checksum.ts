import { z } from 'zod';
import { isSameWay } from '../../../kit/endpoint';
import { protocolOf } from '../../../ladder';
import type { BothSides } from '../both-sides';
import { citationOf } from '../citation';
import { espHeadOf, espKey } from '../esp';
import { frame, socket } from '../facts';
import type { Ipv4Packet } from '../packet';
import { isOfTranslation, refusedAfterTranslation } from '../translated-checksum';
import { failuresOfWaiting, lateMs } from './awaited';
import { contradictions, foreignTo, withoutFrames, withoutNapt } from './contradiction';
import type { EvidenceKind } from './kind';

/** A checksum of UDP or TCP as it stands in the packet, four hexadecimal digits. */
const sum = z.string().regex(/^[0-9a-f]{4}$/);

/**
 * ESP of the attempt in transport mode came through the NAPT, was authentic, and held a datagram whose checksum covers the
 * UE's own address. The P-CSCF saw another one and refused the datagram (RFC 768). RFC 3715 2.1 b) has this incompatibility of
 * checksums and NAT; TS 33.203 Annex M has UDP-encapsulated tunnel mode for it.
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
    const refused = refusedAfterTranslation(core.esp.of(spis), way.local.ip).filter(
      ({ at }) => at >= startedAt && at <= endedAt + lateMs,
    );
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
  contradicts: (item, owner) => {
    const { at, socket: way, spi, source, found, right, seen } = item;
    const { rung, trace } = owner;
    return [
      ...contradictions(
        [protocolOf(rung) !== 'esp', `is of ESP in transport mode, and the attempt was on ${rung.via}`],
        [
          !trace.identifiers.some(({ kind, value }) => kind === 'esp-spi' && value === spi),
          `is of the SPI 0x${spi}, which is none of the attempt's`,
        ],
        [
          !isOfTranslation(item, way.local.ip, source),
          `has the checksums 0x${found} and 0x${right}, which do not differ as ${way.local.ip} and ${source} do`,
        ],
      ),
      ...foreignTo(owner, way, at),
      ...withoutNapt(owner),
      ...withoutFrames(owner, seen !== undefined),
    ];
  },
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
