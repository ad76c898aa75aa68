import type { Program } from '../program';
import { reloaded } from './reload';
import { webProxy, type ProxyConfig } from './web-proxy';

const configFile = 'tinyproxy.conf';
const pidFile = 'log/tinyproxy.pid';
/** A copy of its output, in which it says that it has read its configuration again. */
const logFile = 'log/tinyproxy.log';

const program: Program = {
  name: 'tinyproxy',
  debianPackage: 'tinyproxy-bin',
  product: 'tinyproxy',
  version: { argv: ['tinyproxy', '-v'], pattern: /tinyproxy (\d[\w.-]*)/ },
};

/**
 * tinyproxy, for CONNECT to some ports and nothing else. Its log has no port of any connection, so that no line can be
 * tied to an attempt: what it does is observed.
 */
export const tinyproxy = webProxy({
  name: 'tinyproxy',
  lacks: ({ knobs }) => (knobs.proxy === 'intercepting' ? 'cannot re-sign TLS' : undefined),
  files: (config, folder) => ({ [configFile]: tinyproxyConf(config, folder), allowed: `${connectOnly}\n` }),
  setUp: (_config, folder) => [['mkdir', '-p', `${folder}/log`]],
  command: (_config, folder) => [
    ...['bash', '--norc', '-c', `exec tinyproxy -d -c "$0/${configFile}" > >(exec tee -a "$0/${logFile}")`],
    folder,
  ],
  reload: (_config, folder) =>
    // In the foreground it ends at SIGHUP.
    reloaded({
      program: program.name,
      folder,
      signal: 'USR1',
      pidFile,
      log: logFile,
      says: 'Reloading config file finished',
    }),
  programs: [program],
  image: {
    name: 'proxy-tinyproxy',
    title: 'nimsfw web proxy, tinyproxy',
    description: 'tinyproxy, for CONNECT and nothing else',
    user: 'own',
  },
});

/** The targets that it serves: an authority, as in a CONNECT, and no URL. */
const connectOnly = '^[^/]+:[0-9]+$';

function tinyproxyConf(config: ProxyConfig, folder: string): string {
  return `Listen ${config.address}
Port ${config.port}
PidFile "${folder}/${pidFile}"
LogLevel Connect
MaxClients 250
Timeout ${config.idleSeconds}
DisableViaHeader Yes
${config.connectPorts.map((port) => `ConnectPort ${port}`).join('\n')}
Filter "${folder}/allowed"
FilterURLs On
FilterExtended On
FilterDefaultDeny Yes
${config.credentials ? `BasicAuth ${config.credentials.username} ${config.credentials.password}\n` : ''}`;
}
