import type { AttemptReport, Measurement, Span } from '../../nodes/ue/protocol';
import type { Evidence } from '../evidence/evidence';
import type { CaptureContent } from '../evidence/capture-facts';
import type { Traffic } from '../evidence/traffic';
import type { MeasurementResult } from '../judge/result';

/**
 * Bytes of one second of speech as RTP over UDP carries it: 50 packets each way of PCMA, 160 bytes with 12 of
 * RTP, 8 of UDP and 20 of IPv4.
 */
const plainBytesPerSecond = 2 * 50 * (160 + 12 + 8 + 20);

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
      { name: `${call}-loss-in`, value: hundredths(arrival.lossPercent), unit: '%' },
      ms(`${call}-jitter-in-mean`, arrival.jitterMeanMs),
      ms(`${call}-jitter-in-max`, arrival.jitterMaxMs),
    ];
  });
  const tls = evidence.filter(({ kind }) => kind === 'tls').length;
  const spoken = media.filter(({ from, until }) => until > from);
  const talked = spoken.reduce((sum, { from, until }) => sum + until - from, 0);
  const bytes = spoken.reduce((sum, call) => sum + traffic.bytesOf(call, call.from, call.until), 0);
  const perSecond = (bytes / talked) * 1000;
  return [
    ...arrivals,
    { name: 'tls-connections', value: tls, unit: '' },
    ...(talked > 0
      ? [
          { name: 'bytes-per-second-of-speech', value: Math.round(perSecond), unit: 'By/s' },
          { name: 'overhead', value: round(100 * (perSecond / plainBytesPerSecond - 1)), unit: '%' },
        ]
      : []),
  ].map((one) => ({ ...one, source: 'capture' }));
}

const round = (value: number): number => Math.round(value * 10) / 10;

const hundredths = (value: number): number => Math.round(value * 100) / 100;

const ms = (name: string, value: number): Measurement => ({ name, value: hundredths(value), unit: 'ms' });
