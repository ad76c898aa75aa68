import type { Box } from '../box';
import { programFile } from '../installation';
import { definePhone, lackIn } from '../phone';
import type { Program } from '../program';
import type { Capabilities, UeConfig } from '../ue/protocol';

/**
 * Makes a box of somebody else's phone that one of our drivers drives.
 * @param name of the driver in `drivers.ts`, and the name by which a user chooses the phone
 * @param packages Debian packages besides those of its programs
 * @param capabilities those that the driver declares, if a plan is to know them before the phone runs
 */
export const drivenPhone = (
  name: string,
  {
    title,
    programs,
    packages = [],
    capabilities,
  }: {
    title: string;
    programs: readonly Program[];
    packages?: readonly string[];
    capabilities?: Capabilities;
  },
): Box<UeConfig, 'ue'> => ({
  ...definePhone({
    command: () => [process.execPath, programFile('phone'), name, 'ue.json'],
    programs,
    image: {
      name: `ue-${name}`,
      title,
      description: `${title}, driven by nimsfw-lab over stdin and stdout`,
      user: 'own',
      packages,
      own: ['phone'],
    },
  }),
  name,
  ...(capabilities && { lacks: (wanted) => lackIn(capabilities, wanted) }),
});
