import { duration, plural } from '../../kit/words';
import { kindOf, type Evidence, type EvidenceOf } from '../evidence/evidence';
import type { CapturedAt, Setting } from '../evidence/kinds/kind';
import { isUnexpected } from '../judge/outcome';
import type { AttemptResult, CellResult, FirewallResult, Verdict } from '../judge/result';
import { decidingItem } from '../judge/verdict';
import { oneLine } from '../../kit/one-line';
import type { Sequence } from '../sequence/sequence';
import { rungTitle } from './rung-title';

/** What an explanation may take from around the attempt. */
export interface Around {
  /** The cell of the attempt. */
  readonly cell: CellResult;
  /** The firewalls of the run, which say whether they drop or reject what they deny. */
  readonly firewalls?: readonly FirewallResult[];
  /** What the captures show of the attempt; without it the times count from the attempt's beginning. */
  readonly sequence?: Sequence | undefined;
}

/**
 * Says in one plain sentence why an attempt ended as it did: what was refused, where, by which rule and when, and when
 * the UE went on; or what is not known. It claims nothing beyond the stored evidence. The sentence is one line without
 * control characters, has no full stop, and may hold text from outside. Pure.
 */
export const explainAttempt = (attempt: AttemptResult, around: Around): string =>
  capital(attemptSentence(attempt, around));

/** Returns {@link explainAttempt} as it stands after a colon. */
export function attemptSentence(attempt: AttemptResult, around: Around): string {
  const setting = settingOf(attempt, around);
  const against = isUnexpected(attempt) && attempt.verdict !== 'inconclusive' ? expectedWords(attempt) : '';
  return oneLine(`${verdictSentences[attempt.verdict](attempt, setting, around)}${against}`);
}

const expectedWords = ({ expected }: AttemptResult): string =>
  `; it was expected ${expected === 'passed' ? 'to get through' : `to be ${expected}`}`;

type Explain = (attempt: AttemptResult, setting: Setting, around: Around) => string;

const verdictSentences: Readonly<Record<Verdict, Explain>> = {
  passed: (attempt, setting) => {
    const { evidence } = attempt;
    const said = evidence
      .filter((item) => kindOf(item).remark(item) !== undefined)
      .map((item) => `; but ${kindOf(item).sentence(item, setting)}`);
    return `got through ${throughWords(attempt)}${needlessWords(evidence)}${said.join('')}`;
  },

  blocked: (attempt, setting, around) => {
    const { witness, evidence, reason } = attempt;
    const item = decidingItem(witness, evidence);
    if (!item || item.kind === 'outage') return `${reason}${nextWords(attempt, around)}`;
    const count = witness.ways?.length ?? 1;
    const all = count > 1 ? `each of its ${count} ways was refused, the last of them so: ` : '';
    return `${all}${kindOf(item).sentence(item, setting)}${nextWords(attempt, around, item)}`;
  },

  failed: (attempt, setting, around) => {
    const { reason, durationMs, evidence } = attempt;
    const denied = evidence.find((item) => item.kind === 'drop' || item.kind === 'vanished');
    const partly = denied
      ? `one of its packets was denied, which does not explain it (${kindOf(denied).sentence(denied, setting)})`
      : 'nothing shows that a firewall or a proxy refused it';
    const whose = 'so the phone, a server or the lab is at fault';
    return `failed after ${duration(durationMs)}: ${reason}; ${partly}, ${whose}${nextWords(attempt, around)}`;
  },

  unsupported: ({ reason, witness }) =>
    witness.end === 'unsupported'
      ? `the phone or a server cannot do it: ${reason}`
      : `shows nothing: ${reason}`,

  inconclusive: ({ witness, evidence, reason }, setting) => {
    const item = decidingItem(witness, evidence);
    const why = item?.kind === 'outage' ? kindOf(item).sentence(item, setting) : reason;
    return `could not be judged, and shows nothing of the firewall: ${why}`;
  },
};

/** Says how an attempt got through: `over TLS 443 in 265 ms, TLSv1.2 with TLS_RSA_WITH_AES_128_CBC_SHA`. */
export const throughWords = (attempt: AttemptResult): string =>
  `over ${rungTitle(attempt)} in ${duration(attempt.durationMs)}${tlsWords(attempt.evidence)}${mediaWords(attempt)}`;

