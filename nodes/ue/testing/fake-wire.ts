import { keyOf, statusOf } from '../sip/sip-text';
import { FakeChannel } from './fake-channel';
import { fakeRegistrar } from './fake-registrar';

/**
 * Two UDP channels that are connected to each other, as if there were no proxy between them. The wire itself is the
 * registrar. A message arrives a little after it was sent, in order, unless it is lost.
 */
export class FakeWire {
  readonly ends = [new FakeChannel('udp'), new FakeChannel('udp')] as const;
  /**
   * The messages since registration, also lost ones, such as `0 INVITE` and
   * `1 200 INVITE`; the first number is the end.
   */
  readonly sent: string[] = [];
  /** The texts of the same messages. */
  readonly texts: string[] = [];

  /** @param lose says whether a message is lost; it gets the entry of {@link sent} and its index */
  constructor(lose: (what: string, index: number) => boolean = () => false) {
    this.ends.forEach((end, index) => {
      const other = this.ends[index === 0 ? 1 : 0];
      end.onSend = (data) => {
        const text = data.toString('utf8');
        const answers = fakeRegistrar(text);
        if (answers) {
          for (const answer of answers) later(() => end.receive(answer));
          return;
        }
        const what = `${index} ${describe(text)}`;
        this.sent.push(what);
        this.texts.push(text);
        if (!lose(what, this.sent.length - 1)) later(() => other.receive(data));
      };
    });
  }
}

function later(what: () => void): void {
  setTimeout(what, 1);
}

function describe(text: string): string {
  const { method = '?' } = keyOf(text) ?? {};
  const status = statusOf(text);
  return status === undefined ? method : `${status.code} ${method}`;
}
