import { defineBox } from '../box';
import { homeDomain } from '../home-network';
import { ipsecCompanion, ipsecSocket } from '../ipsec/companion';
import { kamailio, kamailioCommand, kamailioModule } from '../kamailio';
import { fourTimesWithin } from './keep-alive';
import { pcscfConfig, type PcscfConfig } from './config';
import { perlModule, perlModuleFile } from './perl-module';
import { pcscfScript } from './script';

/** The ports at which UEs reach it: UDP and TLS (RFC 3261 19.1.2), and TLS on the port of HTTPS (TS 33.203 Annex O). */
const ports = { udp: 5060, tls: 5061, https: 443 };

/**
 * The ports at which it has SIP over security associations. A UE may have an old set, a new one and one that is being agreed
 * on at a time, each with another client port (TS 33.203 7.4).
 */
const protectedPorts = { serverPort: 6100, clientPorts: [5100, 5101, 5102] };

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
    ...(lab.securities.includes('aka') ? { protected: { ...protectedPorts, ipsec: ipsecSocket } } : {}),
    ...lab.certificateOf('pcscf'),
  }),
  files: (config, folder) => ({
    'kamailio.cfg': pcscfScript(config, folder),
    'tls.cfg': tlsConfig(folder),
    'tls.crt': config.certificate,
    'tls.key': config.privateKey,
    [perlModuleFile]: perlModule(config.protected?.ipsec),
  }),
  command: (_config, folder) => kamailioCommand(folder),
  // A kernel does not tell which packets it refuses, and verdicts rest on that.
  companions: (config) =>
    config.protected?.ipsec === ipsecSocket ? [ipsecCompanion([config.address], 'userspace')] : [],
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
