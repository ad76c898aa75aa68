import { builtInBoxes } from '../../nodes';
import type { Box } from '../../nodes/box';
import { choices, places, type Place } from '../../nodes/choices';
import type { BoxResult } from '../judge/result';

/** What can be had here of the boxes of a run. */
export interface BoxesOfRun {
  /** Those that stand in place of the built-in ones. */
  readonly boxes: readonly Box[];
  /** What cannot be had, in words, each with what to do about it. */
  readonly lacking: readonly string[];
}

/**
 * Finds the boxes of a run here, by their names. A command, an image or a machine on an interface is never taken from a
 * result: a stranger may have written it. Whoever knows it names it again.
 *
 * @param chosen the boxes that the user has named, which come before those of the run
 */
export function boxesOfRun(stored: readonly BoxResult[], chosen: readonly Box[]): BoxesOfRun {
  const boxes: Box[] = [...chosen];
  const lacking: string[] = [];
  for (const { place, name, command, image, interface: at } of stored) {
    if (chosen.some(({ kind }) => kind === place)) continue;
    const outside = command ?? image ?? at;
    const known = isPlace(place) && outside === undefined && Object.hasOwn(choices[place], name);
    const box = known ? choices[place][name] : undefined;
    if (box) {
      if (![...builtInBoxes].includes(box)) boxes.push(box);
    } else if (isPlace(place)) {
      lacking.push(
        `${JSON.stringify(outside ?? name)} at ${place} (name a box for it with --${flagOf(place)})`,
      );
    } else {
      lacking.push(`${JSON.stringify(name)} at ${place}, which is of the program that measured`);
    }
  }
  return { boxes, lacking };
}

/** `--firewall` chooses types of firewalls. */
const flagOf = (place: Place): string => (place === 'firewall' ? 'firewall-box' : place);

const isPlace = (kind: string): kind is Place => (places as readonly string[]).includes(kind);
