import type { AttemptReport } from '../../nodes/ue/protocol';
import type { CaptureFacts } from './capture-facts';
import type { Drop, RuleLookup } from './drop';
import type { AttemptTrace, ProxyTrace, Slack } from './trace';

/** Everything that was observed around one attempt, by observer. */
export interface Observations {
  /** What the UE says: its sockets, identifiers and times. */
  readonly report: AttemptReport;
  /** The same, as packets are recognised by it. */
  readonly attempt: AttemptTrace;
  /** The drops of the access network's firewall; others' too do no harm, but cost time. */
  readonly drops: readonly Drop[];
  /** The name of the capture of all that the firewall denied, whose frames the drops are. */
  readonly denied?: string | undefined;
  readonly rule: RuleLookup;
  /** The access network's proxy with its whole log, and its CA (PEM) where it makes certificates. */
  readonly proxy?: (ProxyTrace & { readonly ca?: string }) | undefined;
  /** The capture of the UE's side, by name. */
  readonly capture?: { readonly name: string } | undefined;
  /** What it shows of the attempt. */
  readonly seen?: CaptureFacts | undefined;
  /** The node that the attempt needed and that was out of order. */
  readonly outage?: { readonly node: string; readonly at: number; readonly text: string } | undefined;
  readonly slack?: Slack | undefined;
}
