import { kamailioCommand } from '../kamailio';
import type { NodeKind } from '../node-kind';
import { pcscfConfig, type PcscfConfig } from './config';
import { pcscfRoutes } from './routes';

/** The P-CSCF: Kamailio as an edge, and nothing but an edge. */
export const pcscf: NodeKind<PcscfConfig> = {
  kind: 'pcscf',
  config: pcscfConfig,
  files: (config, folder) => ({
    'kamailio.cfg': pcscfRoutes(config, folder),
    'tls.cfg': tlsConfig(folder),
    'tls.crt': config.certificate,
    'tls.key': config.privateKey,
  }),
  command: (_config, folder) => kamailioCommand(folder),
  ready: (config) => ({ kind: 'sip-options', ip: config.address, port: config.ports.udp }),
};

/** NULL suites only exist at OpenSSL's security level 0; the UE's offer decides what is agreed. */
function tlsConfig(folder: string): string {
  return `[server:default]
method = TLSv1.2+
certificate = ${folder}/tls.crt
private_key = ${folder}/tls.key
cipher_list = HIGH:NULL-SHA:@SECLEVEL=0
verify_certificate = no
require_certificate = no
`;
}
