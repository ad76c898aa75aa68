import type { Program } from '../program';
import { readMitmproxyLine } from './mitmproxy-log';
import { webProxy, type ProxyConfig } from './web-proxy';

/** The log to which the add-on writes one line for each CONNECT, as `mitmproxy-log.ts` reads it. */
const accessLogFile = 'log/access.log';

const mitmdump: Program = {
  name: 'mitmdump',
  debianPackage: 'mitmproxy',
  product: 'mitmproxy',
  // Asked by itself, it loads all of mitmproxy first, which takes a second of processor.
  version: {
    argv: ['python3', '-c', 'from mitmproxy.version import VERSION; print(VERSION)'],
    pattern: /^(\d[\w.-]*)/,
  },
};

/**
 * mitmproxy, the second proxy that can re-sign TLS; without that it hands bytes on as they are. An add-on has it serve
 * CONNECT to some ports and nothing else, and writes the log.
 */
export const mitmproxy = webProxy({
  name: 'mitmproxy',
  files: (config) => ({
    'policy.json': JSON.stringify({
      ports: config.connectPorts,
      idle: config.idleSeconds,
      credentials: config.credentials && basic(config.credentials),
      mode: config.interception ? 'bump' : undefined,
      log: accessLogFile,
    }),
    'addon.py': addOn,
    ...(config.interception
      ? {
          'ca/mitmproxy-ca.pem': config.interception.privateKey + config.interception.certificate,
          'trust.pem': config.interception.trustAnchor,
        }
      : {}),
  }),
  setUp: (_config, folder) => [['mkdir', '-p', `${folder}/log`, `${folder}/ca`]],
  command: (config, folder) => [
    'mitmdump',
    ...['--listen-host', config.address, '--listen-port', `${config.port}`, '-s', `${folder}/addon.py`],
    ...options(config, folder).flatMap((option) => ['--set', option]),
  ],
  // The add-on reads its policy for each CONNECT.
  reload: () => [],
  evidenceLog: { file: accessLogFile, read: readMitmproxyLine },
  programs: [mitmdump],
  image: {
    name: 'proxy-mitmproxy',
    title: 'nimsfw web proxy, mitmproxy',
    description: 'mitmproxy, for CONNECT and nothing else; can intercept TLS',
    user: 'own',
  },
  alone: { logFiles: [accessLogFile] },
});

const basic = ({ username, password }: NonNullable<ProxyConfig['credentials']>): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * Every suite that OpenSSL has. If the interceptor refused the UE's suite, the handshake would fail for that, and
 * the UE's check of the certificate would not be tried.
 */
const anySuite = 'ALL:NULL-SHA:@SECLEVEL=0';

/** What is in a tunnel is no HTTP: all of it is handed on, unread or, by an interceptor, as the bytes inside TLS. */
const options = ({ interception }: ProxyConfig, folder: string): string[] => [
  `confdir=${folder}/ca`,
  'block_global=false',
  'onboarding=false',
  ...(interception
    ? [
        'tcp_hosts=.*',
        `ciphers_client=${anySuite}`,
        `ciphers_server=${anySuite}`,
        `ssl_verify_upstream_trusted_ca=${folder}/trust.pem`,
      ]
    : ['ignore_hosts=.*']),
];

const addOn = `"""Serves CONNECT by policy.json and writes a line for each into the log."""
import json, os, time
from mitmproxy import http
from mitmproxy.proxy.server import TimeoutWatchdog

HERE = os.path.dirname(os.path.abspath(__file__))


def endpoint(address):
    return address and {"ip": address[0], "port": address[1]}


class Policy:
    def __init__(self):
        self.tunnels = {}

    def http_connect(self, flow):
        with open(os.path.join(HERE, "policy.json")) as file:
            policy = json.load(file)
        # mitmproxy has no option for it.
        TimeoutWatchdog.CONNECTION_TIMEOUT = policy["idle"]
        self.log = os.path.join(HERE, policy["log"])
        credentials = policy.get("credentials")
        if flow.request.port not in policy["ports"]:
            return self.deny(flow, 403, {})
        if credentials and flow.request.headers.get("Proxy-Authorization") != credentials:
            return self.deny(flow, 407, {"Proxy-Authenticate": 'Basic realm="proxy"'})
        self.tunnels[flow.client_conn.id] = (flow, policy.get("mode"))

    def tls_failed_client(self, data):
        self.end(data.conn)

    def client_disconnected(self, client):
        self.end(client)

    def request(self, flow):
        flow.response = http.Response.make(403)

    def deny(self, flow, status, headers):
        flow.response = http.Response.make(status, b"", {**headers, "Content-Length": "0"})
        self.write(flow, status, True, None)

    def end(self, client):
        flow, mode = self.tunnels.pop(client.id, (None, None))
        if flow:
            self.write(flow, flow.response.status_code if flow.response else 0, False, mode)

    def write(self, flow, status, denied, mode):
        server, client = flow.server_conn, flow.client_conn
        entry = {
            "at": int(time.time() * 1000),
            "client": endpoint(client.peername),
            "status": status,
            "denied": denied,
            "target": "%s:%s" % (flow.request.host, flow.request.port),
            "server": endpoint(server.peername),
            "localPort": server.sockname and server.sockname[1],
            "mode": mode,
            "error": client.error or server.error,
        }
        with open(self.log, "a") as file:
            file.write(json.dumps(entry) + "\\n")


addons = [Policy()]
`;
