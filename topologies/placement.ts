/**
 * The place of one kind of box, as data. A box with an interface on an access network stands once behind each
 * firewall that wants it; every other box stands once in the lab.
 */
export interface Placement {
  /** The kind of box. If it stands once in the lab, this is also the id of its node. */
  readonly kind: string;
  /** The beginning of the ids of its nodes behind firewalls, such as `fw` of `fw-6`; the kind by default. */
  readonly idPrefix?: string;
  /** Its interfaces. The other nodes know the box by the address of the first. */
  readonly interfaces: readonly Attachment[];
  /** Says whether it forwards packets between its interfaces. */
  readonly forwards?: boolean;
}

/** One interface of a box. */
export interface Attachment {
  /** There is one `core` and one `transit`; `access` is the network behind a firewall. */
  readonly network: 'core' | 'transit' | 'access';
  /**
   * Number of its address in the network's subnet. A box that stands behind firewalls and is also on
   * a shared network has a different address there for each firewall: this number plus the
   * firewall's place in the catalogue.
   */
  readonly host: number;
}

/** Says whether a box stands behind firewalls, once behind each. */
export const standsBehindFirewalls = ({ interfaces }: Pick<Placement, 'interfaces'>): boolean =>
  interfaces.some(({ network }) => network === 'access');
