import { insteadOf, nearMatch } from '../../../kit/near-match';
import type { Box } from '../../../nodes/box';
import { choices, type Place } from '../../../nodes/choices';
import { commandBox } from '../../../nodes/outside/command-box';
import { imageBox, isReference } from '../../../nodes/outside/image-box';
import { plainPhone } from '../../../nodes/phones/plain/plain';
import { LabError } from '../../lab/lab-error';

/** What decides between a command and an image that have the same form. */
export interface NamingContext {
  readonly backend: string;
  /** Absolute path of the folder that a command is run in. */
  readonly folder: string;
}

/**
 * Makes a box of the short form of the command line. It is the name of a choice; else a command if it has a space or
 * begins with `/`, `./` or `../`; else, on the docker backend, a container image.
 *
 * @throws LabError `UNKNOWN_BOX`, `IMAGE_NEEDS_DOCKER`
 */
export function namedBox(place: Place, text: string, { backend, folder }: NamingContext): Box {
  const known = Object.keys(choices[place]);
  const choice = Object.hasOwn(choices[place], text) ? choices[place][text] : undefined;
  if (choice) return choice;
  if (/\s/.test(text) || /^\.{0,2}\//.test(text))
    return place === 'ue' ? plainPhone(text, folder) : commandBox(place, text, folder);
  const near = nearMatch(text, known);
  if (backend === 'docker' && near === undefined && isReference(text)) return imageBox(place, text);
  if (/[:/]/.test(text) && isReference(text))
    throw new LabError(
      'IMAGE_NEEDS_DOCKER',
      `${text} at ${place} is a container image; add --backend docker, or name a command by its path`,
    );
  throw new LabError(
    'UNKNOWN_BOX',
    `there is no box "${text}" for ${place}; ${insteadOf(text, known)}, or a command with its path, or with --backend docker a container image`,
  );
}

/** The boxes that a user has chosen, each in the short form of the command line. */
export type BoxChoices = Partial<Readonly<Record<Place, string>>>;

/** Returns the boxes of these choices. @throws LabError as {@link namedBox} does */
export const boxesCalled = (choices: BoxChoices, context: NamingContext): Box[] =>
  Object.entries(choices).map(([place, text]) => namedBox(place as Place, text, context));
