import { builtInBoxes } from '../../nodes';
import type { Box, Boxes } from '../../nodes/box';
import { choices, places } from '../../nodes/choices';
import { openssl } from '../../nodes/openssl';
import type { LabTopology } from '../../topologies/lab-topology';
import type { BoxResult } from '../judge/result';

/** Returns what the result says of the boxes of a lab: one for each place that somebody else's can take, and the user's own. */
export function boxResultsOf(boxes: Boxes, topology: LabTopology): BoxResult[] {
  const isTold = ({ kind }: Box): boolean =>
    isPlace(kind) || ![...builtInBoxes].some((box) => box.kind === kind);
  return [...boxes].filter(isTold).map((box) => boxResult(box, topology));
}

function boxResult(box: Box, { core }: LabTopology): BoxResult {
  const { kind, outside } = box;
  // Our own phones only ask openssl about certificates.
  const product = box.programs.find((one) => one.product !== undefined && one !== openssl)?.product;
  const interfaces = core.get(kind)?.interfaces ?? [];
  return {
    place: kind,
    name: nameOf(box),
    isReference: [...builtInBoxes].includes(box),
    ...(outside?.from === 'command' ? { command: wordsOf(outside.command) } : {}),
    ...(outside?.from === 'image' ? { image: outside.reference } : {}),
    ...(outside?.from === 'image' && outside.command ? { command: wordsOf(outside.command) } : {}),
    ...(outside?.from === 'interface' ? { interface: outside.interfaces.join(', ') } : {}),
    ...(product === undefined || outside ? {} : { product }),
    ...(interfaces.length > 0
      ? { addresses: Object.fromEntries(interfaces.map(({ network, ip }) => [network, ip])) }
      : {}),
  };
}

/** The name of a box is its own, or that by which one chooses it; a box of a program that uses the library may have none. */
function nameOf(box: Box): string {
  const [choice] = isPlace(box.kind)
    ? (Object.entries(choices[box.kind]).find(([, other]) => other === box) ?? [])
    : [];
  return choice ?? box.name ?? 'own';
}

const wordsOf = (command: string | readonly string[]): string =>
  typeof command === 'string' ? command : command.join(' ');

const isPlace = (kind: string): kind is (typeof places)[number] =>
  (places as readonly string[]).includes(kind);
