import { espInUdpPort } from '../../ladder';
import {
  IpsecError,
  type InboundCounters,
  type OutboundCounters,
  type SecurityAssociationSet,
} from './protocol';
import { spiText } from '../../kit/spi';
import { ReplayWindow } from './replay-window';
import { saKeys, type SaKeys } from './sa-keys';

/** What an SA carries: UDP and TCP from one port of one address to one port of another. */
export interface Selector {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

export interface InboundSa {
  readonly spi: number;
  readonly selector: Selector;
  readonly window: ReplayWindow;
  readonly counters: InboundCounters;
  readonly set: SetOfSas;
}

export interface OutboundSa {
  readonly spi: number;
  readonly selector: Selector;
  /** Sequence number of the latest packet. */
  sequence: number;
  readonly counters: OutboundCounters;
  readonly set: SetOfSas;
}

/** A set of four security associations that works. */
export interface SetOfSas {
  readonly described: SecurityAssociationSet;
  readonly keys: SaKeys;
  readonly inbound: readonly InboundSa[];
  readonly outbound: readonly OutboundSa[];
  /** Where UDP-enc-tun is sent to. */
  outer: { readonly ip: string; readonly port: number };
  /** Which end has sent the first packet. It may be behind an NAPT, and so keeps the mapping there (RFC 3948). */
  beganBy: 'self' | 'other' | undefined;
}

/** RFC 3948 section 4: the default interval of NAT-keepalives, in milliseconds. */
export const keepAliveMs = 20_000;

/** Where the ESP of a set is sent to, as long as the other end was seen nowhere else; transport mode has no such port. */
export const outerOf = ({
  mode,
  outer,
  other,
}: Pick<SecurityAssociationSet, 'mode' | 'outer' | 'other'>): SetOfSas['outer'] =>
  (mode === 'UDP-enc-tun' ? outer : undefined) ?? { ip: other.address, port: espInUdpPort };

/** The selectors of a set: what its inbound and its outbound SAs carry, with the SPI of each. */
export function selectorsOf({ self, other }: Pick<SecurityAssociationSet, 'self' | 'other'>): {
  readonly inbound: readonly { readonly spi: number; readonly selector: Selector }[];
  readonly outbound: readonly { readonly spi: number; readonly selector: Selector }[];
} {
  const into = (sourcePort: number, destinationPort: number): Selector => ({
    ...{ source: other.address, sourcePort },
    ...{ destination: self.address, destinationPort },
  });
  const outOf = (sourcePort: number, destinationPort: number): Selector => ({
    ...{ source: self.address, sourcePort },
    ...{ destination: other.address, destinationPort },
  });
  return {
    inbound: [
      { spi: self.serverSpi, selector: into(other.clientPort, self.serverPort) },
      { spi: self.clientSpi, selector: into(other.serverPort, self.clientPort) },
    ],
    outbound: [
      { spi: other.serverSpi, selector: outOf(self.clientPort, other.serverPort) },
      { spi: other.clientSpi, selector: outOf(self.serverPort, other.clientPort) },
    ],
  };
}

/** The sets of a node: inbound SAs by their SPIs (the SAD), outbound ones by what they carry (the SPD). */
export class SaTable {
  private readonly byName = new Map<string, SetOfSas>();
  private readonly bySpi = new Map<number, InboundSa>();
  /** The outbound SAs of each selector, the newest last. It is the one that is used. */
  private readonly bySelector = new Map<string, OutboundSa[]>();

  get sets(): Iterable<SetOfSas> {
    return this.byName.values();
  }

  set(name: string): SetOfSas | undefined {
    return this.byName.get(name);
  }

  inbound(spi: number): InboundSa | undefined {
    return this.bySpi.get(spi);
  }

  outbound(selector: Selector): OutboundSa | undefined {
    return this.bySelector.get(keyOf(selector))?.at(-1);
  }

