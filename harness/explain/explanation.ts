import { ruleText } from '../../firewalls/rule-text';
import { captureNames, networkCaptureName } from '../evidence/capture-names';
import { kindOf, type Evidence } from '../evidence/evidence';
import type { AttemptResult, CellResult, Outcome, RunResult, Verdict } from '../judge/result';
import { storedTrace } from '../judge/stored-trace';
import { decidingItem } from '../judge/verdict';
import type { Sequence } from '../sequence/sequence';
import { briefOf } from './brief';
import { explainAttempt } from './explain-attempt';
import { explainCell } from './explain-cell';
import { rungTitle } from './rung-title';
import { attemptCommand, networkCommand, packetCommand, type Place } from './show-command';

/** Why a cell ended as it did, with what shows it. */
export interface CellExplanation {
  readonly cell: string;
  readonly outcome: Outcome;
  /** See {@link briefOf}. */
  readonly brief: string;
  readonly explanation: string;
  /** In the order in which they were made. */
  readonly attempts: readonly AttemptExplanation[];
}

export interface AttemptExplanation {
  readonly attempt: string;
  readonly round: number;
  /** Id of the firewall, if it is the one that the UE moved to. */
  readonly at?: string;
  readonly step: number;
  /** The rung in words. */
  readonly rung: string;
  readonly verdict: Verdict;
  readonly expected: Verdict;
  readonly explanation: string;
  /** The rules that denied its packets, the one that decided first. */
  readonly rules: readonly RuleExplanation[];
  /** The packets that show it, and at the end all packets of the attempt. */
  readonly packets: readonly PacketExplanation[];
}

export interface RuleExplanation {
  readonly firewall: string;
  readonly rule: string;
  readonly statement: string;
  /** The lines of nftables that make it; missing if the run does not have them. */
  readonly nft?: string;
  /** The path of the firewall's rules in the run's folder. */
  readonly file: string;
}

export interface PacketExplanation {
  /** The capture's path in the run's folder. */
  readonly capture: string;
  /** The number of the packet; missing if it is several. */
  readonly frame?: number;
  /** The command that shows it in the working directory; missing if the run does not have the capture. */
  readonly command?: readonly string[];
}

/** A run with its files. */
export interface ExplainedRun {
  readonly result: RunResult;
  /** The run's folder as commands in the working directory name it; undefined if there is nothing but a result. */
  readonly folder: string | undefined;
  /** Returns the text of a file in the run's folder, undefined if there is none. */
  readonly textOf: (path: string) => string | undefined;
  /** Says whether there is such a file in the run's folder. */
  readonly has: (path: string) => boolean;
  /** By the attempt's id. */
  readonly sequences: ReadonlyMap<string, Sequence>;
}

/** Explains a cell of a run and each of its attempts. */
export function explanationOf(cell: CellResult, run: ExplainedRun): CellExplanation {
  const { firewalls } = run.result.run;
  const { sequences } = run;
  return {
    cell: cell.id,
    outcome: cell.outcome,
    brief: briefOf(cell),
    explanation: explainCell(cell, { firewalls, sequences }),
    attempts: cell.attempts.map((attempt) => {
      const evidence = decidingFirst(attempt);
      return {
        attempt: attempt.id,
        round: attempt.round,
        ...(attempt.at === undefined ? {} : { at: attempt.at }),
        step: attempt.step,
        rung: rungTitle(attempt),
        verdict: attempt.verdict,
        expected: attempt.expected,
        explanation: explainAttempt(attempt, { cell, firewalls, sequence: sequences.get(attempt.id) }),
        rules: rulesOf(evidence, cell, run),
        packets: packetsOf(attempt, evidence, cell, run),
      };
    }),
  };
}

/** Returns the evidence of an attempt with the item first on which the verdict rests. */
function decidingFirst({ witness, evidence }: AttemptResult): readonly Evidence[] {
  const deciding = decidingItem(witness, evidence);
  return deciding ? [deciding, ...evidence.filter((item) => item !== deciding)] : evidence;
}

function rulesOf(
  evidence: readonly Evidence[],
  { variant }: CellResult,
  run: ExplainedRun,
): RuleExplanation[] {
  const rules = new Map<string, RuleExplanation>();
  for (const item of evidence) {
    if (item.kind !== 'drop') continue;
    const { firewall, rule, statement } = item;
    const file = inVariant(variant, `nodes/${firewall}/ruleset.nft`);
    const nft = ruleText(run.textOf(file) ?? '', rule);
    rules.set(`${firewall} ${rule}`, {
      firewall,
      rule,
      statement,
      ...(nft === undefined ? {} : { nft }),
      file,
    });
  }
  return [...rules.values()];
}

function packetsOf(
  attempt: AttemptResult,
  evidence: readonly Evidence[],
  cell: CellResult,
  run: ExplainedRun,
): PacketExplanation[] {
  const place = run.folder === undefined ? undefined : { folder: run.folder, variant: cell.variant };
  const shown = (capture: string, commandAt: (place: Place) => string[]): PacketExplanation => {
    const isThere = place && run.has(inVariant(cell.variant, capture));
    return { capture, ...(isThere ? { command: commandAt(place) } : {}) };
  };
  const cites = evidence.flatMap((item) => kindOf(item).cites(item, storedTrace(attempt)));
  const cited = cites.map(({ capture, frame }) => ({
    ...shown(capture, (at) => packetCommand(at, capture, frame, attempt)),
    frame,
  }));
  const isFirst = (one: PacketExplanation, index: number): boolean =>
    cited.findIndex(({ capture, frame }) => capture === one.capture && frame === one.frame) === index;
  return [...cited.filter(isFirst), ...(attempt.sockets.length > 0 ? wholeOf() : [])];

  /** Returns all packets of the attempt, in the capture for people if it is there. */
  function wholeOf(): PacketExplanation[] {
    const id = attempt.at ?? cell.firewall;
    const people = shown(networkCaptureName(id), (at) => networkCommand(at, networkCaptureName(id), attempt));
    const firewall = run.result.run.firewalls.find((one) => one.id === id);
    if (people.command || !firewall) return people.command ? [people] : [];
    const { ue } = captureNames(firewall);
    return [shown(ue, (at) => attemptCommand(at, ue, attempt))];
  }
}

const inVariant = (variant: string | undefined, path: string): string =>
  variant === undefined ? path : `${variant}/${path}`;
