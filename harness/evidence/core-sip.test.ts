import { PassThrough } from 'node:stream';
import { CoreSip } from './core-sip';
import { start } from './testing/attempts';
import { pcap, recordAt, udp } from './testing/builders';
import { coreExchange, exchange, pcscfAtCore } from './testing/core';

/** Reads these packets, one record each, 10 ms apart. */
function read(packets: readonly Uint8Array[]): CoreSip {
  const stream = new PassThrough();
  const sip = new CoreSip(stream, pcscfAtCore.ip);
  const records = packets.map((packet, index) => recordAt(start + 10 * index, packet));
  stream.emit('data', pcap(records, { linkType: 101 }));
  return sip;
}

it('shows a NOTIFY that the P-CSCF could not bring to the private address of the UE', () => {
  expect(read(coreExchange()).undelivered(['call-1'])).toEqual([
    {
      method: 'NOTIFY',
      target: 'sip:ue-1@10.89.1.2:32768',
      callId: 'call-1',
      answer: '500 No Route To The UE',
      requestFrame: { frame: 3, at: start + 20 },
      answerFrame: { frame: 4, at: start + 30 },
      translation: {
        inside: { ip: '10.89.1.2', port: 32768 },
        outside: { ip: '198.19.1.1', port: 50001 },
        branch: 'z9hG4bKue',
      },
    },
  ]);
});

it('tells whoever listens of each message, and of what is no SIP not', () => {
  const stream = new PassThrough();
  const sip = new CoreSip(stream, pcscfAtCore.ip);
  let told = 0;
  const stop = sip.onMessage(() => told++);
  const [subscribe, ok, notify] = coreExchange();
  stream.emit('data', pcap([recordAt(start, subscribe!)], { linkType: 101 }));
  stream.emit(
    'data',
    pcap([recordAt(start, udp(pcscfAtCore, pcscfAtCore, 'no SIP'))], { linkType: 101 }).subarray(24),
  );
  stream.emit('data', pcap([recordAt(start, ok!)], { linkType: 101 }).subarray(24));
  expect(told).toBe(2);
  stop();
  stream.emit('data', pcap([recordAt(start, notify!)], { linkType: 101 }).subarray(24));
  expect(told).toBe(2);
});

it.each([
  ['of another Call-ID', {}, ['call-2']],
  ['that was answered with 200', { answer: '200 OK' }, ['call-1']],
  ['that was not answered', { answer: undefined }, ['call-1']],
  ['whose answer has another branch', { answerBranch: 'z9hG4bKother' }, ['call-1']],
  ['that goes back over a flow', { route: '<sip:token@198.18.0.10;lr>' }, ['call-1']],
  ['to another address than the Via has', { target: 'sip:ue-1@10.89.1.2:5060' }, ['call-1']],
  ['of a UE whose address nobody changed', { received: '' }, ['call-1']],
])('shows no request %s', (_, changes, callIds) => {
  expect(read(coreExchange({ ...exchange, ...changes })).undelivered(callIds)).toEqual([]);
});
