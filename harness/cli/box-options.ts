import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Box } from '../../nodes/box';
import { choices, places, type Place } from '../../nodes/choices';
import { LabError } from '../lab/lab-error';
import { boxesCalled, type BoxChoices, type NamingContext } from '../plan/lab-file/named-box';

/** The flag of a place. `--firewall` chooses types of firewalls, and was there before. */
const flagOf = (place: Place): string => (place === 'firewall' ? 'firewall-box' : place);

/** The name by which commander knows the flag's value. */
const keyOf = (place: Place): string =>
  flagOf(place).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Adds the flags by which a user chooses the box at a place. */
export function addBoxOptions(command: Command): void {
  for (const place of places) {
    const names = Object.keys(choices[place]).join(', ');
    command.addOption(
      new Option(
        `--${flagOf(place)} <box>`,
        `the box at ${place}: ${names || 'none of ours'}; or a command, or an image (docs/boxes.md)`,
      ).argParser((text: string, earlier: unknown) => {
        if (earlier !== undefined)
          throw new InvalidArgumentError('there are two boxes for one place; a lab file can list several.');
        return text;
      }),
    );
  }
}

/**
 * Refuses the variables by which the compose file takes other images: a run would measure its own.
 * @throws LabError `IMAGE_VARIABLE`
 */
export function refuseImageVariables(environment: Readonly<Record<string, string | undefined>>): void {
  for (const place of places) {
    const variable = `NIMSFW_${place.replaceAll('-', '_').toUpperCase()}_IMAGE`;
    const image = environment[variable];
    if (image)
      throw new LabError(
        'IMAGE_VARIABLE',
        `${variable} is read by docker-compose.yml alone; unset it, and name the image: --backend docker --${flagOf(place)} ${image}`,
      );
  }
}

/** Returns what these flags choose. */
export function boxChoicesIn(flags: Readonly<Record<string, unknown>>): BoxChoices {
  const chosen = places.map((place) => [place, flags[keyOf(place)]] as const);
  return Object.fromEntries(chosen.filter(([, text]) => text !== undefined));
}

/** Returns the boxes that these flags choose. @throws LabError `UNKNOWN_BOX`, `IMAGE_NEEDS_DOCKER` */
export const boxesChosen = (flags: Readonly<Record<string, unknown>>, context: NamingContext): Box[] =>
  boxesCalled(boxChoicesIn(flags), context);
