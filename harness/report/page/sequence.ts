import type { PageArrow, PageSequence } from 'nimsfw-result-page';
import type { Arrow, Sequence } from '../../sequence/sequence';

/**
 * Arranges a sequence for a page: times since the attempt began, and lifelines by their place.
 * @param folder that of the captures, relative to the page
 */
export function pageSequence(sequence: Sequence, startedAt: number, folder: string): PageSequence {
  const { parties, arrows, leftOut, problem } = sequence;
  const placeOf = (id: string): number => parties.findIndex((party) => party.id === id);
  return {
    parties: parties.map(({ id, kind }) => ({ id, kind })),
    arrows: arrows.map((arrow) => pageArrow(arrow, startedAt, folder, placeOf)),
    leftOut,
    ...(problem === undefined ? {} : { problem }),
  };
}

function pageArrow(
  arrow: Arrow,
  startedAt: number,
  folder: string,
  placeOf: (id: string) => number,
): PageArrow {
  const { protocol, label, carriers, count, place, text, denied } = arrow;
  const after = (at: number): number => Math.round((at - startedAt) * 100) / 100;
  return {
    afterMs: after(arrow.at),
    from: placeOf(arrow.from),
    to: placeOf(arrow.to),
    protocol,
    label,
    carriers: carriers.map((carrier) => carrier.toUpperCase()).join(', '),
    count,
    lastAfterMs: after(arrow.lastAt),
    capture: `${folder}${place.capture}`,
    frame: place.frame,
    ...(text === undefined ? {} : { text }),
    ...(denied ? { denied: { by: placeOf(denied.firewall), rule: denied.rule } } : {}),
  };
}
