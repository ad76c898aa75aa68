import { sameEndpoint, showEndpoint } from '../../kit/endpoint';
import type { Endpoint } from '../../nodes/ue/protocol';
import { espHeadOf } from './esp';
import { readPacket } from './identifiers';
import { IpFragments } from './ip-fragments';
import { packetOf, type IcmpPacket, type Ipv4Packet } from './packet';
import { covers, passingOf, type Border, type Passing } from './passing';
import type { CapturedPacket } from './pcap';
import type { OwnAnswer, SeenAt, Side, Vanished } from './vanished';

/** A packet that entered and has not left so far, with its repetitions. */
interface Pending {
  readonly id: number;
  readonly passing: Passing;
  readonly packet: Ipv4Packet;
  readonly seen: SeenAt[];
}

/** A packet as it left. */
type Left = Passing & SeenAt;

/** Milliseconds by which the clocks of two captures may disagree. */
const toleranceMs = 5;

/**
 * Follows packets through a firewall by the captures of its two sides. A packet is the same on both by its far end and
 * its content: the sequence number of a segment, the payload of a datagram, SPI and sequence number of ESP. So it is known
 * again whatever an NAPT does to the near end. One in fragments has entered or left when all of them have.
 *
 * Nobody can read which message a packet of ESP has, and no two of them are alike. One of the same security association
 * and length, as a message that is sent again has it, counts as its repetition. It has not vanished for good if anything of
 * its security association leaves afterwards.
 *
 * It errs on the side of doubt. Nothing has vanished whose first byte left in another segment; nor while the firewall
 * sends something of its own to the same far end, which could be the packet, changed (an application-level gateway,
 * other sequence numbers); nor where the firewall answers in the far end's place.
 */
export class Crossings {
  private readonly groups = new Map<string, Group>();
  private readonly fragments = { inside: new IpFragments(), outside: new IpFragments() };
  /** The near end in the access network, by the one that the NAPT gave it. */
  private readonly translations = new Map<string, Endpoint>();
  /** ICMP errors that the firewall itself sent. */
  private readonly errors: (SeenAt & { readonly about: Ipv4Packet })[] = [];
  private nextId = 1;

  constructor(private readonly border: Border) {}

  /**
   * Takes a packet of a capture.
   * @returns whether it may have made a vanished packet decisive: it repeats one that has not left, or answers one
   */
  add(side: Side, captured: CapturedPacket): boolean {
    const whole = this.fragments[side].take(captured);
    const packet = whole && packetOf(whole);
    if (!packet) return false;
    const seen: SeenAt = { side, frame: whole.frame, at: whole.at };
    if (packet.protocol === 'icmp') return this.addError(packet, seen);
    const passing = passingOf(side, packet, this.border);
    if (!passing) return false;
    return passing.enters ? this.enter(passing, packet, seen) : this.leave({ ...passing, ...seen });
  }

  /**
   * Returns the packets that entered until `until` and never left, in the order in which they entered. The captures of
   * both sides must have come past that time (ms since the epoch).
   */
  vanished(until: number): Vanished[] {
    return [...this.groups.values()]
      .flatMap((group) => [...group.pending.values()].map((one) => this.vanishedOf(one, group, until)))
      .filter((one) => one !== undefined)
      .sort((one, other) => one.id - other.id);
  }

  private enter(passing: Passing, packet: Ipv4Packet, seen: SeenAt): boolean {
    const group = this.group(passing);
    group.noteEntered(passing, seen.at);
    const left = group.leftAs(passing);
    if (left) this.learn(passing, left);
    if (left || passing.kind === 'reset') return false;
    const key = `${showEndpoint(passing.near)} ${passing.content}`;
    const known = group.pending.get(key);
    const pending = known ?? { id: this.nextId++, passing, packet, seen: [] };
    const isAgain = known !== undefined || group.hasLike(pending);
    pending.seen.push(seen);
    group.pending.set(key, pending);
    return isAgain;
  }

  private leave(left: Left): boolean {
    for (const { passing } of this.group(left).leave(left)) this.learn(passing, left);
    return left.kind === 'reset';
  }

  private addError(packet: IcmpPacket, seen: SeenAt): boolean {
    const { src, about } = packet;
    if (src !== this.border[seen.side] || !about || !refuses(packet)) return false;
    this.errors.push({ ...seen, about });
    return true;
  }

