import { randomBytes } from 'node:crypto';
import { wallClock } from '../timers';
import type { UeTimers } from '../timers';
import type { AudioFormat } from './audio-formats';
import { packetMs, ticksOf } from './codecs';
import { Pacer } from './pacer';
import { Reception } from './reception';
import type { Arrivals } from './reception';
import { middleOf, ntpTime, readReport, writeReport } from './rtcp-packet';
import type { Report, ReportBlock } from './rtcp-packet';
import { isRtcp, readRtp, writeRtp } from './rtp-packet';
import type { RtpPacket } from './rtp-packet';
import { SrtpStream } from './srtp';
import type { SrtpReceiver } from './srtp';

export interface RtpSessionOptions {
  readonly timers: Pick<UeTimers, 'rtcpInterval' | 'rtpKeepAlive'>;
  /** The format of the packets in both directions. */
  readonly format: AudioFormat;
  /**
   * Says whether the session keeps a NAT's binding alive by itself while it does not speak. With ICE the checks of
   * consent do that.
   */
  readonly keepsAlive?: boolean;
  /** If the session is SRTP: the master key with which it sends, and the receiver of the other end's packets. */
  readonly srtp?: { readonly master: Buffer; readonly receiver: SrtpReceiver };
  /** Sends a datagram. */
  send(datagram: Buffer): void;
}

/** The statistics of a session up to now. */
export interface RtpStatistics {
  readonly sent: { readonly packets: number; readonly octets: number; readonly firstAt?: number };
  readonly received: {
    readonly packets: number;
    readonly octets: number;
    readonly duplicates: number;
    readonly reordered: number;
    /** Packets whose payload is not the one that both ends send. */
    readonly altered: number;
    /** Datagrams that are no packets of the session. */
    readonly garbage: number;
  };
  readonly arrivals: Arrivals;
  /** The loss of packets that the other end sent, in per cent. */
  readonly lossInPercent: number;
  /** Mean and maximum of the filter of RFC 3550 A.8. */
  readonly jitterInMs: number;
  readonly jitterInMaxMs: number;
  /** Loss of this end's packets in per cent, as the other end reports it; undefined before its first report. */
  readonly lossOutPercent?: number;
  readonly jitterOutMs?: number;
  readonly jitterOutMaxMs?: number;
  /** Mean of the round-trip times in milliseconds, from the reports (RFC 3550 6.4.1, LSR and DLSR). */
  readonly roundTripMs?: number;
  readonly pacingP95Ms: number;
}

/**
 * The payload type of packets that only keep a NAT's binding alive (TS 24.229 K.5.2.1). It is unassigned in RFC 3551, so
 * that no end agrees on it, and the packets have no payload.
 */
export const keepAlivePayloadType = 20;

/**
 * An RTP session of two ends (RFC 3550). It sends the same sound in 20 ms packets, listens, and reports about once a
 * second and as soon as the first packet has come. Bytes from outside never make it throw.
 */
export class RtpSession {
  private readonly ssrc = random32();
  private readonly firstSequence = random32() % 0x1_0000;
  private readonly firstTimestamp = random32();
  private readonly cname = randomBytes(12).toString('base64');
  private readonly outgoing: SrtpStream | undefined;
  private readonly incoming: SrtpReceiver | undefined;
  private pacer: Pacer | undefined;
  private reports: NodeJS.Timeout | undefined;
  private keepAlive: NodeJS.Timeout | undefined;
  private speaks: boolean | undefined;
  /** Ticks from the first packet to the next one, by the clock of RTP. */
  private ticks = 0;
  /** Number of packets without speech, which have sequence numbers too. */
  private empty = 0;
  private reception: Reception | undefined;
  private pretender: { readonly ssrc: number; readonly next: number } | undefined;
  private packets = 0;
  private octets = 0;
  private firstAt: number | undefined;
  private altered = 0;
  private garbage = 0;
  private told: ReportBlock | undefined;
  private readonly roundTrips: number[] = [];
  /** The jitter in the other end's reports, in milliseconds. */
  private readonly jittersOut: number[] = [];
  private resolveFlowing: () => void = () => undefined;
  /** Resolves when a packet of the other end has come, and its report that it got one too. */
  readonly flowing = new Promise<void>((resolve) => (this.resolveFlowing = resolve));
  private resolveHeard: () => void = () => undefined;
  /** Resolves when a packet of the other end has come. */
  readonly heard = new Promise<void>((resolve) => (this.resolveHeard = resolve));

