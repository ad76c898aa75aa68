import { showEndpoint } from '../../../kit/endpoint';
import type { Endpoint } from '../../ue/protocol';
import { longestMessage, tracedMessage, type TracedMessage } from '../traced-message';

/** What baresip prints of a message begins with this line, in colour, and one that says where it came from and went to. */
const begin = /^(?:\x1b\[[\d;]*m)*#$/;
const addresses = /^(?:UDP|TCP|TLS) [\d.]+:\d+ -> ([\d.]+:\d+)$/;
/** It ends where the colour does. */
const end = /\x1b\[;?m$/;

/** Reads the SIP messages out of what `baresip -s` prints, line by line. All other lines are passed over. */
export class SipTrace {
  /** The lines of the message that is being read; the first says its addresses. */
  private lines: string[] | undefined;
  private length = 0;

  /** @param server where the phone sends its SIP */
  constructor(private readonly server: Endpoint) {}

  /**
   * Takes the next line, without its end.
   * @returns the message that ends with it, if one does
   */
  take(line: string): TracedMessage | undefined {
    if (begin.test(line)) {
      this.lines = [];
      this.length = 0;
      return undefined;
    }
    if (!this.lines) return undefined;
    const isLast = end.test(line);
    const text = line.replace(end, '').replace(/\r$/, '');
    const isAddresses = this.lines.length === 0;
    this.length += text.length + 1;
    if (this.length > longestMessage || (isAddresses && !addresses.test(text))) {
      this.lines = undefined;
      return undefined;
    }
    this.lines.push(text);
    if (!isLast) return undefined;
    const [where = '', ...message] = this.lines;
    this.lines = undefined;
    const [, to] = addresses.exec(where) ?? [];
    return tracedMessage(to === showEndpoint(this.server), message);
  }
}