  private learn(passing: Passing, left: Left): void {
    if (passing.way !== 'outward' || sameEndpoint(passing.near, left.near)) return;
    this.translations.set(translationKey(left), passing.near);
    this.translations.set(translationKey({ ...left, far: undefined }), passing.near);
  }

  private group({ way, protocol, kind, far }: Pick<Passing, 'way' | 'protocol' | 'kind' | 'far'>): Group {
    const key = `${way} ${protocol} ${kind} ${showEndpoint(far)}`;
    const known = this.groups.get(key) ?? new Group();
    this.groups.set(key, known);
    return known;
  }

  private vanishedOf(pending: Pending, group: Group, until: number): Vanished | undefined {
    const { id, passing, packet } = pending;
    const seen = pending.seen.filter(({ at }) => at <= until);
    const [first] = seen;
    if (!first || group.hasLeft(passing, first.at, until) || this.isServed(passing, first.at))
      return undefined;
    const answer = this.answerTo(passing, first.at);
    const isAgain = passing.spi === undefined ? seen.length > 1 : group.hasRepetition(pending, until);
    const isForGood = (isAgain || answer !== undefined) && !group.hasLeftOf(passing, first.at);
    return {
      id,
      firewall: this.border.firewall,
      at: first.at,
      packet: this.asInside(passing, packet),
      entered: packet,
      readable: readPacket(packet),
      seen,
      ...(answer ? { answer } : {}),
      decisive: !isForGood ? 'none' : this.isForAll(passing, first.at) ? 'all' : 'own',
    };
  }

  /**
   * Says whether a packet fares as this one does whatever the UE sends. It is so with the data of a connection; and with
   * ESP from the other side if the UE has sent ESP there, which left, and none has ever come in.
   */
  private isForAll({ way, protocol, kind, near, far }: Passing, at: number): boolean {
    if (kind !== 'esp' || way === 'outward') return kind === 'data';
    const [out, back] = (['outward', 'inward'] as const).map((to) =>
      this.group({ way: to, protocol, kind, far }).leftSince(-Infinity),
    );
    return back!.length === 0 && out!.some((left) => left.at < at && sameEndpoint(left.near, near));
  }

  /** Says whether the firewall spoke to the near end in the far end's place. */
  private isServed({ way, protocol, near, far }: Passing, since: number): boolean {
    const back = way === 'outward' ? 'inward' : 'outward';
    return (['opening', 'data', 'datagram', 'esp'] as const).some((kind) => {
      const group = this.group({ way: back, protocol, kind, far });
      return group.leftSince(since).some((left) => sameEndpoint(left.near, near) && group.isOwn(left));
    });
  }

  /** Returns what the firewall itself answered to a packet that vanished. */
  private answerTo({ way, protocol, near, far, spi }: Passing, since: number): OwnAnswer | undefined {
    const back = way === 'outward' ? 'inward' : 'outward';
    const resets = this.group({ way: back, protocol, kind: 'reset', far });
    // If the far end itself has sent a reset since, it may be this one.
    const reset = resets
      .leftSince(since)
      .find((left) => sameEndpoint(left.near, near) && !resets.hasEnteredBetween(since, left.at));
    if (reset) return { kind: 'reset', side: reset.side, frame: reset.frame, at: reset.at };
    const [from, to] = way === 'outward' ? [near, far] : [far, near];
    const error = this.errors.find(
      ({ at, about }) =>
        at >= since &&
        about.protocol === (protocol === 'esp' ? 'other' : protocol) &&
        // All ESP in UDP of a UE has the same ends, and so has all on IP.
        espHeadOf(about)?.spi === spi &&
        sameEndpoint({ ip: about.src, port: about.sport ?? 0 }, from) &&
        sameEndpoint({ ip: about.dst, port: about.dport ?? 0 }, to),
    );
    return error && { kind: 'icmp', side: error.side, frame: error.frame, at: error.at };
  }

