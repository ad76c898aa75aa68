import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startNetwork, Topo, type Network, type NetworkProcess } from 'mininet-ts-bridge';
import type { Knobs } from '../../../firewalls/knobs';
import { firewallConfig, firewallNode, type FirewallConfig } from '../firewall';
import { deniedPackets, type DeniedPacket } from './denied-packets';
import { at, type Outcome, type Probe, type SendOrder, type SendReport } from './probe';

const deadlineMs = 5000;
const folder = '/run/firewall';

interface Listeners {
  onDenied(denied: DeniedPacket): void;
  onReport(report: SendReport): void;
}

/** What was seen of one conversation so far. */
export interface Seen {
  readonly denied: DeniedPacket[];
  readonly reports: SendReport[];
}

/** A network with UE, proxy, firewall and server. The firewall gets other rules for each measurement. */
export class FirewallLab implements AsyncDisposable {
  private readonly clients = new Map<Probe['from'], NetworkProcess>();
  private readonly listeners = new Map<number, Listeners>();
  private nextPort = 32768;

  private constructor(private readonly network: Network) {}

  static async start(): Promise<FirewallLab> {
    const via = { to: 'default', via: at.inside };
    const topo = new Topo()
      .host('ue', { ip: `${at.ue}/24`, routes: [via] })
      .host('proxy', { ip: `${at.proxy}/24`, routes: [via] })
      .host('fw', { forwards: true })
      .host('server', { ip: `${at.server}/16`, routes: [{ to: at.subnet, via: at.outside }] })
      .switch('lan')
      .switch('transit')
      .link('ue', 'lan')
      .link('proxy', 'lan')
      // The outside is linked first, because nothing may depend on the order of the interfaces.
      .link({ node: 'fw', ip: `${at.outside}/16` }, 'transit')
      .link({ node: 'fw', ip: `${at.inside}/24` }, 'lan')
      .link('server', 'transit');
    const lab = new FirewallLab(await startNetwork(topo));
    try {
      await lab.startEndHosts();
      await mkdir(lab.network.path(folder));
      return lab;
    } catch (error) {
      await lab.network.stop();
      throw error;
    }
  }

  /**
   * The local port of the next conversation. No port is used twice, so that connection tracking remembers nothing
   * from one measurement to the next.
   */
  get nextLocalPort(): number {
    return this.nextPort;
  }

  private async startEndHosts(): Promise<void> {
    const server = this.network.host('server');
    for (const address of [at.banner, at.tls])
      await server.run(['ip', 'addr', 'add', `${address}/16`, 'dev', server.interfaceOf(at.server)]);
    await Promise.all([
      this.startEndHost('ue', at.ue, '', ''),
      this.startEndHost('proxy', at.proxy, '', ''),
      this.startEndHost(
        'server',
        `${at.server},${at.banner},${at.tls}`,
        '22,80,443,3478,5060,5061,5349',
        '53,500,4500,5060',
      ),
    ]);
  }

  private async startEndHost(name: Probe['from'], ...args: readonly string[]): Promise<void> {
    const client = this.network.host(name).spawn([process.execPath, join(__dirname, 'end-host.js'), ...args]);
    await line(client, 'stdout', 'ready', `the end host ${name}`);
    createInterface({ input: client.stdout }).on('line', (text) => {
      const report = JSON.parse(text) as SendReport;
      this.listeners.get(report.localPort)?.onReport(report);
    });
    this.clients.set(name, client);
  }

  /** Sends all probes at once through a firewall with these knobs. @returns the outcomes by the probes' names */
  async measure(knobs: Knobs, probes: readonly Probe[]): Promise<Map<string, Outcome>> {
    const stream = await this.startFirewall(knobs);
    const outcomes = await Promise.all(
      probes.map(async (probe) => [probe.name, await this.send(probe)] as const),
    );
    await stream.stop();
    return new Map(outcomes);
  }

  /** Sends the probes one after the other. @returns the outcomes in the order of the probes */
  async measureInTurn(knobs: Knobs, probes: readonly Probe[]): Promise<Outcome[]> {
    const stream = await this.startFirewall(knobs);
    const outcomes: Outcome[] = [];
    for (const probe of probes) outcomes.push(await this.send(probe));
    await stream.stop();
    return outcomes;
  }

