import { createReadStream } from 'node:fs';
import { markerAddress } from '../../firewalls/nftables';
import { webProxyPort } from '../../firewalls/proxy-policy';
import { describeRules } from '../../firewalls/rules';
import type { AttemptReport, Flow } from '../../nodes/ue/protocol';
import { readCapture, type CaptureContent } from '../evidence/capture-facts';
import { readBothSides } from '../evidence/both-sides';
import { collectEvidence } from '../evidence/collect';
import type { CoreSip, Undelivered } from '../evidence/core-sip';
import { packetFactsOf, type Drop, type RuleLookup } from '../evidence/drop';
import type { Denials } from '../evidence/denial';
import { AttemptWatch, DropWatch, type WatchOptions } from '../evidence/drop-watch';
import type { EspRefusals } from '../evidence/esp-refusals';
import type { Evidence } from '../evidence/evidence';
import { checksum } from '../evidence/kinds/checksum';
import { translation } from '../evidence/kinds/translation';
import { proxyLegs } from '../evidence/proxy-legs';
import { defaultSlack, isOfFlow, type ProxyTrace } from '../evidence/trace';
import { refusedAfterTranslation } from '../evidence/translated-checksum';
import { VanishWatch } from '../evidence/vanish-watch';
import type { Journal } from '../journal/journal';
import type { AccessNetwork } from '../lab/access-network';
import { textIn } from '../lab/wait';
import { captureNames, coreCaptureName, type CaptureNames } from '../evidence/capture-names';
import { dropLagMs, proxyLagMs } from './evidence-lag';
import { passMarker } from './marker';
import type { Observers } from './observers';
import { ProxyLog } from './proxy-log';
import type { ProxyRecord } from './proxy-record';
import { ProxyWatch } from './proxy-watch';
import type { RunFolder } from './run-folder';

/** The options of {@link EvidenceBook}. */
export interface EvidenceBookOptions {
  /** Maps host names to addresses as the nodes resolve them. */
  readonly names: Readonly<Record<string, string>>;
  /** PEM of the CA with which this network's proxy re-signs TLS, if it does. */
  readonly interceptionCa?: string;
  /** The folder with the captures. */
  readonly folder: Pick<RunFolder, 'stream' | 'path'>;
  readonly journal: Pick<Journal, 'add'>;
  /** The SIP between the P-CSCF and the IMS core; undefined if it is not captured. */
  readonly core?: CoreSip;
  /** What the P-CSCF refused of authentic ESP; undefined in a lab without IPsec. */
  readonly esp?: EspRefusals;
  /** What watches the boxes that do not tell what they do. */
  readonly observers: Observers;
}

/** Keeps everything that is observed on one access network, and picks the evidence of an attempt from it. */
export class EvidenceBook {
  /** The tunnels that current and past attempts asked the proxy for. */
  private readonly tunnels: { readonly flow: Flow; closedAt: number }[] = [];
  /** What the firewall denied, as its log tells; undefined if it has none. */
  private readonly logged: DropWatch | undefined;
  /** What vanished in the firewall; undefined if it tells what it denies. */
  private readonly vanishing: VanishWatch | undefined;
  private readonly proxyLog: ProxyRecord | undefined;
  private readonly files: CaptureNames;
  private content: CaptureContent | undefined;
  /** Finds a request of the UE on both sides of the firewall, once their captures have been read for it. */
  private sides: Awaited<ReturnType<typeof readBothSides>> | undefined;

  /** @param rule looks up every rule that the firewall uses at any time of the run */
  constructor(
    private readonly network: AccessNetwork,
    private readonly rule: RuleLookup,
    private readonly options: EvidenceBookOptions,
  ) {
    const { firewall } = network;
    this.files = captureNames(firewall);
    const { firewall: sides, proxy } = options.observers;
    if (sides) {
      this.vanishing = this.watchSides(sides);
    } else {
      const denied = options.folder.stream(this.files.denied);
      this.logged = new DropWatch(network.drops.stdout, network.nodes.firewall, denied);
      this.logged.onDrop((drop) => this.writeDown(drop));
    }
    this.proxyLog = network.proxyLog ? new ProxyLog(network.proxyLog) : proxy && this.watchProxy(proxy);
  }

