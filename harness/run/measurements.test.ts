import type { AttemptReport } from '../../nodes/ue/protocol';
import { Traffic } from '../evidence/traffic';
import { captureMeasurements, interruption } from './measurements';

const local = { ip: '10.89.8.2', port: 32768 };
const media = { protocol: 'udp', local, invitedAt: 0, from: 1000, until: 3000 } as const;

function report(more: Partial<AttemptReport> = {}): AttemptReport {
  return { attempt: 'a', startedAt: 0, durationMs: 0, end: 'passed', flows: [], identifiers: [], ...more };
}

/** The packets of a second of PCMA both ways, as RFC 3551 has them by default: 20 ms, 160 bytes, behind 40 of headers. */
function speech(traffic: Traffic, bytes: number): void {
  const peer = { ip: '198.19.0.40', port: 40000 };
  for (let at = 1000; at < 3000; at += 20) {
    const packet = { protocol: 'udp', length: bytes, fragment: 'no', payload: new Uint8Array() } as const;
    traffic.add({ ...packet, src: local.ip, sport: local.port, dst: peer.ip, dport: peer.port }, at);
    traffic.add({ ...packet, src: peer.ip, sport: peer.port, dst: local.ip, dport: local.port }, at);
  }
}

it('plain RTP over UDP has no overhead against itself', () => {
  const traffic = new Traffic();
  speech(traffic, 200);
  expect(captureMeasurements(report({ media: [media] }), [], traffic)).toEqual([
    { name: 'tls-connections', value: 0, unit: '' },
    // 100 packets of 200 bytes each second.
    { name: 'bytes-per-second-of-speech', value: 20_000, unit: 'By/s' },
    { name: 'overhead', value: 0, unit: '%' },
  ]);
});

it('what is longer has its overhead told, over all calls of the attempt', () => {
  const traffic = new Traffic();
  speech(traffic, 300);
  const half = { ...media, until: 2000 };
  const measured = captureMeasurements(report({ media: [half, { ...media, from: 2000 }] }), [], traffic);
  expect(measured).toContainEqual({ name: 'overhead', value: 50, unit: '%' });
});

it('a call of no length has no bytes per second', () => {
  const measured = captureMeasurements(
    report({ media: [{ ...media, until: media.from }] }),
    [],
    new Traffic(),
  );
  expect(measured.map(({ name }) => name)).toEqual(['tls-connections']);
});

describe('an interruption', () => {
  it('lasts from the last packet there to the first one here', () =>
    expect(interruption('silence', 1000, 1069.64)).toEqual([{ name: 'silence', value: 69.6, unit: 'ms' }]));
  it('is none where the new one was heard first', () =>
    expect(interruption('silence', 1000, 990)).toEqual([{ name: 'silence', value: 0, unit: 'ms' }]));
  it('is not known where one of the two was not heard', () => {
    expect(interruption('silence', undefined, 1000)).toEqual([]);
    expect(interruption('silence', 1000, undefined)).toEqual([]);
  });
});
