import type { Readable } from 'node:stream';
import type { Flow, Identifier } from '../../nodes/ue/protocol';
import { LivePcap } from './live-pcap';
import { ObservedAttempt, type ObservedAttemptOptions } from './observed-attempt';
import { packetOf, type TcpPacket } from './packet';
import type { CapturedPacket } from './pcap';

/** Told of what a phone does, as a phone that tells its sockets would tell it. */
export interface PhoneWatchListener {
  flow(flow: Flow): void;
  identifier(identifier: Identifier): void;
}

/**
 * Observes the sockets of a phone that does not tell them, from a running capture of its interface. The phone makes
 * one attempt at a time, so what its address sends during an attempt belongs to that attempt.
 */
export class PhoneWatch {
  private readonly pcap: LivePcap;
  private readonly sent = new TcpProgress();
  private current: ObservedAttempt | undefined;

  /**
   * @param stream pcap bytes of the phone's interface
   * @param phone node id of the phone
   * @param address the phone's own address; packets of other addresses are not its own
   */
  constructor(
    stream: Readable,
    phone: string,
    private readonly address: string,
  ) {
    this.pcap = new LivePcap(stream, `The capture that watches ${phone}`, (packet) => this.take(packet));
  }

  /** Observes no more. */
  close(): Promise<void> {
    return this.pcap.close();
  }

  /**
   * Observes an attempt that begins now, until the returned object is disposed of.
   * @throws Error while another attempt is observed
   */
  observe(options: Omit<ObservedAttemptOptions, 'address'>): ObservedAttempt {
    if (this.current && !this.current.isOver)
      throw new Error(`${this.current.attempt} is not over, and ${options.attempt} begins`);
    return (this.current = new ObservedAttempt({ ...options, address: this.address }));
  }

  private take(captured: CapturedPacket): void {
    const packet = packetOf(captured);
    if (packet?.protocol !== 'udp' && packet?.protocol !== 'tcp') return;
    const isOwn = packet.src === this.address;
    const isNews = isOwn && (packet.protocol === 'udp' || this.sent.add(packet));
    this.current?.take(packet, captured.at, isNews);
  }
}

/**
 * Keeps how far each TCP connection of the phone has come. A segment that only repeats, acknowledges or closes may
 * come from the connection of an attempt that is over, so it shows no way of the present one.
 */
class TcpProgress {
  private readonly known = new Map<string, { syn: number | undefined; until: number }>();

  /** Says whether the segment opens a connection or carries bytes that it has not carried before. */
  add({ src, sport, dst, dport, seq, flags, payload }: TcpPacket): boolean {
    const key = `${src}:${sport} ${dst}:${dport}`;
    const known = this.known.get(key);
    const opens = flags?.syn === true;
    const until = (seq + payload.length + (opens ? 1 : 0)) >>> 0;
    if (!known || (opens && known.syn !== seq)) {
      this.known.set(key, { syn: opens ? seq : undefined, until });
      return opens || payload.length > 0;
    }
    // Sequence numbers wrap at 2^32: the difference is taken as a signed number (RFC 9293 3.4).
    const isFurther = ((until - known.until) | 0) > 0;
    if (isFurther) known.until = until;
    return isFurther && payload.length > 0;
  }
}
