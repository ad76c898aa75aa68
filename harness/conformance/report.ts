import { espSaName } from '../evidence/capture-names';
import { tsharkWithAllEspKeys } from '../evidence/esp-keys';
import { isFailure, outcomeOf, type Break, type Finding } from './check';
import type { Topic } from './rule';

/** What is told of a run's conformance. */
export interface ConformanceReport {
  /** The run's folder as the user named it. */
  readonly folder: string;
  /** Says whether the run has keys of ESP, which what shows a packet then needs. */
  readonly hasEsp: boolean;
  readonly topics: readonly { readonly topic: Topic; readonly findings: readonly Finding[] }[];
}

type Place = Pick<ConformanceReport, 'folder' | 'hasEsp'>;

/** How many breaks of one rule the text shows. */
const shown = 3;

/** Writes the report for people: every rule, and below it where it is broken first. */
export function formatReport(report: ConformanceReport): string {
  const { topics } = report;
  const all = topics.flatMap(({ findings }) => findings);
  const width = Math.max(...all.map(({ rule }) => rule.id.length));
  const lines = topics.flatMap(({ topic, findings }) => [
    topic.title,
    ...findings.flatMap((finding) => [line(finding, width), ...breakLines(finding, report)]),
    '',
  ]);
  return `${[...lines, summary(all)].join('\n')}\n`;
}

function line(finding: Finding, width: number): string {
  const { rule, held, breaks } = finding;
  const outcome = { held: 'held    ', broken: 'BROKEN  ', 'not seen': 'not seen' }[outcomeOf(finding)];
  const counts = `${held} held, ${breaks.length} broken`.padEnd(24);
  return `  ${outcome}  ${rule.id.padEnd(width)}  ${counts}  ${rule.level.padEnd(6)}  ${rule.clause}: ${rule.says}`;
}

function breakLines({ breaks }: Finding, place: Place): string[] {
  const more = breaks.length - shown;
  return [
    ...breaks
      .slice(0, shown)
      .flatMap((one) => [
        `            ${one.capture}:${one.frame}  ${one.why}`,
        `              ${showCommand(one, place)}`,
      ]),
    ...(more > 0 ? [`            and ${more} more`] : []),
  ];
}

/** Returns the command that shows the packet in which a rule was broken. */
export function showCommand({ capture, frame }: Break, { folder, hasEsp }: Place): string {
  const esp = hasEsp ? ' -o esp.enable_encryption_decode:TRUE' : '';
  const decode = `-d tls.port==443,sip -d tls.port==5061,sip${esp}`;
  const tshark = hasEsp ? tsharkWithAllEspKeys(`${folder}/${espSaName}`) : 'tshark';
  return `${tshark} -r ${folder}/${capture} -o tls.keylog_file:${folder}/keys.log ${decode} -Y frame.number==${frame} -V`;
}

function summary(all: readonly Finding[]): string {
  const count = (outcome: ReturnType<typeof outcomeOf>): number =>
    all.filter((finding) => outcomeOf(finding) === outcome).length;
  const told = all.filter((finding) => outcomeOf(finding) === 'broken' && !isFailure(finding)).length;
  const only = told > 0 ? ` (${told} of them only a SHOULD)` : '';
  return `${all.length} rules: ${count('held')} held, ${count('broken')} broken${only}, ${count('not seen')} not seen`;
}

/** Writes the report for programs. */
export function reportToJson(report: ConformanceReport): string {
  const { folder, topics } = report;
  const rules = topics.flatMap(({ topic, findings }) =>
    findings.map((finding) => {
      const { id, clause, level, says } = finding.rule;
      const breaks = finding.breaks.map((one) => ({ ...one, command: showCommand(one, report) }));
      return {
        id,
        topic: topic.title,
        clause,
        level,
        says,
        outcome: outcomeOf(finding),
        held: finding.held,
        breaks,
      };
    }),
  );
  return `${JSON.stringify({ folder, rules }, null, 2)}\n`;
}
