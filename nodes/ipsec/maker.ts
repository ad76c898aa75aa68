import type { Listing, MakerName, SecurityAssociationSet } from './protocol';

/** What the counters of a maker are, without how long each set still lives. */
export interface MakerListing extends Omit<Listing, 'maker' | 'sets'> {
  readonly sets: readonly Omit<Listing['sets'][number], 'remainingSeconds'>[];
}

/**
 * Who makes security associations work: the kernel, or this project in user space. Nobody removes a set
 * twice, or asks for one that is not there.
 */
export interface Maker {
  readonly name: MakerName;
  /** Resolves when packets pass. @throws IpsecError if it cannot be made; nothing of it is left then */
  add(set: SecurityAssociationSet): Promise<void>;
  remove(name: string): Promise<void>;
  list(): Promise<MakerListing>;
  /** Resolves with the reason when it does not work any more. */
  readonly broken: Promise<Error>;
  /** Removes all that it has made. */
  close(): Promise<void>;
}
