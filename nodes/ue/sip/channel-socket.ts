import { randomBytes } from 'node:crypto';
import type { Channel } from '../dialler/channel';
import { AttemptFailure, messageOf } from '../failure';
import type { Step } from '../ladder';
import type { Identifier } from '../protocol';
import type { UeTimers } from '../timers';
import { ClientTransactions } from './client-transactions';
import { ServerTransactions } from './server-transactions';
import { headerOf, keyOf, statusOf, timeoutOf } from './sip-text';
import { SipFramer } from './stream-framer';
import { fromWire, toWire } from './wire-format';
import type { WireContext } from './wire-format';

export interface SocketEvents {
  /** By what the request about to be sent can be recognised. */
  identifier(kind: Identifier['kind'], value: string): void;
  /** The awaited response to a request came and is about to be handed to JsSIP. */
  arrived(response: string): void;
  /** That response was handed to JsSIP, which has dealt with it by now. */
  handled(response: string): void;
  /** Nothing more can come of this socket. */
  failed(failure: AttemptFailure): void;
  /** Something came that JsSIP choked on; it is dropped. One line for a human. */
  dropped(why: string): void;
}

/**
 * JsSIP's socket (the interface of its `Socket.js`) on a channel of the dialler. JsSIP speaks whole messages to a
 * reliable transport; this frames streams, retransmits over UDP and puts right what JsSIP writes for WebSockets.
 */
export class ChannelSocket {
  readonly url: string;
  readonly sip_uri: string;
  readonly via_transport: string;
  // JsSIP sets these three before it connects, and again when it disconnects.
  onconnect: () => void = () => undefined;
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => undefined;
  ondata: (data: string) => void = () => undefined;

  private readonly wire: WireContext;
  private readonly framer = new SipFramer();
  private readonly transactions: ClientTransactions;
  private readonly answers: ServerTransactions | undefined;
  private readonly pongs: ((came: boolean) => void)[] = [];
  private open = true;
  /** While JsSIP is told that nobody answered. */
  private expiring = false;
  /** What takes STUN that shares the flow with SIP (RFC 5626 4.4.2). */
  onstun: (data: Buffer) => void = () => undefined;

  constructor(
    private readonly channel: Channel,
    step: Step,
    timers: Pick<UeTimers, 'sipT1' | 'sipT2'>,
    private readonly events: SocketEvents,
  ) {
    const { transport, local } = channel;
    this.via_transport = transport.toUpperCase();
    this.url = `${transport}:${local.ip}:${local.port}`;
    this.sip_uri = `sip:${local.ip}:${local.port};transport=${transport}`;
    this.wire = { transport, local, step, branchSuffix: `.${randomBytes(8).toString('hex')}` };
    const resend = (text: string): void => this.channel.send(Buffer.from(text, 'utf8'));
    this.transactions = new ClientTransactions(transport !== 'udp', timers, {
      resend,
      expired: (text) => this.expired(text),
    });
    this.answers = transport === 'udp' ? new ServerTransactions(timers, resend) : undefined;
  }

  /** JsSIP is ready to speak; the channel is open already. */
  connect(): void {
    this.channel.listen({
      data: (data) => this.received(data),
      lost: (failure) => {
        this.stop();
        this.events.failed(failure);
      },
    });
    // Not at once: JsSIP only decides to register after it has called this.
    queueMicrotask(() => this.onconnect());
  }

  /** JsSIP is done. The channel is its owner's to close. */
  disconnect(): void {
    this.open = false;
    this.stop();
  }

  /** @returns whether it was sent, as JsSIP wants to know */
  send(message: string): boolean {
    if (!this.open) return false;
    const text = toWire(message, this.wire);
    if (statusOf(text) === undefined) {
      // Nobody waits for the ACK of the 408 that is only JsSIP's.
      if (this.expiring && text.startsWith('ACK ')) return true;
      this.tellIdentifiers(text);
      this.transactions.sent(text);
    } else {
      this.answers?.sent(text);
    }
    this.channel.send(Buffer.from(text, 'utf8'));
    return true;
  }

  /**
   * Sends the keep-alive of RFC 5626 4.4.1 (streams only).
   * @param withinMs how long to wait for the pong
   * @returns whether the pong came; without it the connection is to be given up
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

  /** Sends what is not SIP over the flow: a STUN request. */
  sendStun(data: Buffer): void {
    if (this.open) this.channel.send(data);
  }

  private stop(): void {
    this.transactions.stop();
    this.answers?.stop();
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
      else this.message(data.toString('utf8'));
      return;
    }
    for (const frame of this.framer.push(data)) {
      if (frame.kind === 'message') this.message(frame.text);
      else if (frame.kind === 'crlf') this.pongs[0]?.(true);
      else
        this.events.failed(new AttemptFailure('INTERNAL', `the SIP stream cannot be read: ${frame.reason}`));
    }
  }

  private message(text: string): void {
    if (!this.open) return;
    if (statusOf(text) === undefined) {
      if (this.answers?.received(text) !== false) this.deliver(text);
      return;
    }
    // A response that nobody waits for, a repeated one or a stray, is dropped (RFC 3261 18.1.2 leaves it to the UA).
    if (!this.transactions.received(text)) return;
    this.events.arrived(text);
    this.deliver(text);
    this.events.handled(text);
  }

  /** RFC 3261 8.1.3.1: a request that nobody answered is treated as if a 408 had come. */
  private expired(request: string): void {
    this.expiring = true;
    this.deliver(timeoutOf(request));
    this.expiring = false;
  }

  private deliver(text: string): void {
    try {
      this.ondata(fromWire(text, this.wire));
    } catch (error) {
      this.events.dropped(`a SIP message was dropped: ${messageOf(error)}`);
    }
  }
}
