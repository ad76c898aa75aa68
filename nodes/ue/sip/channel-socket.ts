import { randomBytes } from 'node:crypto';
import type { Channel } from '../dialler/channel';
import { excerpt, printable } from '../excerpt';
import { AttemptFailure, messageOf } from '../failure';
import type { Identifier } from '../protocol';
import type { UeTimers } from '../timers';
import { capabilities, lackFor } from './capabilities';
import { ClientTransactions } from './client-transactions';
import { normalised, problemOf } from './incoming-text';
import type { SipProblem } from './incoming-text';
import { refusalOf } from './refusal';
import { ServerTransactions } from './server-transactions';
import { allHeadersOf, headerOf, keyOf, statusOf, timeoutOf } from './sip-text';
import { SipFramer, contentLengthOf } from './stream-framer';
import { fromWire, toWire } from './wire-format';
import type { Hop } from './security';
import type { WireContext } from './wire-format';

export interface SocketEvents {
  /** Takes an identifier of a request before it is sent. */
  identifier(kind: Identifier['kind'], value: string): void;
  /** Takes a request as it is sent. */
  sent(request: string): void;
  /** Takes a request that came in, before JsSIP gets it. @returns whether it is kept until {@link ChannelSocket.take} */
  holds(request: string): boolean;
  /** Called when an awaited response has come, before JsSIP gets it. */
  arrived(response: string): void;
  /** Called when JsSIP has dealt with that response. */
  handled(response: string): void;
  /** Called when nothing more can come over this socket. */
  failed(failure: AttemptFailure): void;
  /**
   * Called when the final response to a request cannot be read and no other will come. `end`
   * has JsSIP end the transaction.
   */
  unreadable(failure: AttemptFailure, end: () => void): void;
  /** Takes a line for a human about something that came and cannot be read. */
  note(text: string): void;
}

/**
 * JsSIP's socket (the interface of its `Socket.js`) on a channel of the dialler. JsSIP expects a reliable
 * transport for whole messages. This socket frames streams, retransmits over UDP, and corrects the messages
 * that JsSIP writes for WebSockets.
 */
export class ChannelSocket {
  readonly url: string;
  readonly sip_uri: string;
  readonly via_transport: string;
  // JsSIP sets these three before it connects, and again when it disconnects.
  onconnect: () => void = () => undefined;
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => undefined;
  ondata: (data: string) => void = () => undefined;

  private readonly wire: Omit<WireContext, keyof Hop>;
  private readonly framer = new SipFramer();
  private readonly transactions: ClientTransactions;
  private readonly answers: ServerTransactions;
  private readonly pongs: ((came: boolean) => void)[] = [];
  private open = true;
  private responsesSent = 0;
  /** Set while JsSIP gets a 408, because nobody answered. */
  private expiring = false;
  /** Takes STUN messages that share the flow with SIP (RFC 5626 4.4.2). */
  onstun: (data: Buffer) => void = () => undefined;

  constructor(
    private readonly channel: Channel,
    /** Tells how the way is at the moment. */
    private readonly hop: () => Hop,
    timers: Pick<UeTimers, 'sipT1' | 'sipT2' | 'sipT4'>,
    private readonly events: SocketEvents,
    /** The extensions that a request may require (RFC 3261 8.2.2.3). */
    private readonly extensions: readonly string[] = capabilities.extensions,
  ) {
    const { transport, local } = channel;
    this.via_transport = transport.toUpperCase();
    this.url = `${transport}:${local.ip}:${local.port}`;
    this.sip_uri = `sip:${local.ip}:${local.port};transport=${transport}`;
    const branchSuffix = `.${randomBytes(8).toString('hex')}`;
    this.wire = { transport, branchSuffix, extensions };
    const resend = (text: string): void => this.channel.send(Buffer.from(text, 'utf8'));
    const reliable = transport !== 'udp';
    this.transactions = new ClientTransactions(reliable, timers, {
      resend,
      expired: (text) => this.expired(text),
    });
    this.answers = new ServerTransactions(reliable, timers, resend);
  }

  /** JsSIP calls this when it is ready to send; the channel is open already. */
  connect(): void {
    this.channel.listen({
      data: (data) => this.received(data),
      lost: (failure) => {
        this.stop();
        this.events.failed(failure);
      },
    });
    // JsSIP is told later, because it decides to register only after it has called this.
    queueMicrotask(() => this.onconnect());
  }

