import { createHash } from 'node:crypto';
import { classes, methods } from 'werift-ice/lib/ice/src/stun/const';
import { Message, parseMessage } from 'werift-ice/lib/ice/src/stun/message';
import type { AttributeKey } from 'werift-ice/lib/ice-server/src/stun/attributes';
import type { Channel } from '../dialler/channel';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { UeTimers } from '../timers';
import { addressIn } from './stun-address';
import { TurnFramer, readDatagram, writeChannelData } from './stream-framer';
import type { TurnFrame } from './stream-framer';

export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
}

export interface TurnEvents {
  /** Transaction id, 24 hex digits, of a request or indication that is about to be sent. */
  transaction(id: string): void;
  /** Application data from a peer; `via` is how the server delivered it. */
  data(peer: Endpoint, data: Buffer, via: 'indication' | 'channel'): void;
  /** Nothing more can come. Pending requests have been told too. */
  lost(failure: AttemptFailure): void;
}

/** What the server gave. */
export interface Allocation {
  /** Where peers reach the client. */
  readonly relayed: Endpoint;
  /** Seconds. */
  readonly lifetime: number;
}

type StunTimers = Pick<UeTimers, 'stunRto' | 'stunRc' | 'stunRm' | 'stunTi'>;
type Method = keyof typeof methods;
type Attributes = readonly (readonly [AttributeKey, unknown])[];

interface Pending {
  answered(response: Message, bytes: Buffer): void;
  failed(failure: AttemptFailure): void;
}

/** RFC 8656 18.7: the protocol number of UDP in the first of four bytes. */
const requestedTransportUdp = 17 << 24;

/**
 * A TURN client (RFC 8656) on a channel of the dialler, with werift-ice's STUN codec. The transactions are our own:
 * werift's `TurnProtocol` has other timers than RFC 8489, ignores a 401 or 438 to a signed request, and leaves its
 * refresh timer running when it is closed.
 */
export class TurnClient {
  private readonly framer = new TurnFramer();
  private readonly pending = new Map<string, Pending>();
  private readonly channels = new Map<number, Endpoint>();
  private realm: string | undefined;
  private nonce: Buffer | undefined;
  private key: Buffer | undefined;
  private over: AttemptFailure | undefined;

  constructor(
    private readonly channel: Channel,
    private readonly credentials: TurnCredentials,
    private readonly timers: StunTimers,
    private readonly events: TurnEvents,
  ) {
    channel.listen({ data: (data) => this.received(data), lost: (failure) => this.end(failure) });
  }

  /**
   * Asks for a UDP relay (RFC 8656 7).
   * @throws AttemptFailure `TURN_REFUSED`, `TIMEOUT` or the channel's failure, as every request here
   */
  async allocate(): Promise<Allocation> {
    const response = await this.request('ALLOCATE', [['REQUESTED-TRANSPORT', requestedTransportUdp]]);
    const relayed = addressIn(response, 'XOR-RELAYED-ADDRESS');
    if (relayed === undefined) {
      throw new AttemptFailure('TURN_REFUSED', 'the answer to Allocate names no relayed address');
    }
    return { relayed, lifetime: Number(response.getAttributeValue('LIFETIME') ?? 600) };
  }

  /** Lets a peer's datagrams in (RFC 8656 10). */
  async createPermission(peer: Endpoint): Promise<void> {
    await this.request('CREATE_PERMISSION', [['XOR-PEER-ADDRESS', [peer.ip, peer.port]]]);
  }

  /** Binds a channel to a peer (RFC 8656 12); numbers from 0x4000 to 0x4FFF. */
  async bindChannel(number: number, peer: Endpoint): Promise<void> {
    await this.request('CHANNEL_BIND', [
      ['CHANNEL-NUMBER', number],
      ['XOR-PEER-ADDRESS', [peer.ip, peer.port]],
    ]);
    this.channels.set(number, peer);
  }

  /**
   * Refreshes the allocation (RFC 8656 8); 0 releases it.
   * @returns the lifetime that the server gives it now, in seconds
   */
  async refresh(seconds: number): Promise<number> {
    const response = await this.request('REFRESH', [['LIFETIME', seconds]]);
    return Number(response.getAttributeValue('LIFETIME') ?? seconds);
  }

  /** Sends a datagram to a peer in a Send indication (RFC 8656 11.1), which is not confirmed. */
  sendIndication(peer: Endpoint, data: Buffer): void {
    const indication = new Message(methods.SEND, classes.INDICATION)
      .setAttribute('XOR-PEER-ADDRESS', [peer.ip, peer.port])
      .setAttribute('DATA', data);
    this.events.transaction(indication.transactionIdHex);
    this.channel.send(indication.bytes);
  }

  /** Sends a datagram over a bound channel (RFC 8656 12.5), which is not confirmed. */
  sendChannelData(number: number, data: Buffer): void {
    this.channel.send(writeChannelData(number, data, this.channel.transport !== 'udp'));
  }

  /** Gives every pending request up; no timer is left. The channel is its owner's to close. */
  stop(): void {
    this.end(new AttemptFailure('ABANDONED', 'the TURN client was stopped'), false);
  }

  /** One request with long-term credentials (RFC 8489 9.2): again with the challenge's realm and nonce after 401 or 438. */
  private async request(method: Method, attributes: Attributes): Promise<Message> {
    for (let challenges = 0; ; challenges++) {
      const signed = this.key !== undefined;
      const response = await this.transact(method, attributes);
      if (response.messageClass === classes.RESPONSE) return response;
      const { code, reason } = errorIn(response);
      // A 401 to a signed request means that the credentials are wrong (9.2.5); a second 438 that the server is.
      const challenged = (code === 401 && !signed) || (code === 438 && challenges < 2);
      if (!challenged || !this.takeChallenge(response)) {
        throw new AttemptFailure(
          'TURN_REFUSED',
          `${nameOf(method)}: the TURN server answered ${code} ${reason}`.trim(),
        );
      }
    }
  }