  constructor(private readonly options: RtpSessionOptions) {
    this.outgoing = options.srtp && new SrtpStream(options.srtp.master);
    this.incoming = options.srtp?.receiver;
  }

  /** Says whether the session is SRTP. */
  get secure(): boolean {
    return this.outgoing !== undefined;
  }

  /** Begins to report, and to send. Call it once. @param speaks whether it speaks from the beginning */
  start(speaks = true): void {
    if (this.reports !== undefined) return;
    this.speak(speaks);
    this.report(false);
    this.reports = setInterval(() => this.report(false), this.options.timers.rtcpInterval);
  }

  /** Speaks from now on, or is silent and sends nothing but reports and what keeps a binding alive. */
  speak(speaks: boolean): void {
    if (speaks === this.speaks) return;
    this.speaks = speaks;
    clearInterval(this.keepAlive);
    this.pacer?.stop();
    if (speaks) {
      this.pacer = new Pacer(packetMs, (count) => this.sayOne(count === 0));
    } else if (this.options.keepsAlive) {
      this.sayNothing();
      this.keepAlive = setInterval(() => this.sayNothing(), this.options.timers.rtpKeepAlive);
    }
  }

  /** Sends a goodbye and ends the session. */
  stop(): void {
    this.pacer?.stop();
    clearInterval(this.keepAlive);
    clearInterval(this.reports);
    if (this.reports !== undefined) this.report(true);
    this.reports = undefined;
  }

  /** Says whether a packet of the other end has come, and whether it has reported that it got one. */
  get flows(): { readonly in: boolean; readonly out: boolean } {
    return { in: this.reception !== undefined, out: this.told !== undefined };
  }

  get statistics(): RtpStatistics {
    const { reception, told, roundTrips, jittersOut } = this;
    // The number of packets that the other end expects, from this end's first one to the highest that it has seen.
    const expectedOut = told ? (told.highestSequence - this.firstSequence + 1) >>> 0 : 0;
    return {
      sent: { packets: this.packets, octets: this.octets, firstAt: this.firstAt },
      received: {
        packets: reception?.packets ?? 0,
        octets: reception?.octets ?? 0,
        duplicates: reception?.duplicates ?? 0,
        reordered: reception?.reordered ?? 0,
        altered: this.altered,
        garbage: this.garbage,
      },
      arrivals: reception?.arrivals ?? { longestGapMs: 0 },
      lossInPercent: reception?.expected ? (100 * reception.lost) / reception.expected : 0,
      jitterInMs: reception?.jitter.mean ?? 0,
      jitterInMaxMs: reception?.jitter.max ?? 0,
      lossOutPercent: told && expectedOut > 0 ? (100 * Math.max(0, told.lost)) / expectedOut : undefined,
      jitterOutMs: jittersOut.length > 0 ? sum(jittersOut) / jittersOut.length : undefined,
      jitterOutMaxMs: jittersOut.length > 0 ? Math.max(...jittersOut) : undefined,
      roundTripMs: roundTrips.length > 0 ? sum(roundTrips) / roundTrips.length : undefined,
      pacingP95Ms: this.pacer?.errorP95Ms ?? 0,
    };
  }

  /** Takes a datagram of the other end. */
  take(datagram: Buffer): void {
    const at = wallClock();
    // The first byte of RTP and RTCP is 128 to 191 (RFC 7983).
    if (datagram.length < 2 || datagram.readUInt8(0) >> 6 !== 2) this.garbage++;
    else if (isRtcp(datagram)) this.takeReport(datagram, at);
    else this.takeRtp(datagram, at);
  }

  private takeRtp(datagram: Buffer, at: number): void {
    const clear = this.incoming ? this.incoming.unprotectRtp(datagram) : datagram;
    const packet = clear && readRtp(clear);
    const { format } = this.options;
    const isSpeech = packet?.payloadType === format.payloadType;
    // A packet that keeps a binding alive has a sequence number as well, so it counts as received.
    const isEmpty = packet?.payloadType === keepAlivePayloadType && packet.payload.length === 0;
    const reception = packet && (isSpeech || isEmpty) ? this.receptionOf(packet) : undefined;
    if (packet === undefined || reception === undefined) {
      this.garbage++;
      return;
    }
    const first = reception.packets === 0;
    reception.take(packet, at);
    if (isSpeech && !packet.payload.equals(format.codec.payload)) this.altered++;
    if (!first) return;
    this.resolveHeard();
    // The other end waits for a report that a packet has come, so it gets one at once.
    this.report(false);
    this.considerFlowing();
  }

