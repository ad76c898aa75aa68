import { showEndpoint } from '../../../kit/endpoint';
import { readFields, type SipField } from '../../../kit/sip-fields';
import type { Endpoint } from '../../ue/protocol';

/** A SIP message that a phone says that it sent or received. */
export interface TracedMessage {
  /** Says whether the phone sent it. */
  readonly isSent: boolean;
  /** Method of a request. */
  readonly method?: string;
  /** Status code of a response, and what follows it. */
  readonly status?: { readonly code: number; readonly reason: string };
  readonly fields: readonly SipField[];
  readonly body: string;
}

/** What baresip prints of a message begins with this line, in colour, and one that says where it came from and went to. */
const begin = /^(?:\x1b\[[\d;]*m)*#$/;
const addresses = /^(?:UDP|TCP|TLS) [\d.]+:\d+ -> ([\d.]+:\d+)$/;
/** It ends where the colour does. */
const end = /\x1b\[;?m$/;

/** Most characters of one message; a longer one is none of this lab. */
export const longestMessage = 65_536;

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
    const message = read(this.lines, this.server);
    this.lines = undefined;
    return message;
  }
}

function read(
  [where = '', start = '', ...rest]: readonly string[],
  server: Endpoint,
): TracedMessage | undefined {
  const [, to] = addresses.exec(where) ?? [];
  const isSent = to === showEndpoint(server);
  const headEnd = rest.indexOf('');
  const fields = readFields(headEnd < 0 ? rest : rest.slice(0, headEnd));
  const body = headEnd < 0 ? '' : rest.slice(headEnd + 1).join('\n');
  const [, code, reason = ''] = /^SIP\/2\.0 (\d{3})(?: (.*))?$/.exec(start) ?? [];
  if (code !== undefined) return { isSent, status: { code: Number(code), reason }, fields, body };
  const [, method] = /^([A-Z]+) \S+ SIP\/2\.0$/.exec(start) ?? [];
  return method === undefined ? undefined : { isSent, method, fields, body };
}

/** Returns the first value of a header field; undefined if it is not there. */
export const fieldOf = ({ fields }: Pick<TracedMessage, 'fields'>, name: string): string | undefined =>
  fields.find((field) => field.name.toLowerCase() === name.toLowerCase())?.value;
