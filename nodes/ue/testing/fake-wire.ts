import { keyOf, statusOf } from '../sip/sip-text';
import { FakeChannel } from './fake-channel';

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
        if (keyOf(text)?.method === 'REGISTER') {
          later(() => end.receive(registered(text)));
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

/** Writes the 200 to a REGISTER, which lists the Contact. */
function registered(request: string): string {
  const fields = request.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq|Contact):/i.test(line));
  return ['SIP/2.0 200 OK', ...fields, 'Content-Length: 0', '', ''].join('\r\n');
}