  private send(probe: Probe): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ kind: 'silence' }), deadlineMs);
      const end = (outcome: Outcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      const startedAt = performance.now();
      this.talk(probe, {
        onDenied: ({ rule, packet }) =>
          end({ kind: 'denied', rule, packet, afterMs: performance.now() - startedAt }),
        onReport: ({ error, lastAnswer }) => {
          // An error says nothing about the firewall, because it also depends on how the end host reacts.
          if (error === undefined)
            end({ kind: 'passes', lastAnswer: Buffer.from(lastAnswer ?? '', 'base64') });
        },
      });
    });
  }

  private talk({ from, protocol, to, send, tls }: Probe, on: Listeners): void {
    const localPort = this.nextPort++;
    this.listeners.set(localPort, on);
    const order: SendOrder = {
      protocol,
      to,
      localPort,
      send: send.map((payload) => payload.toString('base64')),
      tls,
    };
    this.clients.get(from)?.stdin.write(`${JSON.stringify(order)}\n`);
  }

  /** Watches one conversation beyond the first denied packet, until `enough` is true of what was seen. */
  async watch(knobs: Knobs, probe: Probe, what: string, enough: (seen: Seen) => boolean): Promise<Seen> {
    const stream = await this.startFirewall(knobs);
    const seen: Seen = { denied: [], reports: [] };
    try {
      await new Promise<void>((resolve, reject) => {
        const late = (): void => reject(new Error(`${what}: not seen within ${deadlineMs} ms`));
        const timer = setTimeout(late, deadlineMs);
        const check = (): void => {
          if (!enough(seen)) return;
          clearTimeout(timer);
          resolve();
        };
        this.talk(probe, {
          onDenied: (denied) => {
            seen.denied.push(denied);
            check();
          },
          onReport: (report) => {
            seen.reports.push(report);
            check();
          },
        });
      });
    } finally {
      await stream.stop();
    }
    return seen;
  }

  private async startFirewall(knobs: Knobs): Promise<{ stop(): Promise<void> }> {
    const firewall = this.network.host('fw');
    const config = this.config(knobs);
    await this.write(firewallNode.files(config, folder));
    for (const argv of firewallNode.setUp!(config, folder)) await firewall.run(argv);
    const stream = firewall.spawn(firewallNode.command(config, folder), { cwd: folder });
    const ready = firewallNode.ready(config);
    await line(stream, 'stderr', ready.by === 'line' ? ready.text : '', 'the stream of denied packets');
    const read = deniedPackets();
    stream.stdout.on('data', (piece: Buffer) => {
      for (const denied of read(piece)) {
        for (const port of portsOf(denied.packet)) this.listeners.get(port)?.onDenied(denied);
      }
    });
    const inspector = await this.startInspector(config);
    return { stop: () => Promise.all([stream.stop(), inspector?.stop()]).then(() => undefined) };
  }

  /** Gives the firewall other knobs as the lab does between attempts. */
  async reload(knobs: Knobs): Promise<void> {
    const config = this.config(knobs);
    await this.write(firewallNode.files(config, folder));
    for (const argv of firewallNode.reload!(config, folder)) await this.onFirewall(argv);
  }

  private async startInspector(config: FirewallConfig): Promise<NetworkProcess | undefined> {
    const [companion] = firewallNode.companions!(config, '');
    if (!companion) return undefined;
    const inspector = this.network.host('fw').spawn(companion.argv);
    await line(inspector, 'stdout', companion.ready.text, 'the inspector');
    return inspector;
  }

  private config(knobs: Knobs): FirewallConfig {
    const firewall = this.network.host('fw');
    return firewallConfig.parse({
      knobs,
      addresses: {
        inside: { interface: firewall.interfaceOf(at.inside), ip: at.inside, subnet: at.subnet },
        outside: { interface: firewall.interfaceOf(at.outside), ip: at.outside },
        proxy: { ip: at.proxy },
      },
    });
  }

  private async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files))
      await writeFile(this.network.path(join(folder, name)), text);
  }

  /** Has nft check the ruleset of these knobs. @returns nft's complaint; empty if it accepts the ruleset */
  async check(knobs: Knobs): Promise<string> {
    await this.write(firewallNode.files(this.config(knobs), folder));
    const { stderr } = await this.network.host('fw').exec(['nft', '-c', '-f', `${folder}/ruleset.nft`]);
    return stderr;
  }

  /** Runs a command on the firewall. */
  onFirewall(argv: readonly string[]): Promise<string> {
    return this.network.host('fw').run(argv);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.network.stop();
  }
}

/** Waits until a process has written the text. */
function line(process: NetworkProcess, name: 'stdout' | 'stderr', text: string, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(
      () => reject(new Error(`${what} did not say "${text}" within ${deadlineMs} ms; it said: ${said}`)),
      deadlineMs,
    );
    const listen = (piece: Buffer): void => {
      said += piece.toString();
      if (!said.includes(text)) return;
      clearTimeout(timer);
      process[name].off('data', listen);
      resolve();
    };
    process[name].on('data', listen);
  });
}

/** Returns the packet's ports. For ESP these are the halves of the SPI, of which the first names the conversation. */
function portsOf(packet: Buffer): number[] {
  const start = ((packet[0] ?? 0) & 0xf) * 4;
  return packet.length < start + 4 ? [] : [packet.readUInt16BE(start), packet.readUInt16BE(start + 2)];
}
