import type { ArrowProtocol } from './sequence';

/** A message that was read from the network, as an arrow shows it. */
export interface Message {
  readonly protocol: ArrowProtocol;
  readonly label: string;
  /** The message for a reader, see `visibleText`. */
  readonly text?: string;
  /** What carried it besides what carried the bytes, from the outside in. */
  readonly within?: readonly string[];
  /** True if many of its kind follow each other, so that one arrow can stand for all, whatever is between them. */
  readonly isBulk?: true;
}

/** Bytes that nothing is known of. */
export const unknownData: Message = { protocol: 'other', label: 'data', isBulk: true };
