import { StunMessage } from '../../../nodes/ue/stun/message';
import { judged, stun, tunnel } from '../testing/messages';
import type { Tunnel } from '../sighting';

const of = (more: Partial<Tunnel>) => ({ tunnel: [tunnel(more)] });
const two = ['a:443', 'b:443'];

it('each connection has one CONNECT', () => {
  expect(judged('one-connect-per-connection', of({}))).toEqual([1]);
  expect(judged('one-connect-per-connection', of({ targets: two }))).toEqual([
    0,
    'CONNECT a:443, CONNECT b:443',
  ]);
});

it('each tunnel that stands has one TLS connection', () => {
  expect(judged('tls-in-tunnel', of({}))).toEqual([1]);
  expect(judged('tls-in-tunnel', of({ handshakes: 0 }))).toEqual([0, '0 TLS handshakes']);
  expect(judged('tls-in-tunnel', of({ handshakes: 0, statuses: [403] }))).toEqual([0]);
});

it('the target is a host and a port', () => {
  expect(judged('connect-target', of({}))).toEqual([1]);
  expect(judged('connect-target', of({ targets: ['[2001:db8::1]:443'] }))).toEqual([1]);
  expect(judged('connect-target', of({ targets: ['https://a:443/'] }))).toEqual([
    0,
    'CONNECT https://a:443/',
  ]);
});

it('Host is the target', () => {
  expect(judged('connect-host', of({}))).toEqual([1]);
  expect(judged('connect-host', of({ hosts: [] }))).toEqual([
    0,
    'CONNECT pcscf.example.org:443 with Host none',
  ]);
});

describe('CONNECT for WebRTC', () => {
  const dtls = Buffer.from([22, 254, 253]);
  const ice = Buffer.from([0, 1, 0, 0]);
  /** A tunnel, and what is relayed on the connection with a number. */
  const relaying = (data: Buffer, stream: number, more: Partial<Tunnel> = {}) => ({
    ...of(more),
    stun: [stun(new StunMessage('SEND', 'indication').set('DATA', data), { transport: 'tls', stream })],
  });

  it('has ALPN', () => {
    expect(judged('connect-alpn', relaying(dtls, 0, { alpn: ['webrtc'] }))).toEqual([1]);
    expect(judged('connect-alpn', relaying(dtls, 0))).toEqual([
      0,
      'CONNECT pcscf.example.org:443 without ALPN, and DTLS is relayed in it',
    ]);
  });

  it('is known by DTLS in its own tunnel', () => {
    expect(judged('connect-alpn', relaying(ice, 0))).toEqual([0]);
    expect(judged('connect-alpn', relaying(dtls, 1))).toEqual([0]);
  });
});
