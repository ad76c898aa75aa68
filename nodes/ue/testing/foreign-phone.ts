import { createHash, randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { Endpoint } from '../protocol';
import { SipFramer } from '../sip/stream-framer';
import type { TestIms } from './ims';
import { openWebSocket } from './web-socket';

/** The parts of a request of a foreign phone, each written as on the wire. */
export interface ForeignRequest {
  readonly method: string;
  readonly uri: string;
  /** Value of From with its tag; in a dialog `to` has a tag too. */
  readonly from: string;
  readonly to: string;
  readonly callId?: string;
  readonly cseq?: number;
  /** Further header lines. */
  readonly more?: readonly string[];
  readonly body?: string;
  /** If set, header names have their short form (RFC 3261 7.3.3). */
  readonly compact?: boolean;
}

/** How it speaks to the P-CSCF: by the name of the port, or by WebSocket on that of HTTPS. */
export type ForeignWay = 'udp' | 'tls' | 'https' | 'wss';

/** The parts of a registration in which a phone may differ from others. */
export interface ForeignRegistration {
  readonly to?: string;
  /** Contact to register; null to only ask what is registered. */
  readonly contact?: string | null;
  readonly expires?: number;
  readonly compact?: boolean;
  /** Further header lines. */
  readonly more?: readonly string[];
}

/** The parts of an answer to a challenge that a phone may get wrong. */
export interface ForeignCredentials {
  readonly password?: string;
  /** Number of the answer to this challenge, from 1 on. */
  readonly count?: number;
  /** The digest URI. */
  readonly uri?: string;
  /** If set, the answer is as RFC 2069 has it, without qop. */
  readonly isOld?: boolean;
}

const shortNames: Readonly<Record<string, string>> = {
  ...{
    Via: 'v',
    From: 'f',
    To: 't',
    'Call-ID': 'i',
    Contact: 'm',
    'Content-Length': 'l',
    'Content-Type': 'c',
  },
};

/** Milliseconds to wait for a message. */
const deadlineMs = 10_000;

/**
 * A foreign phone. It writes SIP exactly as the test says, and by itself uses neither RFC 5626 nor RFC 3581.
 */
export class ForeignPhone implements Disposable {
  private constructor(
    private readonly ims: TestIms,
    readonly transport: 'udp' | 'tls' | 'wss',
    readonly local: Endpoint,
    private readonly inbox: Inbox,
    private readonly write: (text: string) => void,
    private readonly end: () => void,
    /** Its connection, where it has one. */
    private readonly connection?: TLSSocket,
  ) {
    inbox.onRepeated = (answer) => write(answer);
  }

  /** Opens a phone. @param ip its own address */
  static async open(ims: TestIms, way: ForeignWay, ip = '127.0.0.1'): Promise<ForeignPhone> {
    const { pcscf, trustAnchor } = ims.configOf('nobody');
    const port = pcscf.ports[way === 'wss' ? 'https' : way];
    const transport = way === 'https' ? 'tls' : way;
    const inbox = new Inbox();
    if (transport === 'udp') {
      const socket = createSocket('udp4', (data) => inbox.put(data.toString()));
      socket.bind(0, ip);
      await once(socket, 'listening');
      const write = (text: string): void => socket.send(text, port, pcscf.address);
      const local = { ip, port: socket.address().port };
      return new ForeignPhone(ims, transport, local, inbox, write, () => socket.close());
    }
    const socket = connect({
      ...{ host: pcscf.address, port, localAddress: ip },
      ...{ servername: pcscf.name, ca: trustAnchor },
    });
    await once(socket, 'secureConnect');
    const local = { ip, port: socket.localPort! };
    if (transport === 'wss') {
      socket.on('error', () => undefined);
      const write = await openWebSocket(socket, pcscf.name, (text) => inbox.put(text));
      return new ForeignPhone(ims, transport, local, inbox, write, () => socket.destroy(), socket);
    }
    const framer = new SipFramer();
    socket.on('data', (data: Buffer) => {
      for (const frame of framer.push(data)) if (frame.kind === 'message') inbox.put(frame.text);
    });
    // An error of the socket needs no report, since a promise that is awaited over it then times out.
    socket.on('error', () => undefined);
    const write = (text: string): void => void socket.write(text);
    return new ForeignPhone(ims, transport, local, inbox, write, () => socket.destroy(), socket);
  }

  /** The Contact at which it can be reached. */
  get contact(): string {
    // RFC 7118 5.1: the URI parameter is `ws`, in TLS too.
    const transport = this.transport === 'wss' ? 'ws' : this.transport;
    return `<sip:phone@${this.local.ip}:${this.local.port};transport=${transport}>`;
  }

  /** Sends a request. It resolves with the final response. */
  async ask(request: ForeignRequest): Promise<string> {
    const branch = this.send(request);
    return this.next((text) => /^SIP\/2\.0 [2-6]/.test(text) && text.includes(branch));
  }

  /** Sends a request. @returns its branch */
  send(request: ForeignRequest): string {
    const { method, uri, from, to, callId = randomUUID(), cseq = 1, more = [], body = '' } = request;
    const branch = `z9hG4bK${randomUUID()}`;
    const fields = [
      `Via: SIP/2.0/${this.transport.toUpperCase()} ${this.local.ip}:${this.local.port};branch=${branch}`,
      `From: ${from}`,
      `To: ${to}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      'Max-Forwards: 70',
      ...more,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    const written = request.compact
      ? fields.map((field) => field.replace(/^[^:]+/, (name) => shortNames[name] ?? name))
      : fields;
    this.write(`${[`${method} ${uri} SIP/2.0`, ...written].join('\r\n')}\r\n\r\n${body}`);
    return branch;
  }

  /** Answers a request, with the header fields that RFC 3261 8.2.6 has an answer repeat. */
  answer(request: string, status: string, more: readonly string[] = [], body = ''): void {
    const fields = request.split('\r\n\r\n')[0]!.split('\r\n').slice(1);
    const repeated = fields.filter((field) => /^(?:via|v|from|f|call-id|i|cseq|record-route):/i.test(field));
    const to = fields.find((field) => /^(?:to|t):/i.test(field))!;
    const lines = [
      `SIP/2.0 ${status}`,
      ...repeated,
      to.includes(';tag=') ? to : `${to};tag=foreign`,
      ...more,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    const answer = `${lines.join('\r\n')}\r\n\r\n${body}`;
    this.inbox.answered(request, answer);
    this.write(answer);
  }

  /**
   * Registers with Digest in two requests.
   * @returns the last answer
   */
  async register(user: string, how: ForeignRegistration = {}): Promise<string> {
    const challenge = await this.registerOnce(user, how);
    if (!challenge.startsWith('SIP/2.0 401')) return challenge;
    return this.registerOnce(user, {
      ...how,
      more: [...(how.more ?? []), this.credentials(user, challenge)],
    });
  }

  /** Sends one REGISTER. It resolves with the answer, be it a challenge. */
  registerOnce(
    user: string,
    { to, contact = this.contact, expires = 600, compact = false, more = [] }: ForeignRegistration = {},
  ): Promise<string> {
    const own = to ?? `<${this.ims.uriOf(user)}>`;
    return this.ask({
      method: 'REGISTER',
      uri: `sip:${this.ims.configOf(user).subscriber.domain}`,
      from: `${own};tag=1`,
      to: own,
      compact,
      more: [...(contact === null ? [] : [`Contact: ${contact}`, `Expires: ${expires}`]), ...more],
    });
  }

  /** Writes the answer to a challenge (RFC 2617 3.2.2). */
  credentials(user: string, challenge: string, how: ForeignCredentials = {}): string {
    const { domain, impi, password: own } = this.ims.configOf(user).subscriber;
    const { password = own, count = 1, uri = `sip:${domain}`, isOld = false } = how;
    const nonce = /nonce="([^"]+)"/.exec(challenge)![1]!;
    const nc = count.toString(16).padStart(8, '0');
    const middle = isOld ? nonce : `${nonce}:${nc}:foreign:auth`;
    const response = md5(`${md5(`${impi}:${domain}:${password}`)}:${middle}:${md5(`REGISTER:${uri}`)}`);
    return [
      `Authorization: Digest username="${impi}", realm="${domain}", nonce="${nonce}", uri="${uri}", response="${response}"`,
      ...(isOld ? [] : [`algorithm=MD5, qop=auth, nc=${nc}, cnonce="foreign"`]),
    ].join(', ');
  }

  /** Resolves with the next message that matches, and removes it. */
  next(matches: (text: string) => boolean): Promise<string> {
    return this.inbox.next(matches);
  }

  /** Ends the connection. It resolves when the P-CSCF has ended it too, and so knows that nothing leads over it any longer. */
  async hangUp(): Promise<void> {
    const closed = once(this.connection!, 'close', { signal: AbortSignal.timeout(deadlineMs) });
    this.connection!.end();
    await closed.catch((cause: unknown) => {
      throw new Error(`the P-CSCF has not ended its side of the connection within ${deadlineMs} ms`, {
        cause,
      });
    });
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/**
 * Keeps the messages that came until the test asks for them. A request that comes again, because its answer was late on a
 * busy machine, is no further request: it is answered as it was before (RFC 3261 17.2), and no test sees it.
 */
class Inbox {
  private readonly messages: string[] = [];
  private readonly waiting = new Set<() => void>();
  /** By request: its last answer, empty while it has none. */
  private readonly answers = new Map<string, string>();
  /** Sends the answer to a request that came again. */
  onRepeated: (answer: string) => void = () => undefined;

  /** Remembers the answer to a request. */
  answered(request: string, answer: string): void {
    this.answers.set(transactionOf(request), answer);
  }

  put(message: string): void {
    if (/^[A-Z]+ /.test(message)) {
      const transaction = transactionOf(message);
      const answer = this.answers.get(transaction);
      if (answer !== undefined) {
        if (answer !== '') this.onRepeated(answer);
        return;
      }
      this.answers.set(transaction, '');
    }
    this.messages.push(message);
    for (const look of [...this.waiting]) look();
  }

  next(matches: (text: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const index = this.messages.findIndex(matches);
        if (index < 0) return;
        done();
        resolve(this.messages.splice(index, 1)[0]!);
      };
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
      };
      const timer = setTimeout(() => {
        done();
        const other = this.messages.join('\n') || 'nothing';
        reject(new Error(`no message that matches within ${deadlineMs} ms; what came: ${other}`));
      }, deadlineMs);
      this.waiting.add(look);
      look();
    });
  }
}

/** Returns what is the same in a request that is sent again, and in no other (RFC 3261 17.2.3): method and topmost Via. */
const transactionOf = (request: string): string =>
  `${request.slice(0, request.indexOf(' '))} ${/^(?:via|v):.*$/im.exec(request)?.[0]}`;

/** Returns the status code and reason of a response. */
export const statusOf = (response: string): string =>
  response.slice('SIP/2.0 '.length, response.indexOf('\r\n'));

/** Returns the values of all header fields with this name. */
export const fieldsOf = (message: string, name: string): string[] =>
  [...message.split('\r\n\r\n')[0]!.matchAll(new RegExp(`^${name}: (.*?)\\r?$`, 'gim'))].map(
    ([, value]) => value!,
  );

/** Returns the URI in angle brackets. */
export const uriIn = (field: string): string => /<([^>]+)>/.exec(field)![1]!;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