  /** @throws IpsecError `TAKEN` */
  add(described: SecurityAssociationSet): SetOfSas {
    const { name } = described;
    requireFree(described, this.byName.has(name), (spi) => this.bySpi.get(spi)?.set.described.name);
    const { inbound, outbound } = selectorsOf(described);
    const counters = (spi: number): OutboundCounters => ({ spi, packets: 0, bytes: 0 });
    const set: SetOfSas = {
      described,
      keys: saKeys(described),
      inbound: inbound.map((sa) => ({
        ...sa,
        window: new ReplayWindow(),
        counters: { ...counters(sa.spi), badIcv: 0, replayed: 0, badInnerChecksum: 0 },
        get set(): SetOfSas {
          return set;
        },
      })),
      outbound: outbound.map((sa) => ({
        ...sa,
        sequence: 0,
        counters: counters(sa.spi),
        get set(): SetOfSas {
          return set;
        },
      })),
      outer: outerOf(described),
      beganBy: undefined,
    };
    this.byName.set(name, set);
    for (const sa of set.inbound) this.bySpi.set(sa.spi, sa);
    for (const sa of set.outbound) {
      const key = keyOf(sa.selector);
      this.bySelector.set(key, [...(this.bySelector.get(key) ?? []), sa]);
    }
    return set;
  }

  remove(name: string): void {
    const set = this.byName.get(name);
    if (!set) return;
    this.byName.delete(name);
    for (const { spi } of set.inbound) this.bySpi.delete(spi);
    for (const sa of set.outbound) {
      const key = keyOf(sa.selector);
      const left = this.bySelector.get(key)!.filter((one) => one !== sa);
      if (left.length === 0) this.bySelector.delete(key);
      else this.bySelector.set(key, left);
    }
  }
}

/**
 * Refuses a set whose name or inbound SPIs are in use, or whose SPIs are not four. Both directions have the same keys, so with the
 * same SPI there a packet that is sent back to its sender would pass for one of the other end (TS 33.203 7.1, from memory).
 * @param setOf returns the name of the set that has an inbound SPI
 * @throws IpsecError `TAKEN`, or `INVALID_REQUEST` if two of its own are the same
 */
export function requireFree(
  { name, self, other }: Pick<SecurityAssociationSet, 'name' | 'self' | 'other'>,
  nameIsTaken: boolean,
  setOf: (spi: number) => string | undefined,
): void {
  if (nameIsTaken)
    throw new IpsecError(
      'TAKEN',
      `there is a set ${name} already; remove it first, or name this one otherwise`,
    );
  if (self.clientSpi === self.serverSpi)
    throw new IpsecError(
      'INVALID_REQUEST',
      `both inbound SAs of ${name} have the SPI ${spiText(self.clientSpi)}; give each its own`,
    );
  for (const spi of [self.serverSpi, self.clientSpi]) {
    if (spi === other.serverSpi || spi === other.clientSpi)
      throw new IpsecError(
        'INVALID_REQUEST',
        `an inbound and an outbound SA of ${name} have the SPI ${spiText(spi)}; give each its own`,
      );
    const holder = setOf(spi);
    if (holder !== undefined)
      throw new IpsecError('TAKEN', `SPI ${spiText(spi)} belongs to the set ${holder}; choose another one`);
  }
}

/** @throws IpsecError `UNKNOWN_ADDRESS` if a set is for an address that the program was not started for */
export function requireServed(
  { name, self: { address } }: Pick<SecurityAssociationSet, 'name' | 'self'>,
  addresses: readonly string[],
): void {
  if (!addresses.includes(address))
    throw new IpsecError(
      'UNKNOWN_ADDRESS',
      `the set ${name} is for ${address}, and ipsec was started for ${addresses.join(', ')}; start it with --address ${address}`,
    );
}

/** Returns a text that is the same for the same selectors. */
export const keyOf = ({ source, sourcePort, destination, destinationPort }: Selector): string =>
  `${source}:${sourcePort} ${destination}:${destinationPort}`;
