import { isSameWay, showEndpoint } from '../../../kit/endpoint';
import type { SocketFacts } from '../facts';
import { defaultSlack } from '../trace';
import type { Owner } from './kind';

/** Returns the words of those contradictions that are there. */
export const contradictions = (
  ...all: readonly (readonly [isThere: boolean, words: string])[]
): readonly string[] => all.flatMap(([isThere, words]) => (isThere ? [words] : []));

/** Returns how the way and the times of an item contradict its attempt. */
export function foreignTo(
  { trace: { flows, startedAt, endedAt } }: Pick<Owner, 'trace'>,
  socket: SocketFacts | undefined,
  ...times: readonly number[]
): readonly string[] {
  const isOwn = !socket || flows.some((flow) => isSameWay(flow, socket));
  const { before, after } = defaultSlack;
  const strange = times.find((at) => at < startedAt - before || at > endedAt + after);
  return contradictions(
    [!isOwn, `is of ${socket ? wayWords(socket) : ''}, which is no way of the attempt`],
    [strange !== undefined, `is of ${new Date(strange ?? 0).toISOString()}, when the attempt was not played`],
  );
}

const wayWords = ({ protocol, local, remote }: SocketFacts): string =>
  `${protocol} ${showEndpoint(local)} to ${showEndpoint(remote)}`;

/** Returns how an item that blames an NAPT contradicts a firewall that has none. */
export const withoutNapt = ({ knobs }: Pick<Owner, 'knobs'>): readonly string[] =>
  contradictions([knobs?.napt === false, 'is of an NAPT, and the firewall has none']);

/** Returns how an item without its frames contradicts captures that were read. */
export const withoutFrames = (
  { areCapturesRead }: Pick<Owner, 'areCapturesRead'>,
  hasFrames: boolean,
): readonly string[] =>
  contradictions([areCapturesRead && !hasFrames, 'names no frame, though the captures were read']);
