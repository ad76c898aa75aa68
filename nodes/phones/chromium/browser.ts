import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { within } from '../../../kit/deadline';
import { AttemptFailure, messageOf } from '../../ue/failure';
import { printable } from '../../ue/excerpt';
import type { Endpoint } from '../../ue/protocol';
import { Telling } from '../telling';
import { DevTools, type DevToolsEvent } from './devtools';
import { netFailure } from './net-error';
import { readNetLog, type NetFacts } from './net-log';
import { tellBinding, type PageEvent, type PagePhone } from './page-protocol';
import { pageScript } from './page-script';

/** What a browser is started with. */
export interface BrowserSettings {
  /** Its home, with the authorities that it trusts. */
  readonly home: string;
  /** Folder in which it gets a folder of its own, which is removed when it has ended. */
  readonly parent: string;
  /** Addresses of the servers that it reaches without a proxy, by their names. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly proxy: Endpoint | undefined;
  /** Takes the lines of the NSS key log when it has ended. */
  readonly keyLog: (line: string) => void;
}

/** What a browser tells while it runs. */
export type Told =
  | { readonly kind: 'page'; readonly event: PageEvent }
  /** A SIP message in a frame of the WebSocket. */
  | { readonly kind: 'frame'; readonly isSent: boolean; readonly text: string }
  /** The WebSocket could not be opened, or was lost. */
  | { readonly kind: 'lost'; readonly failure: AttemptFailure };

/** How long it may take until its page is there, ms. It is the same program whether or not anything gets out. */
const startsWithinMs = 30_000;
/** How long it may take to close, ms. */
const closesWithinMs = 3000;

/**
 * Flags by which it does on the network what its page does, and nothing else.
 * - `no-sandbox`: as root, who runs in the lab's user namespace, it refuses to start with one, and a container may make no
 *   namespaces. The only page that it loads is ours.
 * - `disable-dev-shm-usage`: a container has little there.
 */
