import { longestMessage, tracedMessage, type TracedMessage } from '../traced-message';

/** What stands before each message in SIPp's message log; it has the message's length in bytes. */
const head = /-{47} [^\n]*\n(?:UDP|TCP) message (sent|received) [([](\d+)(?: bytes\)|\] bytes) ?:\n\n/;

/** More bytes than a {@link head} has, of which the first ones may have come. */
const longestHead = 200;

/** Reads the SIP messages out of SIPp's message log (`-trace_msg`), which may be cut into chunks anywhere. */
export class MessageLog {
  private held: Buffer = Buffer.alloc(0);

  /** Takes the next bytes. @returns the messages that they complete */
  push(chunk: Buffer): TracedMessage[] {
    this.held = Buffer.concat([this.held, chunk]);
    const messages: TracedMessage[] = [];
    for (;;) {
      const found = head.exec(this.held.toString('latin1'));
      if (!found) {
        this.held = this.held.subarray(-longestHead);
        return messages;
      }
      const [all, did, digits] = found;
      const begin = found.index + all.length;
      const length = Number(digits);
      if (length > longestMessage) {
        this.held = this.held.subarray(begin);
        continue;
      }
      if (this.held.length < begin + length) return messages;
      const text = this.held.toString('utf8', begin, begin + length);
      this.held = this.held.subarray(begin + length);
      const message = tracedMessage(did === 'sent', text.split(/\r?\n/));
      if (message) messages.push(message);
    }
  }
}
