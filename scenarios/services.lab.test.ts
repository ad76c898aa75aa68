import { join } from 'node:path';
import type { AttemptResult, RunResult } from '../harness/judge/result';
import { cli, packetsIn, resultIn, temporaryFolder } from '../harness/testing/cli';
import { measurementKind } from '../nodes/ue/measurements/catalogue';
import { measured, passedAttempt, planOf, testCells } from './testing/cells';

/**
 * Calls, messages, MSRP, keep-alives and moves through every firewall: one run of the command, and beside it one in
 * which the idle time-out is 5 s.
 */

const services = ['message', 'call', 'msrp', 'access-change', 'keepalive'];
const out = temporaryFolder();
const outPatient = join(temporaryFolder(), 'patient');
const plan = planOf(services);

let result: RunResult;
let patient: RunResult;

beforeAll(async () => {
  const [run, patientRun] = await Promise.all([
    cli([
      // The idle time-out is longer than the default, because a busy machine may stand still for as long as that.
      ...['run', ...services, '--media-seconds', '1', '--idle-seconds', '3'],
      ...['--out', out, '--reporter', 'json'],
    ]),
    cli([
      ...['run', 'keepalive', '--firewall', '7', '--suite', 'aes', '--idle-seconds', '5'],
      ...['--out', outPatient, '--reporter', 'json'],
    ]),
  ]);
  expect({ table: run.stderr, patient: patientRun.stderr }).toEqual({ table: '', patient: '' });
  result = resultIn(out);
  patient = resultIn(outPatient);
}, 300_000);

testCells(plan, () => result);

describe('claims', () => {
  it.each(['I1', 'I2', 'I8', 'I9', 'I11', 'I12', 'I13'])('%s is confirmed', (id) => {
    const claim = result.claims.find((candidate) => candidate.id === id);
    expect(claim).toMatchObject({ verdict: 'confirmed' });
    expect(claim?.cells.length).toBeGreaterThan(0);
  });
});

describe('the media of a call take the best way that is open', () => {
  it.each([
    // Nothing in the way: from host to host.
    ['0', 'host udp / host udp'],
    // An NAPT: the address that the STUN server sees of the host (RFC 8445 5.1.1.2).
    ['1', 'srflx udp / host udp'],
    // The signalling needs step 3, UDP to the peer does not: relayed only where nothing better works (TS 33.203 W.3.2).
    ['3', 'srflx udp / host udp'],
    // TCP 80 is the preferred one of the web's ports (W.3.1.3).
    ['4', 'relay by tcp:80 / host udp'],
    ['6', 'relay by tcp:80 / host udp'],
    // TURN is not HTTP.
    ['7', 'relay by tls:443 / host udp'],
    ['8', 'relay by connect:443 / host udp'],
  ])('on type %s: %s', (type, path) => {
    for (const suite of ['aes', 'null'])
      expect(measured(passedAttempt(result, `${type}/call/${suite}`), 'outgoing-path')).toBe(path);
  });
});

