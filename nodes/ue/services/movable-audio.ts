import { Origin } from '../../sdp-origin';
import { asFailure } from '../failure';
import type { SessionMedia } from '../session';

/** The audio of a call that can begin anew. */
export interface Audio extends SessionMedia {
  /** Resolves when media flow both ways. */
  flowing(): Promise<void>;
  /** Closes the audio, and resolves when everything is released. */
  released(): Promise<void>;
}

/**
 * The audio of a called end whose other party may move while the call stands: an offer that begins ICE anew, with
 * other credentials (RFC 8445 9), comes from another network, perhaps in another profile and with another key. It gets
 * audio of its own; the media go on over the former one until the new one flows.
 */
export class MovableAudio<A extends Audio> implements SessionMedia {
  private current: A;
  private ufrag = '';
  private latest = '';
  private readonly origin = new Origin();
  private readonly closing: Promise<void>[] = [];

  /**
   * @param begin makes audio for an offer
   * @param note takes a line for a human when the new audio does not flow
   */
  constructor(
    offer: string,
    private readonly begin: (offer: string) => A,
    private readonly note: (text: string) => void,
  ) {
    this.current = begin(offer);
  }

  offer(): Promise<string> {
    return this.current.offer();
  }

  async answer(offer: string): Promise<string> {
    this.ufrag = ufragOf(offer);
    this.latest = this.origin.of(await this.current.answer(offer));
    return this.latest;
  }

  async reanswer(offer: string): Promise<string> {
    const { current: former } = this;
    if (ufragOf(offer) === this.ufrag) {
      if (former.reanswer) this.latest = this.origin.of(await former.reanswer(offer));
      return this.latest;
    }
    const next = this.begin(offer);
    this.latest = this.origin.of(await next.answer(offer));
    this.ufrag = ufragOf(offer);
    this.current = next;
    next
      .flowing()
      .catch((error: unknown) => this.note(`the audio that began anew: ${asFailure(error).message}`))
      .finally(() => this.closing.push(former.released()));
    return this.latest;
  }

  accept(answer: string): Promise<void> {
    return this.current.accept(answer);
  }

  close(): void {
    this.current.close();
  }

  /** Closes the audio, and resolves when everything is released. */
  async released(): Promise<void> {
    await Promise.all([...this.closing, this.current.released()]);
  }
}

/** The user name fragment of ICE in a description; empty without ICE. */
const ufragOf = (sdp: string): string => /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? '';
