import type { Firewall } from '../../firewalls/catalogue';

/** What is captured of an access network, as paths relative to the run's folder. */
export interface CaptureNames {
  /** At the UE. */
  readonly ue: string;
  /** On the other side of the firewall. */
  readonly core: string;
  /** What the firewall denied, each packet with the rule's id (LINKTYPE_NFLOG). */
  readonly denied: string;
  /** At the proxy, where there is one: its connections with the UE, and those to the servers. */
  readonly proxy?: string;
}

export function captureNames({ id, knobs }: Pick<Firewall, 'id' | 'knobs'>): CaptureNames {
  const named = (what: string): string => `captures/${id}-${what}.pcap`;
  return {
    ue: named('ue-side'),
    core: named('core-side'),
    denied: named('denied'),
    ...(knobs.proxy === 'none' ? {} : { proxy: named('proxy') }),
  };
}