  /** @returns whether the response holds all that is needed to sign a request */
  private takeChallenge(response: Message): boolean {
    const realm = (response.getAttributeValue('REALM') ?? this.realm) as string | undefined;
    const nonce = response.getAttributeValue('NONCE') as Buffer | undefined;
    if (realm === undefined || nonce === undefined) return false;
    this.realm = realm;
    this.nonce = nonce;
    // RFC 8489 9.2.2: MD5 unless another algorithm was negotiated.
    const { username, password } = this.credentials;
    this.key = createHash('md5').update(`${username}:${realm}:${password}`, 'utf8').digest();
    return true;
  }

  private transact(method: Method, attributes: Attributes): Promise<Message> {
    const message = new Message(methods[method], classes.REQUEST);
    for (const [name, value] of attributes) message.setAttribute(name, value);
    const { key } = this;
    if (key !== undefined) {
      message
        .setAttribute('USERNAME', this.credentials.username)
        .setAttribute('REALM', this.realm)
        .setAttribute('NONCE', this.nonce)
        .addMessageIntegrity(key);
    }
    message.addFingerprint();
    const id = message.transactionIdHex;
    return new Promise((resolve, reject) => {
      if (this.over !== undefined) {
        reject(this.over);
        return;
      }
      this.events.transaction(id);
      const { bytes } = message;
      const stopTimers = this.startTimers(bytes, (text) => {
        this.pending.delete(id);
        reject(new AttemptFailure('TIMEOUT', `no answer to ${nameOf(method)} ${text}`));
      });
      const done = (): void => {
        this.pending.delete(id);
        stopTimers();
      };
      this.pending.set(id, {
        answered: (response, raw) => {
          if (!isAuthentic(response, raw, key)) return;
          done();
          resolve(response);
        },
        failed: (failure) => {
          done();
          reject(failure);
        },
      });
      this.channel.send(bytes);
    });
  }

  /** Retransmission over UDP (RFC 8489 6.2.1), Ti over streams (6.2.2). @returns what stops it */
  private startTimers(bytes: Buffer, expired: (text: string) => void): () => void {
    const { stunRto, stunRc, stunRm, stunTi } = this.timers;
    if (this.channel.transport !== 'udp') {
      const timer = setTimeout(() => expired(`within ${stunTi / 1000} s (Ti of RFC 8489)`), stunTi);
      return () => clearTimeout(timer);
    }
    let sent = 1;
    let timer: NodeJS.Timeout;
    const arm = (interval: number): void => {
      const last = sent >= stunRc;
      timer = setTimeout(
        () => {
          if (last) {
            expired(`to ${stunRc} transmissions (Rc and Rm of RFC 8489)`);
            return;
          }
          sent++;
          this.channel.send(bytes);
          arm(2 * interval);
        },
        last ? stunRm * stunRto : interval,
      );
    };
    arm(stunRto);
    return () => clearTimeout(timer);
  }

  private received(data: Buffer): void {
    const frames = this.channel.transport === 'udp' ? [readDatagram(data)] : this.framer.push(data);
    for (const frame of frames) this.take(frame);
  }

  private take(frame: TurnFrame): void {
    if (frame.kind === 'channel') {
      const peer = this.channels.get(frame.channel);
      if (peer !== undefined) this.events.data(peer, frame.data, 'channel');
    } else if (frame.kind === 'stun') {
      this.takeStun(frame.data);
    } else if (this.channel.transport !== 'udp') {
      // A datagram that cannot be read is dropped; a stream that cannot be read is lost.
      this.end(new AttemptFailure('INTERNAL', `the TURN stream cannot be read: ${frame.reason}`));
    }
  }

  private takeStun(data: Buffer): void {
    const message = parseMessage(data);
    if (message === undefined) return;
    if (message.messageClass === classes.INDICATION) {
      const peer = addressIn(message, 'XOR-PEER-ADDRESS');
      const content: unknown = message.getAttributeValue('DATA');
      if (message.messageMethod === methods.DATA && peer !== undefined && Buffer.isBuffer(content)) {
        this.events.data(peer, content, 'indication');
      }
    } else if (message.messageClass !== classes.REQUEST) {
      this.pending.get(message.transactionIdHex)?.answered(message, data);
    }
  }

  private end(failure: AttemptFailure, tell = true): void {
    if (this.over !== undefined) return;
    this.over = failure;
    for (const transaction of [...this.pending.values()]) transaction.failed(failure);
    if (tell) this.events.lost(failure);
  }
}

/**
 * RFC 8489 9.2.5: what answers a signed request must be signed, or it is as if it had not come; but for a challenge,
 * whose sender may not know the key. Any other unsigned error is believed here too: a server at fault is better known
 * by its own words than by a time-out.
 */
function isAuthentic(response: Message, bytes: Buffer, key: Buffer | undefined): boolean {
  if (key === undefined || parseMessage(bytes, key) !== undefined) return true;
  return response.messageClass === classes.ERROR && !response.attributesKeys.includes('MESSAGE-INTEGRITY');
}

function errorIn(message: Message): { code: number; reason: string } {
  const [code, reason] = (message.getAttributeValue('ERROR-CODE') as [number, string] | undefined) ?? [0, ''];
  return { code, reason: reason.replace(/[^\x20-\x7e]/g, '?') };
}

/** `CREATE_PERMISSION` as the RFC writes it: `CreatePermission`. */
function nameOf(method: Method): string {
  return method
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
