import type { RunEvent } from '../journal/events';
import type { RunResult } from '../judge/result';
import type { AreCapturesRead } from './contradictions';

/**
 * Returns where the captures of a run were read. In a run that came to its end they all were; in one that was cut short,
 * those of which its journal says so. Where a capture broke off, the run has an outage of it, and nothing is known.
 *
 * @param eventsOf returns the journal of a variant of the lab, or of the only lab; none if it is not there
 */
export function capturesRead(
  { outages = [], interrupted }: RunResult['run'],
  eventsOf: (variant: string | undefined) => readonly RunEvent[],
): AreCapturesRead {
  if (outages.some(({ node }) => node.startsWith('capture '))) return () => false;
  if (!interrupted) return () => true;
  return ({ variant }, firewall) =>
    eventsOf(variant).some(
      (event) => event.type === 'capture-read' && event.firewall === firewall && event.whole,
    );
}
