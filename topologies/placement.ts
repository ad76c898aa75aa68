/**
 * Where one kind of box stands, as data. What is on an access network stands once behind each firewall that wants it, all
 * else once in the lab.
 */
export interface Placement {
  /** What kind of box it is; where it stands once, also the id of its node. */
  readonly kind: string;
  /** How the ids of its nodes behind firewalls begin, the kind unless told otherwise: `fw` for `fw-6`. */
  readonly idPrefix?: string;
  /** Its interfaces. The first has the address by which the others know it. */
  readonly interfaces: readonly Attachment[];
  /** Whether it forwards packets between its interfaces. */
  readonly forwards?: boolean;
}

/** One interface of a box. */
export interface Attachment {
  /** `core` and `transit` are there once, `access` is the network behind a firewall. */
  readonly network: 'core' | 'transit' | 'access';
  /**
   * Number of its address in the network's subnet. What stands behind firewalls and is on a shared network as well has one
   * address for each, counted from here by the firewall's place in the catalogue.
   */
  readonly host: number;
}

/** Whether it stands behind firewalls, once each. */
export const standsBehindFirewalls = ({ interfaces }: Pick<Placement, 'interfaces'>): boolean =>
  interfaces.some(({ network }) => network === 'access');