describe('a call', () => {
  const call = (type: string, suite = 'aes'): AttemptResult => passedAttempt(result, `${type}/call/${suite}`);

  it('has its quality measured in both directions', () => {
    for (const which of ['outgoing', 'incoming']) {
      for (const name of [
        'time-to-media',
        'time-to-media-at-peer',
        'loss-in',
        'jitter-in-mean',
        'jitter-in-max',
      ])
        expect(measured(call('8'), `${which}-${name}`)).toEqual(expect.any(Number));
    }
    // ITU-T G.107 Annex B: MOS lies between 1 and 4.5. The call from the peer has the size of AMR-WB, and no MOS.
    expect(measured(call('8'), 'outgoing-mos')).toBeGreaterThan(1);
    expect(measured(call('8'), 'outgoing-mos')).toBeLessThanOrEqual(4.5);
    expect(measured(call('8'), 'incoming-codec')).toBe('AMR-WB');
    expect(measured(call('8'), 'incoming-mos')).toBeUndefined();
  });

  it('offers SRTP where the signalling hides the key, and only there (RFC 4568)', () => {
    expect(measured(call('7', 'aes'), 'outgoing-srtp')).toBe('yes');
    expect(measured(call('7', 'null'), 'outgoing-srtp')).toBe('no');
    // Step 1 is UDP.
    expect(measured(call('0', 'aes'), 'outgoing-srtp')).toBe('no');
  });

  it('takes more bytes in a tunnel than over UDP', () => {
    for (const codec of ['pcma', 'amr-wb']) {
      const bytes = (type: string): number => Number(measured(call(type), `bytes-per-packet-${codec}`));
      expect(bytes('8')).toBeGreaterThan(bytes('0'));
    }
    const overhead = (codec: string): number => Number(measured(call('8'), `overhead-${codec}`));
    expect(overhead('amr-wb')).toBeGreaterThan(overhead('pcma'));
  });
});

it('a message and an MSRP session take one and three TLS connections, and as many CONNECTs', () => {
  for (const [scenario, count] of [
    ['message', 1],
    ['msrp', 3],
  ] as const) {
    const attempt = passedAttempt(result, `8/${scenario}/aes`);
    expect(measured(attempt, 'tls-connections')).toBe(count);
    expect(attempt.evidence.find(({ kind }) => kind === 'connects')).toMatchObject({
      proxyLog: count,
      captured: count,
      tcpConnections: count,
    });
  }
});

it('the second connection to the TURN server resumes the TLS session of the first', () => {
  const { measurements = [] } = passedAttempt(result, '7/msrp/aes');
  const setups = measurements.filter(({ name }) => name.startsWith('tls-setup-')).map(({ name }) => name);
  expect(setups).toEqual(['tls-setup-full', 'tls-setup-full', 'tls-setup-resumed']);
});

it('all that is measured is defined, in the unit that it has', () => {
  const all = [result, patient].flatMap(({ cells }) =>
    cells.flatMap(({ attempts }) => attempts.flatMap(({ measurements = [] }) => measurements)),
  );
  expect(all).not.toHaveLength(0);
  for (const { name, unit } of all) expect([name, measurementKind(name)?.unit]).toEqual([name, unit]);
});

it('a move is heard of at both ends, and the old leg is released', () => {
  const there = passedAttempt(result, '0>8/access-change/aes', '8');
  expect(measured(there, 'media-interruption-at-ue')).toEqual(expect.any(Number));
  expect(measured(there, 'media-interruption-at-peer')).toEqual(expect.any(Number));
  expect(measured(passedAttempt(result, '0>8/access-change/aes'), 'old-leg-released')).toBe('by the SCC AS');
});

describe('an idle time-out', () => {
  it('of 5 s is outlived ten times with keep-alives, and not twice without', () => {
    const attempt = passedAttempt(patient, '7/keepalive/aes');
    expect(attempt.durationMs).toBeGreaterThan(12 * 5000);
    expect(measured(attempt, 'call-without-keep-alives')).toBe('lost');
    expect(measured(attempt, 'call-with-keep-alives')).toBe('arrived');
    expect(measured(attempt, 'relay-with-keep-alives')).toBe('works');
    expect(measured(attempt, 'registered-again-after')).toEqual(expect.any(Number));
  });

  it('means nothing to who keeps no state', () =>
    expect(measured(passedAttempt(result, '0/keepalive/aes'), 'call-without-keep-alives')).toBe('arrived'));
});

it('what was said is in the captures, readable with a NULL suite', () => {
  // On type 7 with a NULL suite, TURN goes over TLS that can be read, and each MSRP message begins a TLS record.
  const packets = packetsIn(join(out, 'captures/7-ue-side.pcap'), ['-A']);
  expect(packets).toMatch(/MSRP \S+ SEND/);
  expect(packets).toContain('INVITE sip:peer@');
});
