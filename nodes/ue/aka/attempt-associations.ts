import type { AttemptLike } from '../attempt';
import { AttemptFailure, messageOf } from '../failure';
import { espSaLines } from '../../ipsec/esp-sa';
import { SecurityAssociations } from '../../ipsec/client';
import { spiDigits } from '../../../kit/spi';
import type { SecurityAssociationSet } from '../../ipsec/protocol';
import type { FiveTuple } from '../protocol';

/** The part of the client of the program `ipsec` that an attempt needs. */
type Maker = Pick<SecurityAssociations, 'add' | 'remove' | 'extend' | 'close'>;

/** Connects to the program `ipsec`. @throws AttemptFailure `SECURITY_NOT_AGREED` if it does not answer */
export async function connectToIpsec(path: string): Promise<SecurityAssociations> {
  try {
    return await SecurityAssociations.connect(path);
  } catch (error) {
    throw notMade(error);
  }
}

/**
 * The sets of security associations of a registration of an attempt. It tells the lab of each before the first packet, and
 * removes all of them with the registration, or at the end of the attempt, however it ends.
 */
export class AttemptAssociations {
  /** The sets by name, each with the promise that settles when it works or cannot be made. */
  private readonly sets = new Map<string, Promise<void>>();
  private isFlowTold = false;
  private closing: Promise<void> | undefined;

  /** @param seenAs the way that the network sees */
  constructor(
    private readonly maker: Maker,
    private readonly attempt: AttemptLike,
    private readonly seenAs: FiveTuple,
  ) {
    attempt.closeAtEnd(() => void this.close());
  }

  /**
   * Makes a set.
   * @returns its name
   * @throws AttemptFailure `SECURITY_NOT_AGREED`
   */
  async add(unnamed: Omit<SecurityAssociationSet, 'name'>): Promise<string> {
    if (this.closing) throw new AttemptFailure('ABANDONED', 'the attempt has ended');
    const { self, other } = unnamed;
    // An attempt may register several times, each time with SPIs of its own.
    const set = { name: `${this.attempt.request.attempt} ${spiDigits(self.serverSpi)}`, ...unnamed };
    for (const spi of [self.serverSpi, self.clientSpi, other.serverSpi, other.clientSpi])
      this.attempt.tellIdentifier('esp-spi', spiDigits(spi));
    for (const line of espSaLines(set)) this.attempt.tellEspSa(line);
    if (!this.isFlowTold) this.attempt.tellFlow(this.seenAs);
    this.isFlowTold = true;
    const made = this.maker.add(set);
    this.sets.set(set.name, made);
    try {
      await made;
    } catch (error) {
      this.sets.delete(set.name);
      throw notMade(error);
    }
    return set.name;
  }

  /** Gives a set a new lifetime from now on. If that fails it is only noted. */
  async extend(name: string, seconds: number): Promise<void> {
    await this.maker.extend(name, seconds).catch((error: unknown) => this.note(error));
  }

  /** Removes a set, also one that is still being made. It never rejects. */
  async remove(name: string): Promise<void> {
    const made = this.sets.get(name);
    if (made === undefined) return;
    this.sets.delete(name);
    // One that could not be made is not there.
    if (!(await made.then(() => true).catch(() => false))) return;
    await this.maker.remove(name).catch((error: unknown) => this.note(error));
  }

  /** Removes all sets. It never rejects. */
  close(): Promise<void> {
    this.closing ??= Promise.all([...this.sets.keys()].map((name) => this.remove(name))).then(() =>
      this.maker.close(),
    );
    return this.closing;
  }

  private note(error: unknown): void {
    this.attempt.note(`security associations: ${messageOf(error)}`);
  }
}

const notMade = (error: unknown): AttemptFailure =>
  new AttemptFailure('SECURITY_NOT_AGREED', `the security associations cannot be made: ${messageOf(error)}`);
