import type { SuiteId } from '../../../ladder';
import { suites } from '../../../ladder';
import type { Rung } from '../../../ladder';
import type { Endpoint, Subscriber, UeConfig } from '../../ue/protocol';

/** What the files of one baresip follow from. */
export interface BaresipSetting {
  readonly config: Pick<UeConfig, 'turn' | 'peerIdentity'>;
  readonly subscriber: Subscriber;
  readonly rung: Rung;
  readonly suite: SuiteId;
  /** Where it sends its SIP: the P-CSCF, or a shim. */
  readonly server: Endpoint;
  /** Loopback port of its control interface. */
  readonly controlPort: number;
  /** Even; RTP takes this one, and the next ones if it is taken. */
  readonly rtpPort: number;
  /** How long it speaks at most, ms. */
  readonly voiceMs: number;
  /** Its folder, absolute. */
  readonly folder: string;
  readonly trustFile: string;
}

/** Returns the files of a baresip's folder, by name. */
export function filesOf(setting: BaresipSetting): Record<string, string | Buffer> {
  const { config, subscriber, suite, voiceMs } = setting;
  return {
    config: configFile(setting),
    // It gets its account by a command, once whoever drives it listens.
    accounts: '# none yet\n',
    // Only contacts are sent messages.
    contacts: `"self" <${subscriber.impu}>\n"peer" <${config.peerIdentity}>\n`,
    'openssl.cnf': opensslFile(suite),
    'voice.wav': tone(voiceMs),
  };
}

function configFile({ controlPort, rtpPort, folder, trustFile }: BaresipSetting): string {
  const lines = [
    'poll_method epoll',
    // It takes this file and any other certificate besides: version 1.0 does not check what a server presents.
    `sip_cafile ${trustFile}`,
    `audio_source aufile,${folder}/voice.wav`,
    `audio_player aufile,${folder}/heard.wav`,
    `audio_alert aufile,${folder}/alert.wav`,
    'ausrc_format s16',
    'auplay_format s16',
    'jitter_buffer_delay 5-10',
    'rtcp_mux yes',
    `rtp_ports ${rtpPort}-${rtpPort + 20}`,
    'module_path /usr/lib/baresip/modules',
    ...['g711', 'aufile', 'stun', 'turn', 'ice'].map((name) => `module ${name}.so`),
    ...['uuid', 'account'].map((name) => `module_tmp ${name}.so`),
    ...['contact', 'menu', 'ctrl_tcp'].map((name) => `module_app ${name}.so`),
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns the account with which it registers, as its command `uanew` takes it. */
export function accountOf({ config: { turn }, subscriber, rung, server }: BaresipSetting): string {
  const { impu, impi, password } = subscriber;
  const parameters = [
    `auth_user=${impi}`,
    `auth_pass=${password}`,
    // By address, because it finds names by DNS only, which the lab need not have.
    `outbound="sip:${server.ip}:${server.port};transport=${rung.transport}"`,
    'regint=60',
    'answermode=auto',
    'audio_codecs=pcma',
    // Step 1 is without any NAT traversal: neither outbound (RFC 5626) nor ICE.
    ...(rung.step === 1
      ? []
      : [
          'sipnat=outbound',
          'medianat=ice',
          // With a TURN server its ICE asks that for the address that STUN would tell, too. It has TURN over UDP only.
          `stunserver=turn:${turn.address}:${turn.ports.udp}`,
          `stunuser=${turn.username}`,
          `stunpass=${turn.password}`,
        ]),
  ];
  return `<${impu}>;${parameters.join(';')}`;
}

/** It has no setting for suites, but OpenSSL has one for every program that sets none itself. */
function opensslFile(suite: SuiteId): string {
  const { ciphers, minVersion, maxVersion } = suites[suite];
  return `openssl_conf = all
[all]
ssl_conf = tls
[tls]
system_default = offer
[offer]
CipherString = ${ciphers}
MinProtocol = ${minVersion}
MaxProtocol = ${maxVersion}
`;
}

const rate = 8000;

/** Makes a WAV file with a tone of 440 Hz: what it speaks. It goes silent when the file ends. */
function tone(ms: number): Buffer {
  const samples = Math.ceil((ms * rate) / 1000);
  const file = Buffer.alloc(44 + 2 * samples);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * samples, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // one channel
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(2 * rate, 28); // bytes in a second
  file.writeUInt16LE(2, 32); // bytes of a sample
  file.writeUInt16LE(16, 34); // bits of a sample
  file.write('data', 36);
  file.writeUInt32LE(2 * samples, 40);
  for (let at = 0; at < samples; at++)
    file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 440 * at) / rate)), 44 + 2 * at);
  return file;
}
