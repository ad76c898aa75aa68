import type { Firewall } from '../../firewalls/catalogue';

/** The capture files of an access network, as paths relative to the run's folder. */
export interface CaptureNames {
  /** The packets at the UE. */
  readonly ue: string;
  /** The packets on the core's side of the firewall. */
  readonly core: string;
  /** The packets that the firewall denied, each with the rule's id (LINKTYPE_NFLOG). */
  readonly denied: string;
  /** The packets at both sides of a firewall that logs none: towards its access network, and away from it. */
  readonly sides: { readonly inside: string; readonly outside: string };
  /** The proxy's connections with the UE and with the servers; undefined without a proxy. */
  readonly proxy?: string;
}

/** The capture of the SIP between the P-CSCF and the IMS core, one for the run. */
export const coreCaptureName = 'captures/core.pcap';

/** The TLS keys of the run's connections, in NSS's key log format. */
export const keyLogName = 'keys.log';

/** The keys of the run's IPsec security associations, in the form of Wireshark's table of this name; there only with IPsec. */
export const espSaName = 'esp_sa';

/** Returns the path of the capture that has all of an access network, made of its captures for people (`harness/run/network-capture.ts`). */
export const networkCaptureName = (firewall: string): string => `captures/${firewall}.pcapng`;

export function captureNames({ id, knobs }: Pick<Firewall, 'id' | 'knobs'>): CaptureNames {
  const named = (what: string): string => `captures/${id}-${what}.pcap`;
  return {
    ue: named('ue-side'),
    core: named('core-side'),
    denied: named('denied'),
    sides: { inside: named('firewall-inside'), outside: named('firewall-outside') },
    ...(knobs.proxy === 'none' ? {} : { proxy: named('proxy') }),
  };
}
