import type { PageAttempt, PageDenial, PageTls } from 'nimsfw-result-page';
import { showEndpoint } from '../../../kit/endpoint';
import { kindOf, type EvidenceOf } from '../../evidence/evidence';
import type { AttemptResult, CellResult } from '../../judge/result';
import { rungTitle } from '../../explain/rung-title';
import type { Arrow, Sequence } from '../../sequence/sequence';
import { endedAt, pathOf } from './path';
import { pageSequence } from './sequence';

/** What a page says of an attempt beside its result. */
export interface AttemptContext {
  readonly cell: CellResult;
  readonly explanation: string;
  /** Undefined if no capture tells what it sent. */
  readonly sequence: Sequence | undefined;
  readonly captures: PageAttempt['captures'];
  /** The folder of captures that the evidence names, relative to the page; empty if they are in the page's own. */
  readonly folder: string;
}

/** Arranges an attempt for a page. */
export function pageAttempt(attempt: AttemptResult, context: AttemptContext): PageAttempt {
  const { sequence, explanation, captures, folder } = context;
  const path = pathOf(attempt, context.cell);
  const ended = endedAt(attempt, path);
  const drawn = sequence && pageSequence(sequence, attempt.startedAt, folder);
  return {
    id: attempt.id,
    round: attempt.round,
    ...(attempt.at === undefined ? {} : { at: attempt.at }),
    step: attempt.step,
    rung: rungWords(attempt),
    verdict: attempt.verdict,
    expected: attempt.expected,
    reason: attempt.reason,
    explanation,
    startedAt: attempt.startedAt,
    durationMs: attempt.durationMs,
    path,
    ...(ended === undefined ? {} : { endedAt: ended }),
    ...(drawn ? { sequence: drawn } : {}),
    denied: denialsOf(attempt, sequence?.arrows ?? [], folder),
    tls: attempt.evidence.flatMap((item) => (item.kind === 'tls' ? [pageTls(item)] : [])),
    measurements: (attempt.measurements ?? []).map(({ name, value, unit }) => ({ name, value, unit })),
    evidence: attempt.evidence
      .filter(({ kind }) => kind !== 'drop' && kind !== 'tls')
      .map((item) => kindOf(item).words(item)),
    captures,
  };
}

/** Returns the rung with the shims that stood in for the phone: `TLS 443 by CONNECT (shim: connect)`. */
const rungWords = ({ shims = [], ...attempt }: AttemptResult): string =>
  shims.length === 0 ? rungTitle(attempt) : `${rungTitle(attempt)} (shim: ${shims.join(', ')})`;

/** Returns the denied packets, the ones that decided first. */
function denialsOf({ evidence }: AttemptResult, arrows: readonly Arrow[], folder: string): PageDenial[] {
  const drops = evidence.filter((item): item is EvidenceOf<'drop'> => item.kind === 'drop');
  return [...drops.filter(({ decisive }) => decisive), ...drops.filter(({ decisive }) => !decisive)].map(
    (drop) => ({
      firewall: drop.firewall,
      rule: drop.rule,
      at: drop.at,
      packet: packetWords(drop.packet),
      count: drop.count,
      decoded: decoded(drop, arrows),
      ...(drop.capture === undefined ? {} : { capture: `${folder}${drop.capture}` }),
      ...(drop.frame === undefined ? {} : { frame: drop.frame }),
    }),
  );
}

/** Returns a packet in a line: `SIP REGISTER, UDP 10.89.3.2:5060 to 198.18.0.10:5060`. */
function packetWords({ protocol, src, sport, dst, dport, summary }: EvidenceOf<'drop'>['packet']): string {
  const end = (ip: string, port: number | undefined): string =>
    port === undefined ? ip : showEndpoint({ ip, port });
  return `${summary}, ${protocol.toUpperCase()} ${end(src, sport)} to ${end(dst, dport)}`;
}

/** Returns what is known of a denied packet, a line each, and its content where it could be read. */
function decoded(drop: EvidenceOf<'drop'>, arrows: readonly Arrow[]): string[] {
  const { packet, chain, matchedBy, servedConnect } = drop;
  const arrow = arrows.find(
    ({ denied }) => denied?.place.capture === drop.capture && denied?.place.frame === drop.frame,
  );
  return [
    `from ${packet.src}${packet.sport === undefined ? '' : ` port ${packet.sport}`}`,
    `to ${packet.dst}${packet.dport === undefined ? '' : ` port ${packet.dport}`}`,
    `protocol ${packet.protocol}, ${chain === 'input' ? 'addressed to the firewall itself' : 'on its way through'}`,
    `belongs to the attempt by ${matchedBy}`,
    ...(servedConnect ? [`sent by the proxy for CONNECT ${servedConnect.target}`] : []),
    ...(arrow?.text === undefined ? [] : ['', ...arrow.text.split('\n')]),
  ];
}

const pageTls = (item: EvidenceOf<'tls'>): PageTls => {
  const { version, suite, handshakeEnded, bytesBeforeHandshakeEnd, connection } = item;
  const { local, remote, target } = connection;
  return {
    connection: `${showEndpoint(local)} to ${target ?? showEndpoint(remote)}`,
    ...(version === undefined ? {} : { version }),
    ...(suite === undefined ? {} : { suite }),
    handshakeEnded,
    ...(bytesBeforeHandshakeEnd === undefined ? {} : { bytesBeforeHandshakeEnd }),
  };
};