  /**
   * Returns the reception of a packet's source. Two packets in sequence make another
   * source credible (RFC 3550 A.1).
   */
  private receptionOf({ ssrc, sequence }: RtpPacket): Reception | undefined {
    if (this.reception?.ssrc === ssrc) return this.reception;
    const credible = this.pretender?.ssrc === ssrc && this.pretender.next === sequence;
    this.pretender = { ssrc, next: (sequence + 1) % 0x1_0000 };
    if (this.reception !== undefined && !credible) return undefined;
    this.reception = new Reception(ssrc, this.options.format.codec.clockRate);
    return this.reception;
  }

  private takeReport(datagram: Buffer, at: number): void {
    const clear = this.incoming ? this.incoming.unprotectRtcp(datagram) : datagram;
    const report = clear && readReport(clear);
    if (report === undefined) {
      this.garbage++;
      return;
    }
    if (report.sender && report.ssrc === this.reception?.ssrc) {
      this.reception.takeSenderInfo(report.sender, at);
    }
    const block = report.blocks.find(({ ssrc }) => ssrc === this.ssrc);
    if (block === undefined) return;
    this.told = block;
    this.jittersOut.push((block.jitter / this.options.format.codec.clockRate) * 1000);
    if (block.lastReport !== 0) {
      const units = (middleOf(ntpTime(at)) - block.lastReport - block.delay) | 0;
      this.roundTrips.push(Math.max(0, (units / 65_536) * 1000));
    }
    this.considerFlowing();
  }

  private considerFlowing(): void {
    if (this.flows.in && this.flows.out) this.resolveFlowing();
  }

  private sayOne(begins: boolean): void {
    const { codec, payloadType } = this.options.format;
    this.firstAt ??= wallClock();
    // A silence takes its time; after it the clock goes on by packets, however late they leave.
    if (begins) this.ticks = Math.max(this.ticks, this.ticksSince(wallClock()));
    // The marker is set in the first packet of a talkspurt (RFC 3551 4.1).
    this.send(payloadType, begins, this.ticks, codec.payload);
    this.ticks += ticksOf(codec);
    this.packets++;
    this.octets += codec.payload.length;
  }

  /** Sends a packet that keeps a binding alive. It goes on with sequence number and timestamp (TS 24.229 K.5.2.1). */
  private sayNothing(): void {
    this.send(keepAlivePayloadType, false, this.ticksSince(wallClock()), Buffer.alloc(0));
    this.empty++;
  }

  private send(payloadType: number, marker: boolean, ticks: number, payload: Buffer): void {
    const packet = writeRtp({
      payloadType,
      marker,
      sequence: (this.firstSequence + this.packets + this.empty) % 0x1_0000,
      timestamp: (this.firstTimestamp + ticks) % 0x1_0000_0000,
      ssrc: this.ssrc,
      payload,
    });
    this.options.send(this.outgoing ? this.outgoing.protectRtp(packet) : packet);
  }

  /** The clock of RTP at a time by the wall clock, in ticks since the first packet. */
  private ticksSince(at: number): number {
    const elapsed = this.firstAt === undefined ? 0 : at - this.firstAt;
    return Math.round((elapsed * this.options.format.codec.clockRate) / 1000);
  }

  private report(bye: boolean): void {
    const at = wallClock();
    const report: Report = {
      ssrc: this.ssrc,
      sender:
        this.packets === 0
          ? undefined
          : {
              ntp: ntpTime(at),
              rtpTimestamp: (this.firstTimestamp + this.ticksSince(at)) % 0x1_0000_0000,
              packets: this.packets,
              octets: this.octets,
            },
      blocks: this.reception ? [this.reception.report(at)] : [],
      bye,
    };
    const packet = writeReport(report, this.cname);
    this.options.send(this.outgoing ? this.outgoing.protectRtcp(packet) : packet);
  }
}

function random32(): number {
  return randomBytes(4).readUInt32BE();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
