import type { AttemptReport, Measurement } from '../../nodes/ue/protocol';
import type { Evidence } from '../evidence/evidence';
import type { Traffic } from '../evidence/traffic';

/**
 * A second of speech both ways as RTP over UDP carries it: 50 packets each way of PCMA, 160 bytes with 12 of RTP, 8 of UDP
 * and 20 of IPv4.
 */
const plainBytesPerSecond = 2 * 50 * (160 + 12 + 8 + 20);

/** What the capture of the UE's side measures of an attempt: its TLS connections, and the bytes of its calls. */
export function captureMeasurements(
  { media = [] }: AttemptReport,
  evidence: readonly Evidence[],
  traffic: Traffic,
): Measurement[] {
  const tls = evidence.filter(({ kind }) => kind === 'tls').length;
  const spoken = media.filter(({ from, until }) => until > from);
  const ms = spoken.reduce((sum, { from, until }) => sum + until - from, 0);
  const bytes = spoken.reduce((sum, call) => sum + traffic.bytesOf(call, call.from, call.until), 0);
  const perSecond = (bytes / ms) * 1000;
  return [
    { name: 'tls-connections', value: tls, unit: '' },
    ...(ms > 0
      ? [
          { name: 'bytes-per-second-of-speech', value: Math.round(perSecond), unit: 'By/s' },
          { name: 'overhead', value: round(100 * (perSecond / plainBytesPerSecond - 1)), unit: '%' },
        ]
      : []),
  ];
}

/** How long nothing arrived between two calls; none where the new one was heard before the old one fell silent. */
export function interruption(name: string, last?: number, first?: number): Measurement[] {
  if (last === undefined || first === undefined) return [];
  return [{ name, value: round(Math.max(0, first - last)), unit: 'ms' }];
}

const round = (value: number): number => Math.round(value * 10) / 10;
