import type { Flow } from '../../nodes/ue/protocol';
import { captureFacts, type CaptureContent } from './capture-facts';
import { kindsOfEvidence, type Evidence, type Kinds } from './evidence';
import type { Observations } from './observations';

/** The observations of an attempt, before its facts have been read from the capture. */
export type Observed = Omit<Observations, 'attempt' | 'seen' | 'capture'> & {
  /** The capture of the UE's side. */
  readonly capture?: { readonly content: CaptureContent; readonly name: string } | undefined;
};

/**
 * Turns observations into the attempt's evidence. Pure: the same observations give the same evidence.
 * @param kinds the kinds to collect; those of the registry by default
 */
export function collectEvidence(observed: Observed, kinds: Kinds = kindsOfEvidence): Evidence[] {
  const { report, capture, slack } = observed;
  const { startedAt, flows, identifiers } = report;
  const endedAt = startedAt + report.durationMs;
  const seen =
    capture && captureFacts(capture.content, { flows, endedAt, expectsTls, capture: capture.name, slack });
  const observations = { ...observed, attempt: { startedAt, endedAt, flows, identifiers }, seen };
  return kinds.flatMap((kind) => kind.collect(observations) as Evidence[]);
}

/**
 * Says whether a socket is to speak TLS: on the TLS ports of IMS and TURN (TS 33.203 Annex O and W.3; RFC
 * 8656), and in every tunnel of a CONNECT.
 */
const expectsTls = ({ remote, connect }: Flow): boolean =>
  connect !== undefined || [443, 5061, 5349].includes(remote.port);
