import type { AttemptReport } from '../../nodes/ue/protocol';
import type { CaptureFacts } from './capture-facts';
import type { CoreSip } from './core-sip';
import type { Drop, RuleLookup } from './drop';
import type { EspRefusals } from './esp-refusals';
import type { BothSides } from './both-sides';
import type { AttemptTrace, ProxyTrace, Slack } from './trace';
import type { Side, Vanished } from './vanished';

/** Everything that was observed around one attempt, by observer. */
export interface Observations {
  /** The UE's report: its sockets, identifiers and times. */
  readonly report: AttemptReport;
  /** The properties of the report by which packets are recognised. */
  readonly attempt: AttemptTrace;
  /** The drops of the access network's firewall. Drops of other firewalls do no harm, but cost time. */
  readonly drops: readonly Drop[];
  /** The name of the capture of denied packets; the drops' frame numbers count in it. */
  readonly denied?: string | undefined;
  readonly rule: RuleLookup;
  /** What vanished in a firewall that tells nothing of what it denies, and the names of the captures that show it. */
  readonly vanished?:
    { readonly packets: readonly Vanished[]; readonly captures: Readonly<Record<Side, string>> } | undefined;
  /** The access network's proxy with its whole log, and the PEM of its CA if it makes certificates. */
  readonly proxy?: (ProxyTrace & { readonly ca?: string }) | undefined;
  /** The capture of the UE's side, by name. */
  readonly capture?: { readonly name: string } | undefined;
  /** The facts of the attempt in that capture. */
  readonly seen?: CaptureFacts | undefined;
  /** The SIP between the P-CSCF and the IMS core. */
  readonly core?:
    | {
        readonly sip: Pick<CoreSip, 'undelivered'>;
        /** What the P-CSCF refused of authentic ESP; missing in a lab without IPsec. */
        readonly esp?: Pick<EspRefusals, 'of'> | undefined;
        /** The name of its capture. */
        readonly capture: string;
        /**
         * Finds a packet of the UE in the captures of both sides of the firewall: a request by the branch of its Via, or
         * ESP by its name ({@link espKey}). Missing until they have been read, and if they are not whole.
         */
        readonly sides?: ((name: string) => BothSides | undefined) | undefined;
      }
    | undefined;
  /** The outage of a node that the attempt needed. */
  readonly outage?: { readonly node: string; readonly at: number; readonly text: string } | undefined;
  readonly slack?: Slack | undefined;
}
