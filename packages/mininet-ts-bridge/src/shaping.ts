import { BridgeError } from './errors';
import type { WiredInterface, WiredLink, Wiring } from './wiring';

/** The ways in which this kernel can shape traffic, found out by trying them in a namespace of its own. */
export interface ShapingFeatures {
  /** Queueing discipline netem: delay and loss. */
  readonly netem: boolean;
  /** Queueing discipline tbf: bandwidth. */
  readonly tbf: boolean;
  /** nftables `numgen` in netdev chains of packets coming in. */
  readonly ingress: boolean;
  /** The same for packets going out (Linux 5.16). */
  readonly egress: boolean;
}

/** Commands that shape links, by the namespace that they belong in; `undefined` is that of the switches. */
export interface Shaping {
  readonly tc: ReadonlyMap<string | undefined, readonly string[]>;
  readonly nft: ReadonlyMap<string | undefined, readonly string[]>;
}

/** Says whether the link does anything to its packets. */
export function isShaped(link: WiredLink): boolean {
  return link.bw !== undefined || (link.delay ?? 0) > 0 || (link.loss ?? 0) > 0;
}

/** The namespace that an interface is in: its host's, or `undefined` for the one of the switches. */
export function namespaceOf(end: WiredInterface): string | undefined {
  return end.kind === 'host' ? end.node : undefined;
}

/**
 * Compiles `bw`, `delay` and `loss` of all links for a kernel with the given features.
 * @throws BridgeError `UNSUPPORTED_BY_KERNEL` when a link wants what this kernel has no means for
 */
export function planShaping(wiring: Wiring, features: ShapingFeatures): Shaping {
  const tc = new Map<string | undefined, string[]>();
  const nft = new Map<string | undefined, string[]>();
  const add = (to: Map<string | undefined, string[]>, where: string | undefined, lines: string[]): void => {
    to.set(where, [...(to.get(where) ?? []), ...lines]);
  };
  for (const link of wiring.links.filter(isShaped)) {
    checkFeatures(link, features);
    for (const end of link.ends) add(tc, namespaceOf(end), queueLines(end, link, features));
    if ((link.loss ?? 0) > 0 && !features.netem) {
      for (const { where, hook, device } of lossHooks(link, features)) {
        add(nft, where, [chain(hook, device, nft.get(where)?.length ?? 0, link.loss ?? 0)]);
      }
    }
  }
  return { tc, nft };
}

function checkFeatures(link: WiredLink, features: ShapingFeatures): void {
  const label = `link ${link.ends[0].node} - ${link.ends[1].node}`;
  const refuse = (option: string, needs: string, remedy: string): never => {
    throw new BridgeError(
      'UNSUPPORTED_BY_KERNEL',
      `${label}: ${option} needs ${needs}, which this kernel does not have; ${remedy}`,
    );
  };
  if ((link.delay ?? 0) > 0 && !features.netem) {
    refuse('delay', 'the netem queueing discipline', 'load the module sch_netem or leave delay out');
  }
  if (link.bw !== undefined && !features.tbf) {
    refuse('bw', 'the tbf queueing discipline', 'load the module sch_tbf or leave bw out');
  }
  if ((link.loss ?? 0) > 0 && !features.netem && !features.ingress) {
    refuse('loss', 'netem or nftables netdev chains', 'load the module sch_netem or leave loss out');
  }
}

/** Queueing disciplines for what leaves by one end. The order netem, then tbf is that of tc-netem(8). */
function queueLines(end: WiredInterface, link: WiredLink, features: ShapingFeatures): string[] {
  const lines: string[] = [];
  const impairments = [
    (link.delay ?? 0) > 0 ? `delay ${Math.round((link.delay ?? 0) * 1000)}us` : '',
    (link.loss ?? 0) > 0 ? `loss ${link.loss}%` : '',
  ].filter((text) => text !== '');
  const usesNetem = features.netem && impairments.length > 0;
  if (usesNetem) {
    lines.push(`qdisc add dev ${end.name} root handle 1: netem limit 10000 ${impairments.join(' ')}`);
  }
  if (link.bw !== undefined) {
    const bitsPerSecond = Math.round(link.bw * 1_000_000);
    // Ten milliseconds' worth, so that a timer tick can keep up with the rate, but never less than two frames.
    const burst = Math.max(3200, Math.ceil(bitsPerSecond / 8 / 100));
    const place = usesNetem ? 'parent 1:1 handle 10:' : 'root handle 10:';
    lines.push(`qdisc add dev ${end.name} ${place} tbf rate ${bitsPerSecond}bit burst ${burst} latency 50ms`);
  }
  return lines;
}

interface LossHook {
  readonly where: string | undefined;
  readonly hook: 'ingress' | 'egress';
  readonly device: string;
}

/**
 * The hooks at which packets of a link get lost without netem, one hook for each direction. Both sit on a switch port where there
 * is one: a host's own ruleset is its user's, who may flush it. Never on the way out of a host: the sender would be
 * told (ENOBUFS), and a real loss tells nobody.
 */
function lossHooks(link: WiredLink, features: ShapingFeatures): LossHook[] {
  const port = link.ends.find(({ kind }) => kind === 'switch');
  const host = link.ends.find(({ kind }) => kind === 'host');
  if (port && host && features.egress) {
    return [
      { where: undefined, hook: 'ingress', device: port.name },
      { where: undefined, hook: 'egress', device: port.name },
    ];
  }
  return link.ends.map((end) => ({ where: namespaceOf(end), hook: 'ingress', device: end.name }));
}

const lossResolution = 1_000_000;

function chain(hook: string, device: string, index: number, loss: number): string {
  const below = Math.max(1, Math.round((loss / 100) * lossResolution));
  // A modulus never reaches its own value, and nft refuses to compare with it.
  const match = below >= lossResolution ? '' : `numgen random mod ${lossResolution} < ${below} `;
  return `chain loss_${index} { type filter hook ${hook} device "${device}" priority 0; ${match}drop; }`;
}
