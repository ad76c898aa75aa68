import { BridgeError } from './errors';

/** A route of a host, beside those to its own subnets. */
export interface Route {
  /** Subnet such as `10.1.0.0/16`, one address, or `default`. */
  readonly to: string;
  /** IPv4 address of the next hop, inside a subnet of the host. */
  readonly via: string;
}

export interface HostOptions {
  /** Address with prefix length of the host's first link, e.g. `10.0.0.1/24`, unless that link's end has its own. */
  readonly ip?: string;
  /** True when the host forwards IPv4 packets between its interfaces. Default: no, whatever the machine does. */
  readonly forwards?: boolean;
  readonly routes?: readonly Route[];
}

/** One end of a link. A plain string is short for `{ node }`. */
export interface LinkEnd {
  readonly node: string;
  /** Address with prefix length of this end; hosts only. */
  readonly ip?: string;
  /** Interface name, at most 15 characters. Default: `NODE-ethN`, hosts counting from 0 and switches from 1. */
  readonly interfaceName?: string;
}

/** Limits and faults of a link, which apply in each direction. */
export interface LinkOptions {
  /** Bandwidth in Mbit/s. */
  readonly bw?: number;
  /** Added delay in milliseconds. */
  readonly delay?: number;
  /** Packets lost, in percent, 0 to 100. */
  readonly loss?: number;
}

export interface HostSpec extends HostOptions {
  readonly name: string;
}
export interface SwitchSpec {
  readonly name: string;
}
export interface LinkSpec extends LinkOptions {
  readonly ends: readonly [LinkEnd, LinkEnd];
}

/**
 * A topology in Mininet's vocabulary: hosts, switches (learning bridges, no controller) and links. Plain data
 * with a builder's methods; nothing is started by it.
 *
 * @example
 * const topo = new Topo()
 *   .host('h1', { ip: '10.0.0.1/24' })
 *   .host('h2', { ip: '10.0.0.2/24' })
 *   .switch('s1')
 *   .link('h1', 's1', { loss: 5 })
 *   .link('h2', 's1');
 */
export class Topo {
  readonly hosts: HostSpec[] = [];
  readonly switches: SwitchSpec[] = [];
  readonly links: LinkSpec[] = [];
  private readonly names = new Set<string>();

  /**
   * Adds a host: a network namespace of its own.
   * @throws BridgeError `NAME_NOT_USABLE`, `DUPLICATE_NAME`
   */
  host(name: string, options: HostOptions = {}): this {
    this.claim(name);
    this.hosts.push({ ...options, name });
    return this;
  }

  /**
   * Adds a switch: a Linux bridge, whose name is the switch's.
   * @throws BridgeError `NAME_NOT_USABLE`, `DUPLICATE_NAME`
   */
  switch(name: string): this {
    this.claim(name);
    checkInterfaceName(name, `switch "${name}"`);
    this.switches.push({ name });
    return this;
  }

  /**
   * Wires two nodes that exist already. A host may have many links, each with its own address.
   * @throws BridgeError `UNKNOWN_NODE`, `LINK_NOT_USABLE`
   */
  link(a: string | LinkEnd, b: string | LinkEnd, options: LinkOptions = {}): this {
    const ends = [toEnd(a), toEnd(b)] as const;
    const label = `link ${ends[0].node} - ${ends[1].node}`;
    for (const { node } of ends) {
      if (!this.names.has(node)) {
        throw new BridgeError(
          'UNKNOWN_NODE',
          `${label}: there is no host or switch "${node}"; add it before its links`,
        );
      }
    }
    if (ends[0].node === ends[1].node) {
      throw new BridgeError(
        'LINK_NOT_USABLE',
        `${label}: both ends are the same node; wire two different ones`,
      );
    }
    checkNumber(label, 'bw', options.bw, (bw) => bw >= 0.001 && bw <= 100_000, 'Mbit/s, 0.001 to 100000');
    checkNumber(
      label,
      'delay',
      options.delay,
      (ms) => ms >= 0 && ms <= 3_600_000,
      'milliseconds, 0 to 3600000',
    );
    checkNumber(
      label,
      'loss',
      options.loss,
      (percent) => percent >= 0 && percent <= 100,
      'percent, 0 to 100',
    );
    this.links.push({ ...options, ends });
    return this;
  }

  private claim(name: string): void {
    // The name becomes a file name, an argument and a line in /etc/hosts.
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name)) {
      throw new BridgeError(
        'NAME_NOT_USABLE',
        `node "${name}": a name is 1 to 63 letters, digits, "-", "_" and ".", beginning with a letter or digit`,
      );
    }
    if (this.names.has(name)) {
      throw new BridgeError(
        'DUPLICATE_NAME',
        `node "${name}" exists already; every host and switch needs its own name`,
      );
    }
    this.names.add(name);
  }
}

function toEnd(end: string | LinkEnd): LinkEnd {
  return typeof end === 'string' ? { node: end } : end;
}

function checkNumber(
  label: string,
  option: string,
  value: number | undefined,
  isUsable: (value: number) => boolean,
  range: string,
): void {
  if (value === undefined || (Number.isFinite(value) && isUsable(value))) return;
  throw new BridgeError(
    'LINK_NOT_USABLE',
    `${label}: ${option} is ${value}; it must be a number of ${range}`,
  );
}

/** The kernel's limit: IFNAMSIZ is 16, the terminating zero included. */
const longestInterfaceName = 15;

/** @throws BridgeError `NAME_NOT_USABLE` when the kernel would refuse an interface of that name, or has one. */
export function checkInterfaceName(name: string, owner: string): void {
  if (name.length > longestInterfaceName) {
    throw new BridgeError(
      'NAME_NOT_USABLE',
      `${owner}: "${name}" has ${name.length} characters and Linux allows an interface ${longestInterfaceName}; ` +
        'choose a shorter node name or set interfaceName',
    );
  }
  // `all` and `default` are folders of their own in /proc/sys/net; `lo` exists in every namespace.
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) || ['lo', 'all', 'default'].includes(name)) {
    throw new BridgeError(
      'NAME_NOT_USABLE',
      `${owner}: "${name}" cannot name an interface; use letters, digits, "-", "_" and ".", and not lo, all, default`,
    );
  }
}
