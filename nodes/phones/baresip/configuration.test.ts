import { toPcscf } from '../../../ladder/testing/rungs';
import { accountOf, filesOf, type BaresipSetting } from './configuration';

const setting = (over: Partial<BaresipSetting> = {}): BaresipSetting => ({
  config: {
    turn: {
      ...{ name: 'turn.home', address: '198.19.0.30', username: 'u', password: 'p' },
      ports: { udp: 3478, tcp: 3478, tls: 5349, http: 80, https: 443 },
    },
    peerIdentity: 'sip:peer@home',
  },
  subscriber: { domain: 'home', impi: 'me@home', impu: 'sip:me@home', password: 'secret' },
  rung: toPcscf(2, 'tls:5061'),
  suite: 'aes',
  server: { ip: '198.19.0.10', port: 5061 },
  ...{ controlPort: 4444, rtpPort: 40000, voiceMs: 10, folder: '/f', trustFile: '/trust.pem' },
  ...over,
});

it('registers by address with outbound and ICE, and in step 1 with neither', () => {
  expect(accountOf(setting())).toBe(
    '<sip:me@home>;auth_user=me@home;auth_pass=secret;outbound="sip:198.19.0.10:5061;transport=tls";regint=60;answermode=auto;audio_codecs=pcma;sipnat=outbound;medianat=ice;stunserver=turn:198.19.0.30:3478;stunuser=u;stunpass=p',
  );
  const first = accountOf(setting({ rung: toPcscf(1, 'udp:5060'), server: { ip: '1.2.3.4', port: 5060 } }));
  expect(first).toContain('outbound="sip:1.2.3.4:5060;transport=udp"');
  expect(first).not.toMatch(/sipnat|medianat/);
});

it.each([
  ['aes', 'AES128-SHA:@SECLEVEL=0', 'TLSv1.2'],
  ['null', 'NULL-SHA:AES128-SHA:@SECLEVEL=0', 'TLSv1.2'],
  ['modern', 'DEFAULT', 'TLSv1.3'],
] as const)('offers the suite %s by the defaults of OpenSSL', (suite, ciphers, newest) => {
  const text = String(filesOf(setting({ suite }))['openssl.cnf']);
  expect(text).toContain(`CipherString = ${ciphers}\n`);
  expect(text).toContain(`MaxProtocol = ${newest}\n`);
});

it('speaks for as long as it is told to: 8000 samples a second of 2 bytes, after a head of 44', () => {
  const voice = filesOf(setting({ voiceMs: 1500 }))['voice.wav'];
  expect(voice).toHaveLength(44 + 1.5 * 8000 * 2);
});
