import fc from 'fast-check';
import { registrationLadder, registrationRungs, relayRungs, webSocketRungs } from './ladder';
import {
  isSameRung,
  isTls443,
  makeRung,
  rungId,
  rungOf,
  securities,
  servers,
  steps,
  throughs,
  transports,
} from './rung';

const rungs = [...registrationLadder, ...relayRungs];

const anyRung = fc
  .record({
    step: fc.constantFrom(...steps),
    server: fc.constantFrom(...servers),
    transport: fc.constantFrom(...transports),
    port: fc.integer({ min: 1, max: 65535 }),
    through: fc.constantFrom(...throughs),
    security: fc.constantFrom(...securities),
  })
  .map(makeRung);

it('the ladders are those of TS 33.203 Annex W, and what a rung is called tells it from the others of its ladder', () => {
  // W.3.1: SIP by the normal way, by NAT traversal, by TLS on 443 and by CONNECT.
  // W.3.1.3: TURN likewise, port 80 first.
  expect(registrationRungs.map(rungId)).toEqual([
    '1-udp:5060',
    '2-udp:5060',
    '2-tls:5061',
    '3-tls:443',
    '3-connect:443',
  ]);
  expect(relayRungs.map(rungId)).toEqual([
    '2-udp:3478',
    '2-tcp:3478',
    '2-tls:5349',
    '3-tcp:80',
    '3-tls:443',
    '3-connect:443',
  ]);
});

it('a browser registers by WebSocket in TLS on 443, and what its rungs are called tells them from the others', () => {
  expect(webSocketRungs.map(rungId)).toEqual(['3-wss:443', '3-connect-wss:443']);
  expect(webSocketRungs.map(isTls443)).toEqual([true, true]);
  expect(new Set(registrationLadder.map(rungId)).size).toBe(registrationLadder.length);
});

it('is the same rung only where every field is the same', () => {
  for (const one of rungs) expect(rungs.filter((other) => isSameRung(one, other))).toEqual([one]);
  const rung = registrationRungs[3]!;
  const others = {
    step: 2,
    via: 'x',
    server: 'turn',
    transport: 'tcp',
    port: 80,
    through: 'connect',
  } as const;
  for (const [field, value] of Object.entries(others))
    expect([field, isSameRung(rung, { ...rung, [field]: value })]).toEqual([field, false]);
});

it('of what was tried by a rung, the rung is what is left without the rest', () => {
  fc.assert(
    fc.property(anyRung, (rung) => {
      expect(rungOf({ ...rung, id: 'an attempt', verdict: 'passed' } as typeof rung)).toEqual(rung);
    }),
  );
});