const flags: readonly string[] = [
  ...['--remote-debugging-pipe', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  ...['--no-first-run', '--no-default-browser-check', '--disable-quic', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-domain-reliability'],
  ...['--disable-default-apps', '--disable-extensions', '--disable-breakpad', '--metrics-recording-only'],
  // It speaks a tone, for which nobody has clicked.
  '--autoplay-policy=no-user-gesture-required',
  // A page of no origin may ask no server in a private network, where a lab is. Its addresses are shown to the other end, as
  // those of a page are that may use the microphone.
  '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,LocalNetworkAccessChecksWebRTC,WebRtcHideLocalIpsWithMdns',
];

/** A headless Chromium with the page of `page.ts`. An attempt has one of its own, which starts in a fifth of a second. */
export class Browser {
  private readonly telling = new Telling<Told>();
  private readonly devTools: DevTools;
  private readonly exited: Promise<void>;
  private session: string | undefined;
  private isRegistered = false;
  private leaving: Promise<NetFacts> | undefined;

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly settings: BrowserSettings,
  ) {
    const [, , , input, output] = process.stdio;
    this.devTools = new DevTools(input as Writable, output as Readable, (event) => this.take(event));
    this.exited = new Promise((resolve) => {
      const over = (how: string): void => {
        this.telling.end(new AttemptFailure('INTERNAL', `Chromium ended: ${how}`));
        resolve();
      };
      process.once('error', (error) => over(messageOf(error)));
      process.once('exit', (code, signal) => over(signal ?? `status ${code}`));
    });
  }

  /** Starts it. It has no page yet: see {@link open}. */
  static start(settings: BrowserSettings): Browser {
    const { home, parent, hosts, proxy } = settings;
    const folder = mkdtempSync(join(parent, 'chromium-'));
    const rules = Object.entries(hosts).map(([name, ip]) => `MAP ${name} ${ip}`);
    const process = spawn(
      'chromium-headless-shell',
      [
        ...flags,
        `--user-data-dir=${folder}`,
        `--ssl-key-log-file=${keyLogIn(folder)}`,
        `--log-net-log=${netLogIn(folder)}`,
        ...(rules.length > 0 ? [`--host-resolver-rules=${rules.join(',')}`] : []),
        proxy ? `--proxy-server=${proxy.ip}:${proxy.port}` : '--no-proxy-server',
        'about:blank',
      ],
      {
        cwd: folder,
        // The message buses of this machine are not the phone's.
        env: {
          ...{ PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: home },
          ...{ DBUS_SYSTEM_BUS_ADDRESS: 'disabled:', DBUS_SESSION_BUS_ADDRESS: 'disabled:' },
        },
        stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
        // Debian's command is a shell script that waits for the browser, so that both are killed as a group.
        detached: true,
      },
    );
    return new Browser(process, folder, settings);
  }

  /** Waits until its page is there, with the phone in it. @throws AttemptFailure `INTERNAL` */
  open(): Promise<void> {
    const late = (): AttemptFailure =>
      new AttemptFailure('INTERNAL', `Chromium has no page within ${startsWithinMs / 1000} s`);
    return within(startsWithinMs, this.telling.unlessOver(this.loadPage()), late);
  }

  /** Has the phone in the page do something. @throws AttemptFailure `INTERNAL` if it throws */
  async act<K extends keyof PagePhone>(method: K, ...args: Parameters<PagePhone[K]>): Promise<void> {
    await this.evaluate(`phone.${method}(...${JSON.stringify(args)})`);
  }

  /** Waits until it has told something, from now on. See {@link Telling.until}. */
  until<T>(look: (told: Told) => T | undefined): Promise<T> {
    return this.telling.until(look);
  }

  /**
   * Ends it: at once, or if it is registered, after it has deregistered. It takes `withinMs` for that, and never fails.
   * @returns what it did on the network
   */
  leave(withinMs: number): Promise<NetFacts> {
    this.leaving ??= this.end(withinMs);
    return this.leaving;
  }

  private async end(withinMs: number): Promise<NetFacts> {
    const late = (): Error => new Error('late');
    const closed = async (): Promise<void> => {
      if (this.isRegistered) {
        const gone = this.until((told) => goneIn(told) || undefined);
        await this.act('leave');
        await within(withinMs, gone, late);
      }
    };
    await closed().catch(() => undefined);
    // Without this it may not have written its logs to their ends.
    if (this.session !== undefined) {
      const asked = this.telling.unlessOver(this.devTools.command('Browser.close')).then(() => this.exited);
      await within(closesWithinMs, asked, late).catch(() => undefined);
    }
    this.kill();
    await this.exited;
    for (const line of written(keyLogIn(this.folder)).split('\n'))
      if (line !== '') this.settings.keyLog(line);
    const facts = readNetLog(written(netLogIn(this.folder)));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    return facts;
  }

  private kill(): void {
    try {
      if (this.process.pid !== undefined) process.kill(-this.process.pid, 'SIGKILL');
    } catch {
      // All of the group have ended.
    }
  }

  private async loadPage(): Promise<void> {
    const { targetId } = await this.devTools.command('Target.createTarget', { url: 'about:blank' });
    const attached = await this.devTools.command('Target.attachToTarget', { targetId, flatten: true });
    this.session = attached.sessionId as string;
    await Promise.all([
      this.devTools.command('Network.enable', {}, this.session),
      this.devTools.command('Runtime.enable', {}, this.session),
      this.devTools.command('Runtime.addBinding', { name: tellBinding }, this.session),
    ]);
    await this.evaluate(pageScript);
  }

  private async evaluate(expression: string): Promise<void> {
    const { exceptionDetails } = await this.telling.unlessOver(
      this.devTools.command('Runtime.evaluate', { expression: `{${expression}}` }, this.session),
    );
    if (exceptionDetails !== undefined) throw pageFailure(exceptionDetails);
  }

  private take({ method, params }: DevToolsEvent): void {
    switch (method) {
      case 'Runtime.bindingCalled':
        return this.told({ kind: 'page', event: JSON.parse(params.payload as string) as PageEvent });
      case 'Runtime.exceptionThrown':
        return this.telling.end(pageFailure(params.exceptionDetails));
      case 'Network.webSocketFrameSent':
      case 'Network.webSocketFrameReceived': {
        const { opcode, payloadData } = params.response as { opcode: number; payloadData: string };
        // A binary frame is told in base64.
        const text = opcode === 1 ? payloadData : Buffer.from(payloadData, 'base64').toString();
        return this.told({ kind: 'frame', isSent: method === 'Network.webSocketFrameSent', text });
      }
      case 'Network.webSocketFrameError':
        return this.told({ kind: 'lost', failure: netFailure(params.errorMessage as string) });
      case 'Network.webSocketClosed':
        return this.told({
          kind: 'lost',
          failure: new AttemptFailure('CONNECTION_LOST', 'WebSocket: closed'),
        });
    }
  }

  private told(told: Told): void {
    if (told.kind === 'page' && told.event.type === 'registered') this.isRegistered = true;
    if (goneIn(told)) this.isRegistered = false;
    this.telling.tell(told);
  }
}

const keyLogIn = (folder: string): string => join(folder, 'keys.log');
const netLogIn = (folder: string): string => join(folder, 'net-log.json');

/** Returns what it has written to a file; nothing if there is none, as where no handshake came far enough for keys. */
function written(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Says whether it is registered no longer, or cannot say so any more. */
const goneIn = (told: Told): boolean =>
  told.kind === 'lost' || (told.kind === 'page' && told.event.type === 'unregistered');

/** Says what JavaScript in the page has thrown. */
function pageFailure(details: unknown): AttemptFailure {
  const { text = '', exception } = details as { text?: string; exception?: { description?: string } };
  const [what = text] = (exception?.description ?? text).split('\n');
  return new AttemptFailure('INTERNAL', `the page in Chromium: ${printable(what)}`);
}
