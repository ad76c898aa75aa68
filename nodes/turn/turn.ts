import { z } from 'zod';
import type { NodeKind } from '../node-kind';

/** What a TURN server is set up with. */
export const turnConfig = z.object({
  address: z.ipv4(),
  realm: z.string(),
  username: z.string(),
  password: z.string(),
  ports: z.object({ udp: z.int(), tcp: z.int(), tls: z.int(), http: z.int(), https: z.int() }),
  certificate: z.string(),
  privateKey: z.string(),
});
export type TurnConfig = z.infer<typeof turnConfig>;

/**
 * The TURN server: coturn on UDP and TCP 3478, TLS 5349, TCP 80 and TLS 443 (TS 33.203 W.3.1.3), long-term credentials
 * (RFC 8489 9.2), UDP allocations (RFC 8656) and TCP allocations (RFC 6062).
 */
export const turn: NodeKind<TurnConfig> = {
  kind: 'turn',
  config: turnConfig,
  files: (config, folder) => ({
    'turnserver.conf': turnserverConf(config, folder),
    'tls.crt': config.certificate,
    'tls.key': config.privateKey,
  }),
  command: (_config, folder) => ['turnserver', '-c', `${folder}/turnserver.conf`],
  ready: (config) => ({ kind: 'turn-allocate', ip: config.address, port: config.ports.udp }),
};

function turnserverConf(config: TurnConfig, folder: string): string {
  const { address, ports } = config;
  return `listening-ip=${address}
relay-ip=${address}
listening-port=${ports.udp}
tls-listening-port=${ports.tls}
aux-server=${address}:${ports.http}
aux-server=${address}:${ports.https}
relay-threads=1
min-port=49152
max-port=50151
realm=${config.realm}
lt-cred-mech
user=${config.username}:${config.password}
fingerprint
cert=${folder}/tls.crt
pkey=${folder}/tls.key
cipher-list=HIGH:NULL-SHA:@SECLEVEL=0
no-cli
no-rfc5780
no-stun-backward-compatibility
userdb=${folder}/turn.db
pidfile=${folder}/turn.pid
log-file=stdout
simple-log
`;
}