  private watchSides({ inside, outside, catchUp }: NonNullable<Observers['firewall']>): VanishWatch {
    const { at, nodes } = this.network;
    const file = (name: string): ReturnType<RunFolder['stream']> => this.options.folder.stream(name);
    return new VanishWatch(
      {
        inside: { stream: inside.stdout, file: file(this.files.sides.inside) },
        outside: { stream: outside.stdout, file: file(this.files.sides.outside) },
      },
      {
        firewall: nodes.firewall,
        subnet: at.subnet,
        inside: at.firewallInside,
        outside: at.firewallOutside,
      },
      catchUp,
    );
  }

  private watchProxy({ stdout }: NonNullable<Observers['proxy']>): ProxyWatch {
    const { names } = this.options;
    return new ProxyWatch(stdout, { at: { ip: this.network.at.proxy!, port: webProxyPort }, names });
  }

  private get denials(): Denials {
    return (this.vanishing ?? this.logged)!;
  }

  /** The content of the UE's capture; undefined until {@link readCapture} has read it. */
  get capture(): CaptureContent | undefined {
    return this.content;
  }

  /** Starts to watch an attempt that begins now. */
  watch(options: Pick<WatchOptions, 'onHopelessFlow' | 'onDecisiveDrop'>): AttemptWatch {
    const proxy = this.proxyTrace();
    return new AttemptWatch(this.denials, {
      startedAt: Date.now(),
      rule: this.rule,
      ...(proxy ? { proxy } : {}),
      ...options,
    });
  }

  /** Calls `listener` for every line that the proxy logs from now on. The returned function ends that. */
  onProxyLog(listener: () => void): () => void {
    return this.proxyLog?.onEntry(listener) ?? (() => undefined);
  }

  /** See {@link CoreSip.undelivered}. */
  undelivered(callIds: readonly string[]): Undelivered[] {
    return this.options.core?.undelivered(callIds) ?? [];
  }

  /**
   * Says whether the P-CSCF refused authentic ESP of one of these security associations for its checksum, since the NAPT had
   * changed the UE's address.
   */
  hasTranslatedChecksum(spis: readonly string[], ue: string): boolean {
    return refusedAfterTranslation(this.options.esp?.of(spis) ?? [], ue).length > 0;
  }

  /** See {@link EspRefusals.onRefusal}. */
  onEspRefusal(listener: () => void): () => void {
    return this.options.esp?.onRefusal(listener) ?? (() => undefined);
  }

  /** See {@link CoreSip.onMessage}. */
  onCoreMessage(listener: () => void): () => void {
    return this.options.core?.onMessage(listener) ?? (() => undefined);
  }

  /** Records a socket that the UE announced. */
  addFlow(flow: Flow): void {
    if (flow.connect !== undefined) this.tunnels.push({ flow, closedAt: Infinity });
  }

  /** Records that an attempt is over and that its tunnels have ended with it. */
  closeTunnels(attempt: string): void {
    const closedAt = Date.now();
    for (const tunnel of this.tunnels) if (tunnel.flow.attempt === attempt) tunnel.closedAt = closedAt;
  }

  /**
   * Returns the evidence of an attempt. Evidence from the capture is missing until it has been read; a verdict
   * does not need it.
   * @param observed what the lab saw of the phone's packets while the attempt went on, until the capture has been read
   */
  evidenceOf(report: AttemptReport, observed?: CaptureContent): Evidence[] {
    const proxy = this.proxyTrace();
    const { content = observed, sides } = this;
    const { core, esp } = this.options;
    return collectEvidence({
      report,
      drops: this.logged?.drops ?? [],
      denied: this.files.denied,
      rule: this.rule,
      ...(this.vanishing ? { vanished: { packets: this.vanishing.drops, captures: this.files.sides } } : {}),
      ...(proxy ? { proxy } : {}),
      ...(content ? { capture: { content, name: this.files.ue } } : {}),
      ...(core ? { core: { sip: core, esp, capture: coreCaptureName, sides } } : {}),
    });
  }

