import { AttemptFailure } from '../failure';
import type { SessionMedia } from '../session';

/** Media that carry nothing. They accept the descriptions for which `accepts` returns true. */
export class FakeMedia implements SessionMedia {
  /** The other end's offer, and its answer. */
  offered = '';
  answered = '';
  closed = false;
  /** Later offers of this end that were refused. */
  refusals = 0;

  /** @param name name of the session in its descriptions */
  constructor(
    readonly name: string,
    private readonly accepts: (sdp: string) => boolean = () => true,
  ) {}

  offer(): Promise<string> {
    return Promise.resolve(this.describe());
  }

  answer(offer: string): Promise<string> {
    this.offered = offer;
    return this.check(offer).then(() => this.describe());
  }

  accept(answer: string): Promise<void> {
    this.answered = answer;
    return this.check(answer);
  }

  reoffer(): Promise<string> {
    return this.offer();
  }

  reanswer(offer: string): Promise<string> {
    return this.answer(offer);
  }

  refused(): void {
    this.refusals++;
  }

  close(): void {
    this.closed = true;
  }

  private describe(): string {
    return `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=${this.name}\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n`;
  }

  private check(sdp: string): Promise<void> {
    return this.accepts(sdp)
      ? Promise.resolve()
      : Promise.reject(new AttemptFailure('NOT_ACCEPTABLE', `${this.name} cannot carry that`));
  }
}