/** Says which TLS the attempt agreed on: `, TLSv1.2 with TLS_RSA_WITH_AES_128_CBC_SHA (3 connections)`. */
function tlsWords(evidence: readonly Evidence[]): string {
  const connections = evidence.filter((item) => item.kind === 'tls');
  const agreed = connections.flatMap(({ version, suite }) =>
    version !== undefined && suite !== undefined ? [`${version} with ${suite}`] : [],
  );
  if (agreed.length === 0) return '';
  const count = connections.length === 1 ? '' : ` (${plural(connections.length, 'connection')})`;
  return `, ${[...new Set(agreed)].join(' and ')}${count}`;
}

/** Says which candidate pairs its calls took: `, media by relay by tcp:80 / host udp`. */
function mediaWords({ measurements = [] }: AttemptResult): string {
  const paths = measurements.flatMap(({ name, value }) => (name.endsWith('-path') ? [String(value)] : []));
  return paths.length === 0 ? '' : `, media by ${[...new Set(paths)].join(' and ')}`;
}

/** Says what was denied to an attempt that got through nevertheless. */
function needlessWords(evidence: readonly Evidence[]): string {
  const drops = evidence.filter((item): item is EvidenceOf<'drop'> => item.kind === 'drop');
  if (drops.length === 0) return '';
  const packets = drops.reduce((sum, { count }) => sum + count, 0);
  const rules = [...new Set(drops.map(({ firewall, rule }) => `${firewall} by \`${rule}\``))];
  return `; ${plural(packets, 'packet')} of it that it could do without ${packets === 1 ? 'was' : 'were'} denied at ${rules.join(', ')}`;
}

/**
 * Says when the UE went on: `; step 2 began 41 ms later`. The time counts from the moment that decided, or from the end
 * of the attempt.
 */
function nextWords(attempt: AttemptResult, { cell }: Around, item?: Evidence): string {
  const next = nextOf(attempt, cell);
  if (!next) return '';
  const decided = item && 'at' in item ? item.at : attempt.endedAt;
  const name = next.step === attempt.step ? `step ${next.step} by ${rungTitle(next)}` : `step ${next.step}`;
  const later =
    next.startedAt < decided ? 'had begun by then' : `began ${duration(next.startedAt - decided)} later`;
  return `; ${name} ${later}`;
}

/** Returns the attempt that the UE made after this one in the same round at the same place, if there was one. */
function nextOf(attempt: AttemptResult, { attempts }: CellResult): AttemptResult | undefined {
  const round = attempts.filter((one) => one.round === attempt.round && one.at === attempt.at);
  const index = round.findIndex(({ id }) => id === attempt.id);
  return index < 0 ? undefined : round[index + 1];
}

function settingOf(attempt: AttemptResult, { cell, firewalls = [], sequence }: Around): Setting {
  const firewall = firewalls.find(({ id }) => id === (attempt.at ?? cell.firewall));
  const knobs = firewall?.knobsDuring?.[cell.scenario] ?? firewall?.knobs;
  return {
    when: (at, place) => {
      const sentAt = place && sentAtOf(place, sequence);
      return sentAt === undefined
        ? afterWords(attempt.startedAt, at, 'the attempt began')
        : afterWords(sentAt, at, 'it was sent');
    },
    denied: knobs ? { drop: 'dropped', reject: 'rejected' }[knobs.verdict] : 'denied',
  };
}

/** Returns when a packet was sent, as the capture at its sender has it; undefined if the sequence does not show it. */
function sentAtOf({ capture, frame }: CapturedAt, sequence: Sequence | undefined): number | undefined {
  const isIt = (place: CapturedAt | undefined): boolean =>
    place !== undefined && place.capture === capture && place.frame === frame;
  return sequence?.arrows.find(({ place, denied }) => !isIt(place) && isIt(denied?.place))?.at;
}

/**
 * Says how long after a moment another one was. The clocks of the two can differ by less than they tell apart, so that what
 * followed seems to come first.
 */
const afterWords = (from: number, until: number, than: string): string =>
  until < from ? `as soon as ${than}` : `${duration(until - from)} after ${than}`;

/** Begins with a capital, unless the first word is a name such as `fw-6`. */
const capital = (text: string): string =>
  /^[a-z]+[ ,]/.test(text) ? `${text[0]!.toUpperCase()}${text.slice(1)}` : text;