  /** Returns a packet with the address in the access network that the NAPT would have given it. */
  private asInside(passing: Passing, packet: Ipv4Packet): Ipv4Packet {
    const near =
      passing.way === 'inward'
        ? (this.translations.get(translationKey(passing)) ??
          this.translations.get(translationKey({ ...passing, far: undefined })))
        : undefined;
    if (!near) return packet;
    return { ...packet, dst: near.ip, ...(packet.dport === undefined ? {} : { dport: near.port }) };
  }
}

/**
 * Says whether an ICMP error refuses the packet that it is about (RFC 792). It does not if the packet is to come in smaller
 * pieces (type 3 code 4), more slowly (4) or by another router (5).
 */
const refuses = ({ type, code }: IcmpPacket): boolean =>
  !(type === 3 && code === 4) && type !== 4 && type !== 5;

const translationKey = ({
  protocol,
  near,
  far,
}: Pick<Passing, 'protocol' | 'near'> & { readonly far: Endpoint | undefined }): string =>
  [protocol, showEndpoint(near), far ? showEndpoint(far) : ''].join(' ');

/** The packets of one way, protocol and kind with one far end. */
class Group {
  /** What entered and has not left, by its near end and its content. */
  readonly pending = new Map<string, Pending>();
  private readonly left: Left[] = [];
  private readonly firstLeft = new Map<string, Left>();
  /** What entered, by its content; of segments with one number the longest. */
  private readonly entered = new Map<string, Passing>();
  private readonly enteredAt: number[] = [];

  noteEntered(passing: Passing, at: number): void {
    this.enteredAt.push(at);
    const known = this.entered.get(passing.content);
    if (!known || (passing.bytes && covers(passing, (known.bytes?.to ?? 0) >>> 0)))
      this.entered.set(passing.content, passing);
  }

  /** Returns the packet of this content that left first. */
  leftAs({ content }: Passing): Left | undefined {
    return this.firstLeft.get(content);
  }

  /** @returns what entered as this packet, and so has not vanished */
  leave(left: Left): Pending[] {
    this.left.push(left);
    if (!this.firstLeft.has(left.content)) this.firstLeft.set(left.content, left);
    const found = [...this.pending].filter(([, { passing }]) => passing.content === left.content);
    for (const [key] of found) this.pending.delete(key);
    return found.map(([, entered]) => entered);
  }

  leftSince(at: number): Left[] {
    return this.left.filter((left) => left.at >= at - toleranceMs);
  }

  /** Says whether anything of the same security association has left since. */
  hasLeftOf({ spi }: Passing, since: number): boolean {
    return spi !== undefined && this.leftSince(since).some((left) => left.spi === spi);
  }

  /** Says whether another packet of ESP has not left that may have the same message. */
  hasLike(one: Pending): boolean {
    return [...this.pending.values()].some((other) => other.id !== one.id && mayRepeat(one, other));
  }

  /** Says whether a packet of ESP entered after this one, until then, that may repeat it, and has not left. */
  hasRepetition(one: Pending, until: number): boolean {
    return [...this.pending.values()].some(
      (other) => other.id > one.id && other.seen[0]!.at <= until && mayRepeat(one, other),
    );
  }

  hasEnteredBetween(from: number, to: number): boolean {
    return this.enteredAt.some((at) => at >= from - toleranceMs && at <= to + toleranceMs);
  }

  /**
   * Says whether a packet has left, or may have: its first byte in another segment, or changed.
   * @param until what left later may have entered without that being captured yet, so it is not taken for changed
   */
  hasLeft({ bytes }: Passing, since: number, until: number): boolean {
    return this.leftSince(since).some(
      (left) => (bytes && covers(left, bytes.from)) || (left.at <= until && this.isOwn(left)),
    );
  }

  /** Says whether a packet that left is none that entered: the firewall made or changed it. */
  isOwn(left: Left): boolean {
    if (this.entered.has(left.content)) return false;
    const { bytes } = left;
    return !(
      bytes &&
      [...this.entered.values()].some((one) => covers(one, bytes.from) || covers(left, one.bytes!.from))
    );
  }
}

/** Says whether two packets of ESP may have the same message, by what can be seen of them. */
const mayRepeat = ({ passing, packet }: Pending, other: Pending): boolean =>
  passing.spi !== undefined &&
  passing.spi === other.passing.spi &&
  packet.payload.length === other.packet.payload.length &&
  sameEndpoint(passing.near, other.passing.near);
