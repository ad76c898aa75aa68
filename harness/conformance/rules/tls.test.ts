import { handshake, judged, sip } from '../testing/messages';
import type { TlsHandshake } from '../sighting';

const of = (more: Partial<TlsHandshake>) => ({ handshake: [handshake(more)] });
const server = { serverName: 'pcscf.example.org' };

it('a ClientHello offers a suite that encrypts', () => {
  expect(judged('non-null-suite-offered', of({ offered: [0x0002, 0x002f] }))).toEqual([1]);
  expect(judged('non-null-suite-offered', of({ offered: [0x0002, 0x00ff] }))).toEqual([
    0,
    'only TLS_RSA_WITH_NULL_SHA, 0x00ff offered',
  ]);
});

it('the server chooses of the offer', () => {
  expect(judged('suite-of-the-offer', of({ offered: [0x0002, 0x002f], chosen: 0x0002 }))).toEqual([1]);
  expect(judged('suite-of-the-offer', of({ offered: [0x002f], chosen: 0x0002 }))).toEqual([
    0,
    'TLS_RSA_WITH_NULL_SHA was chosen, and not offered',
  ]);
});

it('the server is asked for by name', () => {
  expect(judged('server-name-asked', of(server))).toEqual([1]);
  expect(judged('server-name-asked', of({}))).toEqual([0, 'ClientHello without server_name']);
});

it('a certificate has the FQDN as common name and in subjectAltName', () => {
  const certificate = { commonName: 'pcscf.example.org', dnsNames: ['pcscf.example.org'] };
  const held = of({ ...server, certificate });
  expect(judged('certificate-common-name', held)).toEqual([1]);
  expect(judged('certificate-dns-name', held)).toEqual([1]);
  const broken = of({ ...server, certificate: { commonName: 'pcscf', dnsNames: [] } });
  expect(judged('certificate-common-name', broken)).toEqual([
    0,
    'pcscf.example.org has the common name pcscf',
  ]);
  expect(judged('certificate-dns-name', broken)).toEqual([
    0,
    'pcscf.example.org has the subjectAltName none',
  ]);
});

it('a client goes on only with a certificate of somebody whom it trusts', () => {
  const certificate = { commonName: 'pcscf.example.org', dnsNames: [] };
  const shown = (more: Partial<TlsHandshake>) =>
    judged('unknown-authority-refused', of({ ...server, certificate, ...more }));
  expect(shown({ isTrusted: true, wentOn: true })).toEqual([1]);
  expect(shown({ isTrusted: false })).toEqual([1]);
  expect(shown({ isTrusted: false, wentOn: true })).toEqual([
    0,
    'the certificate of pcscf.example.org, which nobody vouches for whom the UE trusts, was accepted',
  ]);
  // Of what the UE trusts nothing is known.
  expect(shown({ wentOn: true })).toEqual([0]);
});

it('on a port of TLS no SIP comes outside of it', () => {
  const to = (port: number, transport: 'tcp' | 'tls') =>
    sip('ue to pcscf', 'OPTIONS sip:a SIP/2.0\nCSeq: 1 OPTIONS', {
      transport,
      destination: { ip: '198.19.0.10', port },
    });
  expect(judged('tls-before-sip', [to(443, 'tls'), to(5060, 'tcp')])).toEqual([1]);
  expect(judged('tls-before-sip', [to(443, 'tcp')])).toEqual([0, 'OPTIONS sip:a SIP/2.0 without TLS']);
});
