import { createColors } from 'picocolors';
import { oneLine } from '../../kit/one-line';
import { plural } from '../../kit/words';
import type { Outcome } from '../judge/result';
import { hang } from '../report/paragraph';
import type { AttemptExplanation, CellExplanation, PacketExplanation, RuleExplanation } from './explanation';
import { shellLines } from './shell-words';

/** Width of the text in columns. Only a word that is longer than a line, such as a path, goes beyond. */
const width = 80;
/** Most lines that are shown of a rule, and most packets of an attempt. */
const mostLines = 10;
const mostPackets = 4;

const labels = { rule: '    rule    ', packet: '    packet  ', none: ' '.repeat(12) } as const;
const room = width - labels.none.length;

type Paint = ReturnType<typeof createColors>;

/**
 * Returns the explanation of a cell for a terminal: its sentence, then each attempt in order with its sentence, the rules
 * that denied its packets, and commands that show them.
 * @param colours whether to use ANSI colours; no information is in the colour alone
 */
export function formatExplanation(cell: CellExplanation, colours: boolean): string {
  const paint = createColors(colours);
  const rounds = Math.max(0, ...cell.attempts.map(({ round }) => round));
  const told = new Set<string>();
  const sections = [
    [
      `${paint.bold(oneLine(cell.cell))}: ${paintOf(cell.outcome, paint)(cell.outcome)}`,
      ...hang('  ', cell.explanation, width),
    ],
    ...cell.attempts.map((attempt) => formatAttempt(attempt, { rounds, told, paint })),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const paintOf = (outcome: Outcome, { green, red, yellow, dim }: Paint): ((text: string) => string) =>
  ({ expected: green, unexpected: red, flaky: yellow, inconclusive: yellow, unsupported: dim, skipped: dim })[
    outcome
  ];

interface Telling {
  /** Number of rounds of the cell. */
  readonly rounds: number;
  /** The rules whose text the cell has had already. */
  readonly told: Set<string>;
  readonly paint: Paint;
}

function formatAttempt(attempt: AttemptExplanation, { rounds, told, paint }: Telling): string[] {
  const { step, rung, round, at, verdict, expected, explanation } = attempt;
  const isUnexpected = verdict !== expected && verdict !== 'unsupported';
  const place = `${rounds > 1 ? `round ${round}, ` : ''}${at === undefined ? '' : `at ${oneLine(at)}, `}`;
  const end = isUnexpected
    ? paint.red(`${verdict} !`)
    : verdict === 'passed'
      ? paint.green(verdict)
      : verdict;
  const isThrough = verdict === 'passed';
  // What was denied to an attempt that got through did not matter, and its sentence has it.
  const rules = isThrough ? [] : attempt.rules;
  const packets = attempt.packets.filter(({ frame }) => !isThrough || frame === undefined);
  const left = packets.length - mostPackets;
  return [
    `  ${paint.bold(`${place}step ${step}, ${rung}`)}: ${end}`,
    ...hang('    ', explanation, width),
    ...rules.flatMap((rule) => formatRule(rule, told, paint)),
    ...packets.slice(0, mostPackets).flatMap((packet) => formatPacket(packet, paint)),
    ...(left > 0 ? [`${labels.none}and ${plural(left, 'other')}, which --json has`] : []),
  ];
}

function formatRule(one: RuleExplanation, told: Set<string>, paint: Paint): string[] {
  const { firewall, rule, statement, nft, file } = one;
  const head = hang(labels.rule, oneLine(`${rule} of ${firewall}: ${statement}`), width);
  if (told.has(`${file} ${rule}`)) return head;
  told.add(`${file} ${rule}`);
  const lines = nft?.split('\n') ?? ['its nftables text is not in this run'];
  const left = lines.length - mostLines;
  const shown = lines.slice(0, mostLines).flatMap((line) => {
    const [indent = ''] = /^ */.exec(line) ?? [];
    return hang(`${labels.none}${indent}`, oneLine(line), width);
  });
  return [
    ...head,
    ...shown.map(paint.dim),
    ...(left > 0 ? hang(labels.none, `and ${plural(left, 'line')} more in ${oneLine(file)}`, width) : []),
  ];
}

function formatPacket({ capture, frame, command }: PacketExplanation, paint: Paint): string[] {
  const what = frame === undefined ? `all of its packets, ${capture}` : `frame ${frame} of ${capture}`;
  const lines = command ? shellLines(command, room) : [];
  return [
    ...hang(labels.packet, `${oneLine(what)}${command ? '' : ', which is not in this run'}`, width),
    ...lines.map((line) => paint.cyan(`${labels.none}${line}`)),
  ];
}
