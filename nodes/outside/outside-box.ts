import type { Box, Outside, Readiness } from '../box';
import { choices, type Place } from '../choices';
import { told } from './environment';

/** The line on standard output by which a box tells that it is ready, where nobody can ask it over the network. */
export const readyLine = 'nimsfw: ready';

/** The places whose boxes tell it so: nobody asks a firewall or an IMS core directly, and a DNS server only for names. */
const toldReady: readonly Place[] = ['ims-core', 'firewall', 'dns'];
const saysReady: Readiness = { by: 'line', stream: 'stdout', text: readyLine };

/** The places of phones, whose standard output is for the protocol of `nodes/ue/protocol.ts`. */
const ofPhones: readonly Place[] = ['ue', 'peer'];

/**
 * Makes somebody else's box of the first choice of its place. It stands where that one does, is configured with the same
 * facts, told in the environment and in files (see {@link told}), and asked the same questions. What that one is made of,
 * it is not.
 *
 * @param name by which reports call it
 * @param command as argv
 */
export function outsideBox(place: Place, name: string, outside: Outside, command: readonly string[]): Box {
  const [first] = Object.values(choices[place]);
  if (!first) throw new Error(`no box can stand at ${place}`);
  const { kind, place: at, neededFor, ports, hostName, config, capabilities, limits, image } = first;
  const isPhone = ofPhones.includes(place);
  return {
    ...{ kind, name, outside, place: at, ports, config, image },
    ...(neededFor ? { neededFor } : {}),
    ...(hostName === undefined ? {} : { hostName }),
    ...(capabilities ? { capabilities } : {}),
    ...(limits ? { limits } : {}),
    configure: (lab, node) => first.configure(lab, node),
    files: (configuration, folder) => ({
      ...told(configuration, folder).files,
      ...(isPhone ? first.files(configuration, folder) : {}),
    }),
    environment: (configuration, folder) => told(configuration, folder).environment,
    command: () => [...command],
    ready: (configuration) => (toldReady.includes(place) ? saysReady : first.ready(configuration)),
    answers: (configuration, lab) => first.answers(configuration, lab),
    logs: isPhone ? ['stderr'] : ['stdout', 'stderr'],
    ...(place === 'firewall' ? { denials: 'observed' as const } : {}),
    programs: [],
  };
}
