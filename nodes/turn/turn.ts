import { z } from 'zod';
import { defineBox } from '../box';
import { homeDomain } from '../home-network';
import type { Program } from '../program';

/** The configuration of a TURN server. */
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

/** The ports of STUN and TURN (RFC 8489 18.6), and those of the web (TS 33.203 W.3.1.3). */
const ports = { udp: 3478, tcp: 3478, tls: 5349, http: 80, https: 443 };

const coturn: Program = {
  name: 'turnserver',
  debianPackage: 'coturn',
  product: 'coturn',
  version: { argv: ['turnserver', '--version'], pattern: /^(?:Coturn-)?(\d[\w.-]*)/m },
};

/**
 * The TURN server: coturn on UDP and TCP 3478, TLS 5349, TCP 80 and TLS 443 (TS 33.203 W.3.1.3), long-term credentials
 * (RFC 8489 9.2), UDP allocations (RFC 8656) and TCP allocations (RFC 6062).
 */
export const turn = defineBox({
  kind: 'turn',
  place: { interfaces: [{ network: 'transit', host: 30 }] },
  ports,
  hostName: 'turn',
  config: turnConfig,
  configure: (lab) => ({
    address: lab.addressOf('turn'),
    realm: homeDomain,
    ...lab.secrets.turnUser,
    ports,
    ...lab.certificateOf('turn'),
  }),
  files: (config, folder) => ({
    'turnserver.conf': turnserverConf(config, folder),
    'tls.crt': config.certificate,
    'tls.key': config.privateKey,
  }),
  command: (_config, folder) => ['turnserver', '-c', `${folder}/turnserver.conf`],
  ready: (config) => allocation(config),
  answers: (config) => allocation(config),
  logs: ['stdout', 'stderr'],
  programs: [coturn],
  image: {
    name: 'turn',
    title: 'nimsfw TURN server',
    description: 'coturn on UDP, TCP and TLS, on 80 and 443 too',
    user: 'own',
  },
});

const allocation = (config: TurnConfig) =>
  ({ by: 'probe', kind: 'turn-allocate', at: { ip: config.address, port: config.ports.udp } }) as const;

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
cipher-list=NULL-SHA:HIGH:@SECLEVEL=0
no-cli
no-rfc5780
no-stun-backward-compatibility
userdb=${folder}/turn.db
pidfile=${folder}/turn.pid
log-file=stdout
simple-log
`;
}
