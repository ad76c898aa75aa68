import { sameEndpoint, showEndpoint } from '../../kit/endpoint';
import { duration } from '../../kit/words';
import type { Drop } from '../evidence/drop';
import { espHeadOf } from '../evidence/esp';
import { TlsKeyLog } from '../evidence/tls-key-log';
import { EspSeen } from './esp-seen';
import { findUe } from './find-ue';
import type { ForeignCapture } from './read-capture';
import { tcpTries } from './tcp-tries';
import type { Try } from './try';
import { udpTries } from './udp-tries';

/** What a capture tells of the way of a UE up the ladder, and what it does not. */
export interface JudgedCapture {
  readonly ue: string;
  /** The interface of the capture that it was read from; empty if the capture names none. */
  readonly interface: string;
  /** In the order in which they were begun. */
  readonly tries: readonly Try[];
  /** True if one of them got what it asked for. */
  readonly isThrough: boolean;
  readonly conclusion: string;
  readonly known: readonly string[];
  readonly unknown: readonly string[];
}

export interface JudgeOptions {
  /** Name of the capture, for messages. */
  readonly file: string;
  /** A key log beside the secrets in the capture. */
  readonly keyLog?: string;
  /** The UE's address; found by what it does if it is not told. */
  readonly ue?: string;
}

/**
 * Judges somebody's capture: which steps of the ladder the UE tried, and how each ended. It never says that anything was
 * blocked by silence alone, because a capture at one place shows no difference between a packet that a firewall dropped, one
 * that was lost, and a server that is down; only the log of a firewall in it (LINKTYPE_NFLOG) shows a drop. Pure.
 *
 * @throws LabError `NOTHING_OF_LADDER`, `UE_UNCLEAR`
 */
export function judgeCapture(
  capture: ForeignCapture,
  { file, keyLog = '', ue }: JudgeOptions,
): JudgedCapture {
  const { address, seen } = findUe(capture, file, ue);
  const keys = new TlsKeyLog(`${keyLog}\n${capture.keyLog}`);
  const esp = new EspSeen(seen.packets, capture.decrypted);
  const tries = [...udpTries(seen.packets, address, esp), ...tcpTries(seen.packets, address, keys, esp)].sort(
    (a, b) => a.at - b.at || a.frame - b.frame,
  );
  const drops = tries.map((one) => ({ one, own: dropsOf(one, capture.drops) }));
  const silent = drops.filter(({ one, own }) => one.isSilent && own.length === 0);
  const through = tries.find(({ isThrough }) => isThrough);
  const others = capture.interfaces.length - 1;
  return {
    ue: address,
    interface: seen.name,
    tries,
    isThrough: through !== undefined,
    conclusion: conclusionOf(tries, through),
    known: [...new Set(drops.flatMap(({ one, own }) => own.map((drop) => dropWords(one, drop))))],
    unknown: [
      ...new Set([
        ...tries.flatMap(({ unknown }) => unknown),
        ...sealedWords(tries),
        ...(silent.length > 0 ? [capture.drops.length > 0 ? theRest : onePlace] : []),
        ...(others > 0
          ? [
              `what the other ${others === 1 ? 'interface' : `${others} interfaces`} of the capture saw: only one was read`,
            ]
          : []),
        ...capture.lacks,
      ]),
    ],
  };
}

/** Names the connections of which nobody can say what went through their TLS. */
function sealedWords(tries: readonly Try[]): string[] {
  const sealed = tries.filter(({ isSealed }) => isSealed).map(({ way }) => showEndpoint(way.local));
  if (sealed.length === 0) return [];
  const some = sealed.length > mostNamed ? `${sealed.slice(0, mostNamed).join(', ')}...` : sealed.join(', ');
  return [
    `what went through the TLS of ${some}, and so whether it is of the ladder at all: there are no secrets of it; name a key log with --keys`,
  ];
}

/** Most connections that one sentence names. */
const mostNamed = 6;

const onePlace =
  'whether anything was blocked: this capture is of one place, where a dropped packet, a lost one and a server that is down look the same. A capture on the other side of the firewall at the same time, or the log of what the firewall denies, would tell';
const theRest = 'why nothing came back to what no log of a firewall in the capture names';

function conclusionOf(tries: readonly Try[], through: Try | undefined): string {
  if (through) {
    const before = tries.filter((one) => one.at < through.at).length;
    const after =
      before === 0 ? 'at the first try' : `after ${before === 1 ? 'one try' : `${before} tries`} before`;
    return `It got through over ${through.rung}${stepWords(through)}, ${after}.`;
  }
  const last = tries.at(-1);
  if (!last) return 'Nothing of the ladder is in this capture.';
  return `Nothing is seen to have got through. The last try, ${last.rung}${stepWords(last)}, ended so: ${last.events.at(-1) ?? 'nothing is known'}.`;
}

/** Returns the step of a try behind its name: ` (step 2)`. */
export const stepWords = ({ step }: Pick<Try, 'step'>): string =>
  step === undefined ? '' : ` (step ${step})`;

/** Returns what the log of a firewall says that it denied of a try. */
function dropsOf({ way, espSpis }: Try, drops: readonly Drop[]): Drop[] {
  return drops.filter(({ packet }) => {
    if (espSpis.includes(espHeadOf(packet)?.spi ?? '')) return true;
    const { protocol, src, sport, dst, dport } = packet;
    if (protocol !== way.protocol || sport === undefined || dport === undefined) return false;
    const [from, to] = [
      { ip: src, port: sport },
      { ip: dst, port: dport },
    ];
    return (
      (sameEndpoint(from, way.local) && sameEndpoint(to, way.remote)) ||
      (sameEndpoint(from, way.remote) && sameEndpoint(to, way.local))
    );
  });
}

const dropWords = ({ rung, way, at }: Try, drop: Drop): string =>
  `the log of a firewall in this capture names the rule \`${drop.rule}\` that denied a packet of ${rung} from ${showEndpoint(way.local)}, ${duration(Math.max(0, drop.at - at))} after the try began`;
