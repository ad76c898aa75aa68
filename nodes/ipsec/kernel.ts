import { readFileSync } from 'node:fs';
import { Bridge, type Wiring } from './bridge';
import { kernelScript } from './bridge-script';
import { ipBatch } from './ip-batch';
import type { Maker, MakerListing } from './maker';
import type { SecurityAssociationSet } from './protocol';
import { espTable, ruleProtocol } from './rule-message';
import { keepAliveMs, outerOf, requireFree, requireServed, selectorsOf } from './sa-table';
import { udpChecksumErrors } from './udp-checksum-errors';
import {
  deletedPolicy,
  deletedStates,
  inboundStates,
  madePolicy,
  outboundStates,
  policiesOf,
  policySelector,
  readMappings,
  readStates,
  refusal,
  refusalSelectors,
  xfrmMark,
  xfrmRemoval,
  xfrmTrial,
  type Policy,
} from './xfrm';

const rulePriority = 20;

const wiring: Wiring = {
  script: kernelScript,
  setup: `${xfrmTrial}rule add pref ${rulePriority} lookup ${espTable} protocol ${ruleProtocol}\n`,
  removal: `${xfrmRemoval}rule flush protocol ${ruleProtocol}\nroute flush table ${espTable}\n`,
};

interface KernelSet {
  readonly described: SecurityAssociationSet;
  outer: { readonly ip: string; readonly port: number };
  /** Says that the other end was seen elsewhere than it was said to be. It is behind an NAPT then, and keeps the mapping. */
  isElsewhere: boolean;
  keepAlive: NodeJS.Timeout | undefined;
}

/** Says whether this kernel makes states of ESP with all algorithms, in this network, for this process. */
export async function kernelHasEsp(): Promise<boolean> {
  try {
    await ipBatch(xfrmTrial.trim().split('\n'));
    return true;
  } catch {
    return false;
  }
}

/**
 * ESP of the kernel, by `ip xfrm`. Unlike user space it does not count wrong inner checksums, and tells no single packet
 * that it drops. Where an NAPT gives the other end of UDP-enc-tun a new place, the outbound SAs are made anew with the
 * sequence numbers that they had.
 */
