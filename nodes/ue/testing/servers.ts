import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { within } from '../../../kit/deadline';
import { searchPath } from 'mininet-ts-bridge';
import type { TestCertificate } from './certificates';
import type { TestFolder } from './folder';

/** A server that a test started on loopback. */
export class TestServer implements AsyncDisposable {
  private output = '';
  private readonly exited: Promise<void>;

  constructor(private readonly process: ChildProcess) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    }
    this.exited = new Promise((resolve) => process.once('exit', () => resolve()));
  }

  /** Everything that the server has written. */
  get log(): string {
    return this.output;
  }

  /** Resolves when the server has written this. @throws Error if it does not, or ends first */
  async says(text: string, withinMs = 20_000): Promise<void> {
    const late = (): Error => new Error(`a server did not say "${text}" but: ${this.output}`);
    const ended = this.exited.then((): never => {
      throw late();
    });
    const streams = [this.process.stdout, this.process.stderr];
    let look = (): void => undefined;
    const said = new Promise<void>((resolve) => {
      look = () => {
        if (this.output.includes(text)) resolve();
      };
      for (const stream of streams) stream?.on('data', look);
      look();
    });
    try {
      await within(withinMs, Promise.race([said, ended]), late);
    } finally {
      for (const stream of streams) stream?.off('data', look);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGTERM');
    const hard = setTimeout(() => this.process.kill('SIGKILL'), 3000);
    await this.exited;
    clearTimeout(hard);
  }
}

/** Starts a server program of the machine, which may be in a folder that the user's PATH leaves out. */
export function startServer([program = '', ...args]: readonly string[], cwd?: string): TestServer {
  return new TestServer(spawn(program, args, { cwd, env: { ...process.env, PATH: searchPath() } }));
}

export interface CoturnOptions {
  /** Port for UDP and TCP. */
  readonly plain: number;
  readonly tls: number;
  readonly certificate: TestCertificate;
  readonly username: string;
  readonly password: string;
  readonly realm: string;
  /** Further options of coturn, e.g. `--user-quota=1`. */
  readonly more?: readonly string[];
}

/** Starts a TURN server with long-term credentials. */
export function startCoturn(folder: TestFolder, options: CoturnOptions): TestServer {
  return startServer([
    'turnserver',
    '-n',
    '-a',
    '--listening-ip=127.0.0.1',
    '--relay-ip=127.0.0.1',
    '--allow-loopback-peers',
    `--listening-port=${options.plain}`,
    `--tls-listening-port=${options.tls}`,
    `--user=${options.username}:${options.password}`,
    `--realm=${options.realm}`,
    `--cert=${options.certificate.certificateFile}`,
    `--pkey=${options.certificate.keyFile}`,
    '--cipher-list=NULL-SHA:HIGH:@SECLEVEL=0',
    '--relay-threads=1',
    '--no-cli',
    '--no-rfc5780',
    '--no-stun-backward-compatibility',
    `--userdb=${folder.file('turn.db')}`,
    `--pidfile=${folder.file('turn.pid')}`,
    '--log-file=stdout',
    '--simple-log',
    ...(options.more ?? []),
  ]);
}

export interface SquidOptions {
  readonly port: number;
  /** Ports to which it opens tunnels. */
  readonly allowed: readonly number[];
  /** Host names that it resolves, with their addresses. */
  readonly names: Readonly<Record<string, string>>;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** If set, it re-signs TLS with this CA. */
  readonly interception?: TestCertificate;
}

/** Starts a web proxy. It changes from root to the user `proxy`, who must own the folder that it writes to. */
export function startSquid(folder: TestFolder, options: SquidOptions): TestServer {
  const log = folder.file('squid');
  mkdirSync(log);
  writeFileSync(folder.file('hosts'), hostsOf(options.names));
  const lines = [
    `http_port 127.0.0.1:${options.port}${
      options.interception
        ? ` ssl-bump generate-host-certificates=on tls-cert=${options.interception.certificateFile} tls-key=${options.interception.keyFile} cipher=ALL:NULL-SHA:@SECLEVEL=0`
        : ''
    }`,
    'visible_hostname proxy',
    `hosts_file ${folder.file('hosts')}`,
    'dns_nameservers 127.0.0.1',
    'cache_effective_user proxy',
    'pid_filename none',
    'cache deny all',
    'pinger_enable off',
    'netdb_filename none',
    'max_filedescriptors 1024',
    'shutdown_lifetime 0 seconds',
    'connect_timeout 2 seconds',
    `cache_log ${log}/cache.log`,
    'access_log none',
  ];
  if (options.credentials) {
    lines.push(
      `auth_param basic program ${basicHelper(folder, options.credentials)}`,
      'acl known proxy_auth REQUIRED',
    );
  }
  lines.push(`acl allowed port ${options.allowed.join(' ')}`, 'http_access deny !allowed');
  if (options.credentials) lines.push('http_access deny !known');
  lines.push('http_access allow all');
  if (options.interception) {
    lines.push(
      `sslcrtd_program /usr/lib/squid/security_file_certgen -s ${log}/certificates -M 4MB`,
      'sslcrtd_children 1 startup=1 idle=1',
      'tls_outgoing_options flags=DONT_VERIFY_PEER cipher=ALL:NULL-SHA:@SECLEVEL=0',
      'acl hello at_step SslBump1',
      'ssl_bump peek hello',
      'ssl_bump bump all',
    );
  }
  writeFileSync(folder.file('squid.conf'), `${lines.join('\n')}\n`);
  const start = [
    ...(options.interception
      ? [`/usr/lib/squid/security_file_certgen -c -s ${log}/certificates -M 4MB`]
      : []),
    // If the test does not run as root, the program keeps its user.
    `[ "$(id -u)" != 0 ] || chown -R proxy ${log}`,
    `exec squid -N -d 1 -f ${folder.file('squid.conf')}`,
  ];
  return startServer(['sh', '-ec', start.join('\n')]);
}

const hostsOf = (names: SquidOptions['names']): string =>
  Object.entries(names)
    .map(([name, address]) => `${address} ${name}\n`)
    .join('');

/** Makes a helper for squid's Basic authentication that knows one user. It answers each line with OK or ERR. */
function basicHelper(
  folder: TestFolder,
  { username, password }: { username: string; password: string },
): string {
  const file = folder.file('basic-helper.sh');
  writeFileSync(
    file,
    `while read -r line; do if [ "$line" = '${username} ${password}' ]; then echo OK; else echo ERR; fi; done\n`,
  );
  return `/bin/sh ${file}`;
}
