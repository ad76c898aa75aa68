import type { AttemptReport, Endpoint, Flow } from '../../nodes/ue/protocol';
import { captureFacts, type CaptureContent } from './capture-facts';
import type { Drop, RuleLookup } from './drop';
import type { Evidence } from './evidence';
import { dropEvidenceOf } from './match';
import type { ProxyTrace, Slack } from './trace';
import {
  certificateEvidenceOf,
  connectsEvidenceOf,
  refusalEvidenceOf,
  resignedEvidenceOf,
  type PresentedCertificate,
} from './proxy-evidence';

/** Everything that was observed around one attempt, by whom it was observed. */
export interface Observations {
  /** What the UE says: its sockets, identifiers and times. */
  readonly report: AttemptReport;
  /** The drops of the access network's firewall; others' too do no harm, but cost time. */
  readonly drops: readonly Drop[];
  /** The name of the capture of all that the firewall denied, whose frames the drops are. */
  readonly denied?: string;
  readonly rule: RuleLookup;
  /** The access network's proxy with its whole log, and its CA (PEM) where it makes certificates. */
  readonly proxy?: ProxyTrace & { readonly ca?: string };
  /** The capture of the UE's side. */
  readonly capture?: { readonly content: CaptureContent; readonly name: string };
  readonly slack?: Slack;
}

/** Turns observations into the attempt's evidence. Pure: the same observations give the same evidence. */
export function collectEvidence(observations: Observations): Evidence[] {
  const { report, drops, denied, rule, proxy, capture, slack } = observations;
  const endedAt = report.startedAt + report.durationMs;
  const attempt = {
    startedAt: report.startedAt,
    endedAt,
    flows: report.flows,
    identifiers: report.identifiers,
  };
  const seen = capture && {
    ...captureFacts(capture.content, {
      flows: report.flows,
      endedAt,
      expectsTls,
      capture: capture.name,
      slack,
    }),
  };
  const items: (Evidence | undefined)[] = [
    ...dropEvidenceOf(drops, attempt, { rule, proxy, slack, capture: denied }),
    ...(proxy ? refusalEvidenceOf(proxy, attempt, { slack, capture: capture?.name }) : []),
    ...(seen?.tls ?? []),
    certificateEvidenceOf(report),
  ];
  if (proxy) {
    const presented = seen?.certificates[0] ?? reportedCertificate(report);
    const accepted = ({ ip, port }: Endpoint): boolean =>
      seen
        ? seen.spokenOver.some((local) => local.ip === ip && local.port === port)
        : report.tls !== undefined && certificateEvidenceOf(report) === undefined;
    if (presented) items.push(...resignedEvidenceOf(proxy, attempt, presented, accepted));
    items.push(connectsEvidenceOf(proxy, attempt, seen?.proxy));
  }
  return items.filter((item) => item !== undefined);
}

/** The ports of TLS in IMS and TURN (TS 33.203 Annex O and W.3; RFC 8656), and whatever a CONNECT asks for. */
const expectsTls = ({ remote, connect }: Flow): boolean =>
  connect !== undefined || [443, 5061, 5349].includes(remote.port);

function reportedCertificate(report: AttemptReport): PresentedCertificate | undefined {
  const certificate = report.peerCertificate ?? report.tls?.peer;
  return certificate && { seenIn: 'ue', ...certificate };
}