export class Kernel implements Maker {
  readonly name = 'kernel';
  private readonly sets = new Map<string, KernelSet>();
  /** The policies of each selector, the newest last. It is the one that the kernel has. */
  private readonly policies = new Map<string, Policy[]>();
  /** How many sets need each refusal of packets in the clear. */
  private readonly refusals = new Map<string, number>();
  private readonly before = { unknownSpi: noStates(), udpChecksumErrors: udpChecksumErrors() };
  private bridge!: Bridge;
  private latest: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly addresses: readonly string[],
    private readonly note: (line: string) => void,
  ) {}

  /** @throws Error with one line that says why it does not work here */
  static async open(addresses: readonly string[], note: (line: string) => void): Promise<Kernel> {
    const kernel = new Kernel(addresses, note);
    kernel.bridge = await Bridge.open(wiring, addresses, {
      netlink: (messages) => {
        for (const { spi, outer } of readMappings(messages)) kernel.moved(spi, outer);
      },
      failed: (what) => note(`ipsec: ${what}`),
    });
    return kernel;
  }

  get broken(): Promise<Error> {
    return this.bridge.broken;
  }

  add(described: SecurityAssociationSet): Promise<void> {
    return this.after(async () => {
      const { name, mode } = described;
      requireServed(described, this.addresses);
      requireFree(described, this.sets.has(name), (spi) => this.setWith(spi)?.described.name);
      const set: KernelSet = {
        described,
        outer: outerOf(described),
        isElsewhere: false,
        keepAlive: undefined,
      };
      await this.needRoute(described, set.outer.ip);
      this.sets.set(name, set);
      const policies = policiesOf(described);
      for (const policy of policies) this.push(policy);
      const refusals = refusalSelectors(described).filter((selector) => this.count(selector, 1) === 1);
      try {
        await ipBatch([
          ...inboundStates(described),
          ...outboundStates(described, set.outer),
          ...refusals.map(refusal),
          ...policies.map((policy) => madePolicy(policy, set.outer)),
        ]);
      } catch (error) {
        await this.discard(set).catch(() => undefined);
        throw error;
      }
      if (mode === 'UDP-enc-tun') set.keepAlive = setInterval(() => this.keepAlive(set), keepAliveMs);
    });
  }

  remove(name: string): Promise<void> {
    return this.after(async () => {
      const set = this.sets.get(name);
      if (set) await this.discard(set);
    });
  }

  list(): Promise<MakerListing> {
    return this.after(async () => {
      const states = await this.states();
      const counters = (
        spi: number,
        destination: string,
      ): ReturnType<typeof readStates>[number] | undefined =>
        states.find((one) => one.spi === spi && one.destination === destination);
      return {
        sets: [...this.sets.values()].map(({ described, outer }) => {
          const { inbound, outbound } = selectorsOf(described);
          const { name, mode, self } = described;
          return {
            name,
            mode,
            ...(mode === 'UDP-enc-tun' ? { outer } : {}),
            in: inbound.map(({ spi }) => {
              const { packets = 0, bytes = 0, badIcv = 0, replayed = 0 } = counters(spi, self.address) ?? {};
              return { spi, packets, bytes, badIcv, replayed, badInnerChecksum: 0 };
            }),
            out: outbound.map(({ spi }) => {
              const { packets = 0, bytes = 0 } = counters(spi, outer.ip) ?? {};
              return { spi, packets, bytes };
            }),
          };
        }),
        unknownSpi: noStates() - this.before.unknownSpi,
        udpChecksumErrors: udpChecksumErrors() - this.before.udpChecksumErrors,
      };
    });
  }

  async close(): Promise<void> {
    for (const { keepAlive } of this.sets.values()) clearInterval(keepAlive);
    await this.bridge.close();
  }

  private async states(): Promise<ReturnType<typeof readStates>> {
    return readStates(await ipBatch([`xfrm state list reqid ${xfrmMark}`], ['-statistics']));
  }

  private setWith(spi: number): KernelSet | undefined {
    return [...this.sets.values()].find(({ described: { self } }) =>
      [self.clientSpi, self.serverSpi].includes(spi),
    );
  }

  /**
   * Before it looks at policies, the kernel routes by the inner address, which may be one of a private network that this node
   * has no route to. Such a packet then takes the way that the ESP takes.
   */
  private async needRoute({ mode, other, self }: SecurityAssociationSet, outer: string): Promise<void> {
    if (mode !== 'UDP-enc-tun' || (await this.hasRoute(other.address))) return;
    const way = await ipBatch([`route get ${outer} from ${self.address}`]);
    const [, via = ''] = /( via \S+)/.exec(way) ?? [];
    const [, device = 'lo'] = / dev (\S+)/.exec(way) ?? [];
    const next = via === '' ? ` via ${outer}` : via;
    await ipBatch([`route replace ${other.address}/32${next} dev ${device} table ${espTable}`]);
  }

  private async hasRoute(address: string): Promise<boolean> {
    try {
      await ipBatch([`route get ${address}`]);
      return true;
    } catch {
      return false;
    }
  }

  /** Sends a set's ESP to where the other end is now. What is sent in the few milliseconds before that is lost. */
  private moved(spi: number, outer: { readonly ip: string; readonly port: number }): void {
    const done = this.after(async () => {
      const set = this.setWith(spi);
      if (!set || (set.outer.ip === outer.ip && set.outer.port === outer.port)) return;
      set.isElsewhere = true;
      const { described } = set;
      const states = await this.states();
      const sequences = selectorsOf(described).outbound.map(
        (sa) => states.find((one) => one.spi === sa.spi && one.destination === set.outer.ip)?.sent ?? 0,
      );
      const from = set.outer;
      set.outer = outer;
      await ipBatch([
        ...deletedStates(described, from, ['outbound']),
        ...outboundStates(described, outer, sequences),
        ...policiesOf(described)
          .filter((policy) => this.isUsed(policy))
          .map((policy) => madePolicy(policy, outer)),
      ]);
    });
    done.catch((error: unknown) => this.note(`ipsec: ${(error as Error).message}`));
  }

  private keepAlive({ described: { self }, outer, isElsewhere }: KernelSet): void {
    if (!isElsewhere) this.bridge.keepAlive(self.address, outer);
  }

  private async discard(set: KernelSet): Promise<void> {
    const { described, outer, keepAlive } = set;
    clearInterval(keepAlive);
    this.sets.delete(described.name);
    const commands = policiesOf(described).map((policy) => this.pop(policy));
    const refusals = refusalSelectors(described).filter((selector) => this.count(selector, -1) === 0);
    // What could not be made cannot be deleted either, and the rest goes all the same.
    await ipBatch(
      [
        ...commands.filter((command) => command !== undefined),
        ...refusals.map(deletedPolicy),
        ...deletedStates(described, outer, ['inbound', 'outbound']),
      ],
      ['-force'],
    );
  }

  private push(policy: Policy): void {
    const key = policySelector(policy);
    this.policies.set(key, [...(this.policies.get(key) ?? []), policy]);
  }

  /** @returns the command that leaves the kernel the policy it shall have now; undefined if it has it */
  private pop(policy: Policy): string | undefined {
    const key = policySelector(policy);
    const all = this.policies.get(key) ?? [];
    const left = all.filter(({ set }) => set.name !== policy.set.name);
    const now = left.at(-1);
    if (now) this.policies.set(key, left);
    else this.policies.delete(key);
    if (!now) return deletedPolicy(key);
    return now === all.at(-1) ? undefined : madePolicy(now, this.sets.get(now.set.name)!.outer);
  }

  private isUsed(policy: Policy): boolean {
    return this.policies.get(policySelector(policy))?.at(-1)?.set.name === policy.set.name;
  }

  private count(selector: string, difference: number): number {
    const count = (this.refusals.get(selector) ?? 0) + difference;
    if (count === 0) this.refusals.delete(selector);
    else this.refusals.set(selector, count);
    return count;
  }

  private after<T>(work: () => Promise<T>): Promise<T> {
    const done = this.latest.then(work);
    this.latest = done.catch(() => undefined);
    return done;
  }
}

/** Returns how many packets the kernel has dropped in this network because no state has their SPI. */
function noStates(): number {
  try {
    const text = readFileSync('/proc/self/net/xfrm_stat', 'latin1');
    return Number(/^XfrmInNoStates\s+(\d+)/m.exec(text)?.[1] ?? 0);
  } catch {
    // A kernel without statistics of xfrm has no such file.
    return 0;
  }
}
