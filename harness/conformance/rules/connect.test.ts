import { judged, tunnel } from '../testing/messages';
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
