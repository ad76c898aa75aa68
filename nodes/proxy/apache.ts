import { createHash } from 'node:crypto';
import type { Program } from '../program';
import { apacheLogFormat, readApacheLine } from './apache-log';
import { reloaded } from './reload';
import { webProxy, type ProxyConfig } from './web-proxy';

/** The log to which Apache writes one line for each transaction, in {@link apacheLogFormat}. */
const accessLogFile = 'log/access.log';
/** The log to which Apache writes about itself. */
const errorLogFile = 'log/error.log';
const pidFile = 'log/apache2.pid';
const configFile = 'apache2.conf';

const apache2: Program = {
  name: 'apache2',
  debianPackage: 'apache2-bin',
  product: 'apache2',
  version: { argv: ['apache2', '-v'], pattern: /Apache\/(\d[\w.-]*)/ },
};

/** Apache's HTTP server as a forward proxy (`mod_proxy_connect`), for CONNECT to some ports and nothing else. */
export const apache = webProxy({
  name: 'apache',
  lacks: ({ knobs }) => (knobs.proxy === 'intercepting' ? 'cannot re-sign TLS' : undefined),
  files: (config, folder) => ({
    [configFile]: apacheConf(config, folder),
    ...(config.credentials
      ? { passwords: `${config.credentials.username}:{SHA}${sha1(config.credentials.password)}\n` }
      : {}),
  }),
  setUp: (_config, folder) => [['mkdir', '-p', `${folder}/log`]],
  command: (_config, folder) => ['apache2', '-D', 'FOREGROUND', '-f', `${folder}/${configFile}`],
  reload: (_config, folder) =>
    reloaded({
      program: apache2.name,
      folder,
      signal: 'USR1',
      pidFile,
      log: errorLogFile,
      says: 'resuming normal operations',
    }),
  evidenceLog: { file: accessLogFile, read: readApacheLine },
  programs: [apache2],
  image: {
    name: 'proxy-apache',
    title: 'nimsfw web proxy, Apache',
    description: 'Apache as a forward proxy, for CONNECT and nothing else',
    // Debian's user `www-data`, to whom Apache would change if it were root.
    user: { uid: 33, gid: 33 },
  },
  alone: { logFiles: [accessLogFile, errorLogFile] },
});

/** Hashes a password in the only form of Apache's password file that needs no salt. The password is random, for one run. */
const sha1 = (text: string): string => createHash('sha1').update(text).digest('base64');

const modules = [
  'mpm_event',
  'authn_core',
  'authn_file',
  'authz_core',
  'authz_user',
  'auth_basic',
  'proxy',
  'proxy_connect',
];

function apacheConf(config: ProxyConfig, folder: string): string {
  return `ServerRoot ${folder}
ServerName proxy
Listen ${config.address}:${config.port}
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
User www-data
Group www-data
PidFile ${folder}/${pidFile}
Mutex file:${folder}/log default
ErrorLog ${folder}/${errorLogFile}
LogFormat "${apacheLogFormat}" nimsfw
CustomLog ${folder}/${accessLogFile} nimsfw
# A tunnel takes a thread for as long as it stands.
StartServers 1
ServerLimit 4
ThreadsPerChild 64
ThreadLimit 64
MaxRequestWorkers 256
MinSpareThreads 1
MaxSpareThreads 256
AcceptFilter http none
ProxyRequests On
ProxyVia Off
ProxyTimeout ${config.idleSeconds}
AllowCONNECT ${config.connectPorts.join(' ')}
<Proxy "*">
  <LimitExcept CONNECT>
    Require all denied
  </LimitExcept>
  <Limit CONNECT>
    ${config.credentials ? `AuthType Basic\n    AuthName proxy\n    AuthBasicProvider file\n    AuthUserFile ${folder}/passwords\n    Require valid-user` : 'Require all granted'}
  </Limit>
</Proxy>
`;
}
