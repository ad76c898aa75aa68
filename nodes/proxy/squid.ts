import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { openssl } from '../openssl';
import type { Program, ProgramPart } from '../program';
import { reloaded } from './reload';
import { readSquidLine, squidLogFormat } from './squid-log';
import { webProxy, type ProxyConfig } from './web-proxy';

/** The log to which squid writes one line for each transaction, in {@link squidLogFormat}. */
const accessLogFile = 'log/access.log';
/** The log to which squid writes about itself. */
const cacheLogFile = 'log/cache.log';
const pidFile = 'log/squid.pid';

const squidProgram: Program = {
  name: 'squid',
  debianPackage: 'squid-openssl',
  product: 'squid',
  version: { argv: ['squid', '-v'], pattern: /Version (\d[\w.-]*)/ },
};

const certificateProgram = '/usr/lib/squid/security_file_certgen';

/** Debian has two squids; the one that is built with GnuTLS lacks only this. */
const interception: ProgramPart = {
  id: 'ssl-bump',
  works: 'squid can re-sign TLS, for the intercepting proxy',
  name: 'a squid that re-signs TLS',
  debianPackage: 'squid-openssl',
  file: basename(certificateProgram),
  folders: [dirname(certificateProgram)],
  neededFor: ({ proxy: kind }) => kind === 'intercepting',
};

/** squid, which allows CONNECT to some ports and nothing else, and can intercept TLS. */
export const squid = webProxy({
  name: 'squid',
  files: (config, folder) => ({
    'squid.conf': squidConf(config, folder),
    ...(config.credentials
      ? { passwords: `${config.credentials.username}:${md5(config.credentials.password)}\n` }
      : {}),
    ...(config.interception
      ? {
          'interception.pem': config.interception.certificate + config.interception.privateKey,
          'trust.pem': config.interception.trustAnchor,
        }
      : {}),
  }),
  command: (config, folder) => ['sh', '-ec', startScript(config), 'proxy', folder],
  reload: (_config, folder) =>
    reloaded({
      program: squidProgram.name,
      folder,
      signal: 'HUP',
      pidFile,
      log: cacheLogFile,
      says: 'Accepting .*HTTP Socket',
    }),
  evidenceLog: { file: accessLogFile, read: readSquidLine },
  programs: [squidProgram, openssl],
  parts: [interception],
  trials: [
    {
      id: 'other-users',
      level: 'required',
      script: 'setpriv --reuid=13 --regid=13 --clear-groups true',
      works: 'programs can change to users of their own, as squid does',
      fails: 'programs cannot change to users of their own, as squid does',
      remedy: 'as root, in a namespace with ids for them; as another user, with a range of subordinate ids',
    },
  ],
  image: {
    name: 'proxy',
    title: 'nimsfw web proxy',
    description: 'squid, for CONNECT and nothing else; can intercept TLS',
    // Debian's user `proxy`, to whom squid would change if it were root.
    user: { uid: 13, gid: 13 },
  },
  alone: { logFiles: [accessLogFile, cacheLogFile] },
});

/**
 * Every suite that OpenSSL has. If the interceptor refused the UE's suite, the handshake would fail for that, and
 * the UE's check of the certificate would not be tried.
 */
const anySuite = 'ALL:NULL-SHA:@SECLEVEL=0';

/**
 * Hashes a password in the only form of squid's password file that needs no salt. The
 * password is random, for one run.
 */
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/**
 * Writes the script that starts squid. squid changes from root to the user `proxy`, who
 * must own the folder of its logs.
 */
function startScript(config: ProxyConfig): string {
  return [
    'mkdir -p "$1/log"',
    ...(config.interception ? [`${certificateProgram} -c -s "$1/log/certificates" -M 4MB`] : []),
    'chown -R proxy "$1/log"',
    // squid names its shared memory after the service (-n), and the proxies of a lab share one /dev/shm.
    `exec squid -N -n "$(basename "$1" | tr -cd a-z0-9)" -f "$1/squid.conf"`,
  ].join('\n');
}

function squidConf(config: ProxyConfig, folder: string): string {
  const ports = config.connectPorts.join(' ');
  const intercept = config.interception;
  return `http_port ${config.address}:${config.port}${
    intercept
      ? ` ssl-bump generate-host-certificates=on dynamic_cert_mem_cache_size=4MB tls-cert=${folder}/interception.pem cipher=${anySuite}`
      : ''
  }
visible_hostname proxy
hosts_file /etc/hosts
dns_nameservers ${config.resolver ?? '127.0.0.1'}
cache_effective_user proxy
pid_filename ${folder}/${pidFile}
cache deny all
cache_mem 1 MB
max_filedescriptors 1024
pinger_enable off
netdb_filename none
shutdown_lifetime 0 seconds
forwarded_for delete
cache_log ${folder}/${cacheLogFile}
cache_store_log none
logformat nimsfw ${squidLogFormat}
access_log stdio:${folder}/${accessLogFile} logformat=nimsfw
${
  config.credentials
    ? `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${folder}/passwords\nauth_param basic children 1 startup=1 idle=1\nacl known proxy_auth REQUIRED\n`
    : ''
}read_timeout ${config.idleSeconds} seconds
acl to_allowed port ${ports}
acl tunnel method CONNECT
http_access deny !tunnel
http_access deny !to_allowed
${config.credentials ? 'http_access deny !known\n' : ''}http_access allow all
${
  intercept
    ? `sslcrtd_program ${certificateProgram} -s ${folder}/log/certificates -M 4MB
sslcrtd_children 1 startup=1 idle=1
tls_outgoing_options cafile=${folder}/trust.pem cipher=${anySuite}
acl client_hello at_step SslBump1
ssl_bump peek client_hello
ssl_bump bump all
`
    : ''
}`;
}
