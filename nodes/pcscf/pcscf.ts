import { defineBox, type Companion } from '../box';
import { homeDomain } from '../home-network';
import { programFile } from '../installation';
import { kamailio, kamailioCommand, kamailioModule } from '../kamailio';
import { fourTimesWithin } from './keep-alive';
import { pcscfConfig, type PcscfConfig } from './config';
import { perlModule, perlModuleFile } from './perl-module';
import { pcscfScript } from './script';

/** The ports at which UEs reach it: UDP and TLS (RFC 3261 19.1.2), and TLS on the port of HTTPS (TS 33.203 Annex O). */
const ports = { udp: 5060, tls: 5061, https: 443 };

/** The Unix socket of the program `ipsec`, in the node's folder. */
export const ipsecSocket = 'ipsec.sock';

/** The P-CSCF: a Kamailio that is only an edge proxy. */
export const pcscf = defineBox({
  kind: 'pcscf',
  place: {
    interfaces: [
      { network: 'transit', host: 10 },
      { network: 'core', host: 10 },
    ],
  },
  ports,
  hostName: 'pcscf',
  config: pcscfConfig,
  configure: (lab): PcscfConfig => ({
    address: lab.addressOf('pcscf'),
    coreAddress: lab.addressOf('pcscf', 'core'),
    ports,
    imsCore: { address: lab.addressOf('ims-core'), port: lab.portsOf<{ sip: number }>('ims-core').sip },
    homeDomain,
    keepAliveSeconds: fourTimesWithin(lab.firewalls.map(({ knobs }) => knobs.idle)),
    ...lab.certificateOf('pcscf'),
  }),
  files: (config, folder) => ({
    'kamailio.cfg': pcscfScript(config, folder),
    'tls.cfg': tlsConfig(folder),
    'tls.crt': config.certificate,
    'tls.key': config.privateKey,
    [perlModuleFile]: perlModule(config.protected && `${folder}/${ipsecSocket}`),
  }),
  command: (_config, folder) => kamailioCommand(folder),
  companions: (config) => (config.protected ? [ipsec(config)] : []),
  ready: (config) => sipOptions(config.address, config.ports.udp),
  answers: (config) => sipOptions(config.address, config.ports.udp),
  logs: ['stdout', 'stderr'],
  programs: [kamailio],
  parts: [
    kamailioModule('tls'),
    kamailioModule('outbound'),
    kamailioModule('websocket'),
    kamailioModule('perl', 'app_perl'),
  ],
  image: {
    name: 'pcscf',
    title: 'nimsfw P-CSCF',
    description: 'Kamailio as P-CSCF: SIP over UDP, TLS, and TLS and WebSocket on 443',
    user: 'own',
  },
});

/** A Perl script that succeeds when the program at the socket "$ARGV[0]" answers within "$ARGV[1]" seconds. */
const askScript =
  'use IO::Socket::UNIX; alarm $ARGV[1]; my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1;' +
  ' syswrite $s, qq({"id":1,"method":"list"}\\n); exit !(<$s> =~ /"result"/);';

/** The program that makes the security associations on which the P-CSCF agrees. */
const ipsec = ({ address }: PcscfConfig): Companion => ({
  name: 'ipsec',
  argv: [process.execPath, programFile('ipsec'), '--address', address, '--socket', ipsecSocket],
  ready: { by: 'line', stream: 'stderr', text: 'ipsec: ready' },
  answers: {
    by: 'command',
    what: `its socket ${ipsecSocket}`,
    argv: (withinMs) => ['perl', '-e', askScript, ipsecSocket, String(Math.ceil(withinMs / 1000))],
  },
});

const sipOptions = (ip: string, port: number) =>
  ({ by: 'probe', kind: 'sip-options', at: { ip, port } }) as const;

/**
 * Writes Kamailio's TLS settings. The NULL suite, which OpenSSL has only at security level 0, is preferred: a UE that
 * offers it has to offer one that encrypts too (TS 33.203 O.2.1), and would get no NULL suite otherwise.
 */
function tlsConfig(folder: string): string {
  return `[server:default]
method = TLSv1.2+
certificate = ${folder}/tls.crt
private_key = ${folder}/tls.key
cipher_list = NULL-SHA:HIGH:@SECLEVEL=0
verify_certificate = no
require_certificate = no
`;
}
