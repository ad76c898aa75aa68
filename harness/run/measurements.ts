import { codecNames, codecs, packetMs, plainBytesOf, type CodecName } from '../../nodes/ue/media/codecs';
import { measured } from '../../nodes/ue/measurements/catalogue';
import type { AttemptReport, Measurement, MediaFlow, Span } from '../../nodes/ue/protocol';
import type { Evidence } from '../evidence/evidence';
import type { CaptureContent } from '../evidence/capture-facts';
import type { Traffic } from '../evidence/traffic';
import type { MeasurementResult } from '../judge/result';

/** Packets of speech in a second, both ways. */
const packetsPerSecond = (2 * 1000) / packetMs;

/** The part of the UE's capture from which measurements are made. */
type Wire = Pick<CaptureContent, 'traffic' | 'rtp'>;

/**
 * Returns all measurements of an attempt. Where the capture has a value, it replaces that of the UE.
 * docs/measurements.md explains each measurement.
 *
 * @param more the measurements that the lab made itself
 * @param wire the capture of the UE's side, if it was read
 */
export function measurementsOf(
  report: AttemptReport,
  more: readonly Measurement[],
  evidence: readonly Evidence[],
  wire?: Wire,
): MeasurementResult[] {
  const told = [...(report.measurements ?? []), ...more];
  const seen = wire ? captureMeasurements(report, evidence, wire) : [];
  return [
    ...(report.spans ?? []).map((span) => between(span, wire?.traffic)),
    ...told.map((one) => seen.find(({ name }) => name === one.name) ?? one),
    ...seen.filter(({ name }) => !told.some((one) => one.name === name)),
  ];
}

/** Measures the time between two packets by the capture if it has both in order, else by the UE's clock. */
function between({ name, from, until }: Span, traffic?: Traffic): MeasurementResult {
  const [left, came] = [traffic?.timeOf(from), traffic?.timeOf(until)];
  return left === undefined || came === undefined || came < left
    ? ms(name, until.at - from.at)
    : { ...ms(name, came - left), source: 'capture' };
}

/** Measures an attempt by the capture: the RTP of its calls, its TLS connections, and bytes. */
export function captureMeasurements(
  { media = [] }: AttemptReport,
  evidence: readonly Evidence[],
  { traffic, rtp }: Wire,
): MeasurementResult[] {
  const arrivals = media.flatMap(({ call, protocol, local }) => {
    const arrival = protocol === 'udp' ? rtp.arrivedAt(local) : undefined;
    if (!arrival) return [];
    return [
      measured(`${call}-loss-in`, hundredths(arrival.lossPercent)),
      measured(`${call}-jitter-in-mean`, hundredths(arrival.jitterMeanMs)),
      measured(`${call}-jitter-in-max`, hundredths(arrival.jitterMaxMs)),
    ];
  });
  const tls = evidence.filter(({ kind }) => kind === 'tls').length;
  return [
    ...arrivals,
    measured('tls-connections', tls),
    ...codecNames.flatMap((name) => wireCosts(name, media, traffic)),
  ].map((one) => ({ ...one, source: 'capture' }));
}

/**
 * Measures what the wire carries for each packet of a codec, over all calls of the attempt that talked in it, and how
 * much more that is than RTP over UDP and IPv4 alone.
 */
function wireCosts(name: CodecName, media: readonly MediaFlow[], traffic: Traffic): Measurement[] {
  const spoken = media.filter(({ codec, from, until }) => codec === name && until > from);
  const talked = spoken.reduce((sum, { from, until }) => sum + until - from, 0);
  if (talked === 0) return [];
  const bytes = spoken.reduce((sum, call) => sum + traffic.bytesOf(call, call.from, call.until), 0);
  const perPacket = (bytes / talked) * (1000 / packetsPerSecond);
  const codec = name.toLowerCase();
  return [
    measured(`bytes-per-packet-${codec}`, round(perPacket)),
    measured(`overhead-${codec}`, round(100 * (perPacket / plainBytesOf(codecs[name]) - 1))),
  ];
}

const round = (value: number): number => Math.round(value * 10) / 10;

const hundredths = (value: number): number => Math.round(value * 100) / 100;

const ms = (name: string, value: number): Measurement => ({ name, value: hundredths(value), unit: 'ms' });