  /**
   * Resolves when every packet is known that the firewall has denied so far.
   * @throws LabError when its log, or the captures of its sides, do not tell in time
   */
  async dropsArrive(): Promise<void> {
    if (this.vanishing) return this.vanishing.arrive();
    const { firewallNode, drops, firewall } = this.network;
    if (describeRules(firewall.knobs).length === 0) return;
    const what = `${firewallNode.id} to tell what it denied`;
    await passMarker(firewallNode, [markerAddress], (marker) =>
      textIn(drops.stdout, marker, { what, withinMs: dropLagMs }),
    );
  }

  /** Resolves when the proxy's log satisfies a condition, or after {@link proxyLagMs}. */
  async proxyLogs(condition: () => boolean): Promise<void> {
    await this.proxyLog?.until(condition, proxyLagMs);
  }

  /** Says whether the proxy's log has each tunnel that the attempt asked for. */
  isLogged(report: AttemptReport): boolean {
    return this.hasTunnels(report, () => false);
  }

  /**
   * Says whether each tunnel that the attempt asked for is in the proxy's log or was denied by the firewall.
   */
  isLoggedOrDenied(report: AttemptReport): boolean {
    const proxy = this.proxyTrace();
    const denied = proxy ? [...proxyLegs(this.denials.drops, proxy, defaultSlack).values()] : [];
    return this.hasTunnels(report, ({ local }) => denied.some((leg) => leg.local.port === local.port));
  }

  /**
   * Records no more drops; resolves when their files are complete.
   * @throws LabError when what was seen of a box is not whole, and so shows nothing
   */
  async close(): Promise<void> {
    const { firewall } = this.options.observers;
    try {
      await this.vanishing?.arrive();
      await firewall?.stop();
    } catch (error) {
      this.vanishing?.distrust();
      throw error;
    } finally {
      await this.vanishing?.close();
      await this.logged?.close();
    }
  }

  /** Reads the complete capture of the UE's side. From then on its evidence is part of {@link evidenceOf}. */
  async readCapture(): Promise<void> {
    this.content = await readCapture(this.bytesOf(this.files.ue));
  }

  /**
   * Looks in the complete captures of both sides of the firewall for what these attempts' evidence of an address
   * translation, or of a checksum that did not survive one, rests on. Without such evidence it reads nothing.
   */
  async readSides(reports: readonly AttemptReport[]): Promise<void> {
    const isOfBothSides = ({ kind }: Evidence): boolean =>
      kind === translation.kind || kind === checksum.kind;
    if (!reports.some((report) => this.evidenceOf(report).some(isOfBothSides))) return;
    const [inside, outside] = [this.files.ue, this.files.core].map((name) => ({
      name,
      chunks: this.bytesOf(name),
    }));
    this.sides = await readBothSides(inside!, outside!);
  }

  private bytesOf(name: string): AsyncIterable<Uint8Array> {
    return createReadStream(this.options.folder.path(name));
  }

  private writeDown({ firewall, rule, at, frame, packet }: Drop): void {
    // A packet that no rule denied is a marker of the lab.
    if (!this.rule(rule)) return;
    const { journal } = this.options;
    journal.add({ type: 'drop', firewall, rule, droppedAt: at, frame, packet: packetFactsOf(packet) });
  }

  private hasTunnels({ flows }: AttemptReport, isDenied: (flow: Flow) => boolean): boolean {
    const proxy = this.proxyTrace();
    return flows
      .filter((flow) => flow.remote.ip === proxy?.address && !isDenied(flow))
      .every((flow) => proxy?.log.some((entry) => isOfFlow(entry, flow, defaultSlack)));
  }

  private proxyTrace(): (ProxyTrace & { readonly ca?: string }) | undefined {
    const { at, nodes } = this.network;
    if (!at.proxy || !nodes.proxy || !this.proxyLog) return undefined;
    const { interceptionCa, names } = this.options;
    return {
      id: nodes.proxy,
      address: at.proxy,
      log: this.proxyLog.entries,
      ...(this.network.proxyLog ? {} : { isObserved: true }),
      tunnels: this.tunnels,
      names,
      ...(interceptionCa ? { ca: interceptionCa } : {}),
    };
  }
}
