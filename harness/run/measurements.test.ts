import { writeRtp } from '../../nodes/ue/media/rtp-packet';
import type { AttemptReport } from '../../nodes/ue/protocol';
import { RtpStreams } from '../evidence/rtp-streams';
import { Traffic } from '../evidence/traffic';
import { captureMeasurements, measurementsOf } from './measurements';

const local = { ip: '10.89.8.2', port: 32768 };
const media = {
  call: 'outgoing',
  protocol: 'udp',
  local,
  codec: 'PCMA',
  invitedAt: 0,
  from: 1000,
  until: 3000,
} as const;

function report(more: Partial<AttemptReport> = {}): AttemptReport {
  return { attempt: 'a', startedAt: 0, durationMs: 0, end: 'passed', flows: [], identifiers: [], ...more };
}

const wire = (traffic: Traffic): { traffic: Traffic; rtp: RtpStreams } => ({
  traffic,
  rtp: new RtpStreams(),
});

/**
 * Adds the packets of a second of PCMA both ways with the defaults of RFC 3551: 20 ms, 160 bytes, after 40
 * bytes of headers.
 */
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
  expect(captureMeasurements(report({ media: [media] }), [], wire(traffic))).toEqual([
    { name: 'tls-connections', value: 0, unit: '', source: 'capture' },
    { name: 'bytes-per-packet-pcma', value: 200, unit: 'By', source: 'capture' },
    { name: 'overhead-pcma', value: 0, unit: '%', source: 'capture' },
  ]);
});

it('what is longer has its overhead told, over all calls of the attempt', () => {
  const traffic = new Traffic();
  speech(traffic, 300);
  const half = { ...media, until: 2000 };
  const measured = captureMeasurements(
    report({ media: [half, { ...media, from: 2000 }] }),
    [],
    wire(traffic),
  );
  expect(measured).toContainEqual({ name: 'overhead-pcma', value: 50, unit: '%', source: 'capture' });
});

it('what the wire adds weighs more with a codec of small packets', () => {
  const traffic = new Traffic();
  // The same 100 bytes more on each packet: of 200 bytes with PCMA, of 33 + 40 with AMR-WB.
  speech(traffic, 73 + 100);
  const measured = captureMeasurements(report({ media: [{ ...media, codec: 'AMR-WB' }] }), [], wire(traffic));
  expect(measured).toContainEqual({
    name: 'bytes-per-packet-amr-wb',
    value: 173,
    unit: 'By',
    source: 'capture',
  });
  expect(measured).toContainEqual({ name: 'overhead-amr-wb', value: 137, unit: '%', source: 'capture' });
});

it('a phone that does not tell its codec has no overhead by codec', () => {
  const traffic = new Traffic();
  speech(traffic, 200);
  const { codec: _, ...untold } = media;
  const names = captureMeasurements(report({ media: [untold] }), [], wire(traffic)).map(({ name }) => name);
  expect(names).toEqual(['tls-connections']);
});

it('a call of no length has no bytes per second', () => {
  const measured = captureMeasurements(
    report({ media: [{ ...media, until: media.from }] }),
    [],
    wire(new Traffic()),
  );
  expect(measured.map(({ name }) => name)).toEqual(['tls-connections']);
});

describe('a time between two packets', () => {
  const server = { ip: '198.19.0.10', port: 443 };
  const moment = (at: number, did: 'send' | 'receive') => ({ at, did, protocol: 'tcp', local }) as const;
  const asked = report({
    spans: [{ name: 'answered-after', from: moment(100, 'send'), until: moment(200, 'receive') }],
  });
  const segment = { protocol: 'tcp', length: 100, fragment: 'no', seq: 1 } as const;
  const pass = (traffic: Traffic, at: number, did: 'send' | 'receive', carries = true): void => {
    const payload = new Uint8Array(carries ? 10 : 0);
    const [from, to] = did === 'send' ? [local, server] : [server, local];
    traffic.add({ ...segment, src: from.ip, sport: from.port, dst: to.ip, dport: to.port, payload }, at);
  };
  const measured = (traffic?: Traffic): unknown =>
    measurementsOf(asked, [], [], traffic && wire(traffic)).find(({ name }) => name === 'answered-after');

  it("is the packets' own, without what the UE took before the one and after the other", () => {
    const traffic = new Traffic();
    pass(traffic, 90, 'send');
    pass(traffic, 130, 'send');
    pass(traffic, 135, 'receive', false);
    pass(traffic, 150, 'receive');
    pass(traffic, 160, 'receive', false);
    pass(traffic, 210, 'receive');
    expect(measured(traffic)).toEqual({ name: 'answered-after', value: 20, unit: 'ms', source: 'capture' });
  });

  it("is the UE's where the capture has lost one of them, or there is none", () => {
    const traffic = new Traffic();
    pass(traffic, 130, 'send');
    for (const told of [measured(traffic), measured()])
      expect(told).toEqual({ name: 'answered-after', value: 100, unit: 'ms' });
  });
});

it('loss and jitter of RTP that can be read are those of the packets', () => {
  const rtp = new RtpStreams();
  const payload = (sequence: number): Buffer =>
    writeRtp({
      payloadType: 8,
      marker: false,
      sequence,
      timestamp: sequence * 160,
      ssrc: 7,
      payload: Buffer.alloc(160),
    });
  const packet = { protocol: 'udp', length: 200, fragment: 'no', src: '198.19.0.40', sport: 9 } as const;
  for (const [sequence, at] of [
    [0, 0],
    [1, 20],
    [2, 48],
    [4, 80],
  ] as const)
    rtp.add({ ...packet, dst: local.ip, dport: local.port, payload: payload(sequence) }, at);
  const told = { name: 'outgoing-loss-in', value: 0, unit: '%' };
  const measured = measurementsOf(report({ media: [media], measurements: [told] }), [], [], {
    traffic: new Traffic(),
    rtp,
  });
  // One packet of five is lost. The jitter by A.8 in timestamp units is 0, then 64/16 = 4, then 4 + (64 - 4)/16
  // = 7.75; 8 units are a millisecond.
  expect(measured).toEqual(
    expect.arrayContaining([
      { name: 'outgoing-loss-in', value: 20, unit: '%', source: 'capture' },
      { name: 'outgoing-jitter-in-mean', value: 0.49, unit: 'ms', source: 'capture' },
      { name: 'outgoing-jitter-in-max', value: 0.97, unit: 'ms', source: 'capture' },
    ]),
  );
});