  /** JsSIP calls this when it is done. It does not close the channel; the channel's owner does. */
  disconnect(): void {
    this.open = false;
    this.stop();
  }

  /** @returns whether it was sent, as JsSIP wants to know */
  send(message: string): boolean {
    if (!this.open) return false;
    const text = toWire(message, { ...this.wire, ...this.hop() });
    if (statusOf(text) === undefined) {
      // The 408 exists only between this socket and JsSIP, so its ACK is not sent.
      if (this.expiring && text.startsWith('ACK ')) return true;
      this.tellIdentifiers(text);
      this.events.sent(text);
      this.transactions.sent(text);
    } else {
      this.responsesSent++;
      this.answers.sent(text);
    }
    this.channel.send(Buffer.from(text, 'utf8'));
    return true;
  }

  /**
   * Sends the keep-alive of RFC 5626 4.4.1 (streams only).
   * @param withinMs milliseconds to wait for the pong
   * @returns whether the pong came; if not, the connection has to be given up
   */
  ping(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (came: boolean): void => {
        clearTimeout(timer);
        const place = this.pongs.indexOf(done);
        if (place >= 0) this.pongs.splice(place, 1);
        resolve(came);
      };
      const timer = setTimeout(() => done(false), withinMs);
      this.pongs.push(done);
      this.channel.send(Buffer.from('\r\n\r\n'));
    });
  }

  /** Sends a STUN request over the flow of SIP. */
  sendStun(data: Buffer): void {
    if (this.open) this.channel.send(data);
  }

  private stop(): void {
    this.transactions.stop();
    this.answers.stop();
    for (const done of [...this.pongs]) done(false);
  }

  private tellIdentifiers(text: string): void {
    const branch = keyOf(text)?.branch;
    const callId = headerOf(text, 'Call-ID');
    if (branch !== undefined) this.events.identifier('sip-branch', branch);
    if (callId !== undefined) this.events.identifier('sip-call-id', callId);
  }

  private received(data: Buffer): void {
    if (this.channel.transport === 'udp') {
      // RFC 5764 5.1.2 and RFC 5626 4.4.2: the first byte of STUN is below 4, that of SIP is a letter.
      if ((data[0] ?? 0) < 4) this.onstun(data);
      else this.datagram(data);
      return;
    }
    for (const frame of this.framer.push(data)) {
      if (frame.kind === 'message') this.message(frame.text);
      else if (frame.kind === 'crlf') this.pongs[0]?.(true);
      else this.broken(frame.reason, frame.head);
    }
  }

  /**
   * Takes a datagram with one message, which ends where its Content-Length says, or else
   * with the datagram (RFC 3261 18.3).
   */
  private datagram(data: Buffer): void {
    const end = data.indexOf('\r\n\r\n');
    const head = data.toString('utf8', 0, end < 0 ? data.length : end);
    // Some servers send the keep-alive of streams (RFC 5626 4.4.1) over UDP too.
    if (head.trim() === '') return;
    const start = end + 4;
    const length = end < 0 ? 'a message has no empty line behind its head' : contentLengthOf(head);
    if (typeof length === 'string') {
      this.message(`${head}\r\n\r\n`, { phrase: 'Bad Content-Length', found: length });
    } else if (length !== undefined && start + length > data.length) {
      const found = `it says ${length} bytes and has ${data.length - start}`;
      this.message(data.toString('utf8'), { phrase: 'Body is shorter than Content-Length', found });
    } else {
      this.message(data.toString('utf8', 0, length === undefined ? data.length : start + length));
    }
  }

  /** Gives up a stream that cannot be read further. If a request broke it, its sender gets a 400 that says why. */
  private broken(reason: string, head: string | undefined): void {
    if (head !== undefined && isRequest(head)) {
      const phrase = 'Missing or bad Content-Length header field';
      this.refuse(normalised(`${head}\r\n\r\n`), 400, { phrase });
    }
    this.events.failed(new AttemptFailure('SIP_PROTOCOL', `the SIP stream cannot be read: ${reason}`));
  }

  /** @param problem a problem of the message that is known already */
  private message(raw: string, problem?: SipProblem): void {
    if (!this.open) return;
    const text = normalised(raw);
    if (statusOf(text) !== undefined) this.response(text, problem ?? problemOf(text));
    else if (isRequest(text)) this.request(text, problem ?? problemOf(text));
    else this.events.note(`what is no SIP was dropped: ${excerpt(Buffer.from(raw))}`);
  }

  private request(text: string, problem: SipProblem | undefined): void {
    if (!this.answers.received(text)) return;
    const version = /SIP\/(\d+\.\d+)$/i.exec(text.split('\r\n', 1)[0] ?? '')?.[1];
    if (version !== '2.0') {
      this.refuse(text, 505, { phrase: 'Version Not Supported' });
      return;
    }
    if (problem !== undefined) {
      this.refuse(text, 400, problem);
      return;
    }
    const lack = lackFor(text, this.extensions);
    if (lack !== undefined) {
      this.refuse(text, lack.code, { phrase: lack.phrase, found: lack.field }, [lack.field]);
      return;
    }
    if (!this.events.holds(text)) this.take(text);
  }

  /** Takes a request for JsSIP. */
  take(text: string): void {
    const before = this.responsesSent;
    this.deliver(text);
    // JsSIP answers every request at once, an INVITE with 100, except those that it drops silently.
    if (!this.open || text.startsWith('ACK ') || this.responsesSent > before) return;
    this.refuse(text, 400, { phrase: 'Request cannot be understood' });
  }

  /** Refuses a request that JsSIP does not answer, if it can be answered. An ACK never is (RFC 3261 17). */
  private refuse(
    request: string,
    code: number,
    { phrase, found }: SipProblem,
    more: readonly string[] = [],
  ): void {
    const why = [phrase, ...(found === undefined ? [] : [found])].join(': ');
    const method = printable(request.split(' ', 1)[0] ?? '');
    const answer = method === 'ACK' ? undefined : refusalOf(request, code, phrase, more);
    if (answer === undefined) {
      this.events.note(`a request ${method} was dropped: ${why}`);
      return;
    }
    this.answers.sent(answer);
    this.channel.send(Buffer.from(answer, 'utf8'));
    this.events.note(`a request ${method} was answered with ${code}: ${why}`);
  }

  private response(text: string, problem: SipProblem | undefined): void {
    const vias = allHeadersOf(text, 'Via').length;
    if (problem !== undefined || vias > 1) {
      // RFC 3261 8.1.3.3: the one Via is this end's own, and more are an error.
      this.unreadable(text, problem ?? { phrase: `${vias} Via header fields` });
      return;
    }
    // A response that no request awaits, because it is repeated or stray, is dropped (RFC 3261
    // 18.1.2 leaves that to the UA).
    if (!this.transactions.received(text)) return;
    this.events.arrived(text);
    this.deliver(text);
    this.events.handled(text);
  }

  /**
   * Drops a response that cannot be read. Over UDP another one may come (RFC 3261 18.3 discards this one); over a
   * stream none will, so the request has failed.
   */
  private unreadable(text: string, { phrase, found }: SipProblem): void {
    const status = statusOf(text);
    const answer = printable(`${status?.code} ${status?.reason}`).trim();
    const method = keyOf(text)?.method;
    const what = `the response ${answer}${method === undefined ? '' : ` to ${printable(method)}`}`;
    const why = [phrase, ...(found === undefined ? [] : [found])].join(': ');
    this.events.note(`${what} was dropped: ${why}`);
    if (this.channel.transport === 'udp' || (status?.code ?? 0) < 200) return;
    const failure = new AttemptFailure('SIP_PROTOCOL', `${what} cannot be read: ${why}`);
    this.events.unreadable(failure, () => this.transactions.giveUp(text));
  }

  /** Gives JsSIP a 408 for a request that nobody answered (RFC 3261 8.1.3.1). */
  private expired(request: string): void {
    this.expiring = true;
    this.deliver(timeoutOf(request));
    this.expiring = false;
  }

  private deliver(text: string): void {
    try {
      this.ondata(fromWire(text, this.wire));
    } catch (error) {
      this.events.note(`JsSIP failed at a SIP message: ${messageOf(error)}`);
    }
  }
}

/** Says whether a message's first line is that of a request, of any version. */
function isRequest(text: string): boolean {
  return /^\S+ [^\r\n]* SIP\/\d+\.\d+(?:\r\n|$)/i.test(text);
}
