import { createColors } from 'picocolors';
import { showEndpoint } from '../../kit/endpoint';
import { oneLine } from '../../kit/one-line';
import { plural } from '../../kit/words';
import { hang } from '../report/paragraph';
import type { JudgedCapture } from './judge-capture';
import type { Try } from './try';

/** Width of the text in columns. */
const width = 80;
/** Most tries that are shown. */
const mostTries = 30;

/**
 * Returns the judgement on a capture for a terminal.
 * @param file its name
 * @param colours whether to use ANSI colours; no information is in the colour alone
 */
export function formatJudgedCapture(judged: JudgedCapture, file: string, colours: boolean): string {
  const paint = createColors(colours);
  const { ue, tries, conclusion, isThrough, known, unknown } = judged;
  const left = tries.length - mostTries;
  const where = judged.interface === '' ? '' : ` (interface ${judged.interface})`;
  const head = hang(
    '',
    oneLine(`${file}${where}: the UE is ${ue}, with ${plural(tries.length, 'try', 'tries')}`),
    width,
  );
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0
      ? []
      : [[paint.bold(title), ...lines.flatMap((line) => hang('  - ', oneLine(line), width))].join('\n')];
  const sections = [
    head.map(paint.bold).join('\n'),
    ...tries.slice(0, mostTries).map((one, index) => formatTry(one, index + 1).join('\n')),
    ...(left > 0 ? [`and ${plural(left, 'try', 'tries')} more, which --json has`] : []),
    hang('', oneLine(conclusion), width)
      .map(isThrough ? paint.green : paint.yellow)
      .join('\n'),
    ...list('Known besides', known),
    ...list('Not known', unknown),
  ];
  return `${sections.join('\n\n')}\n`;
}

function formatTry({ step, rung, way, connect, frame, events }: Try, number: number): string[] {
  const name = `${step === undefined ? '' : `step ${step}, `}${rung}`;
  const target = connect === undefined ? '' : `, CONNECT ${connect}`;
  const place = `${showEndpoint(way.local)} to ${showEndpoint(way.remote)}${target}, from frame ${frame} on`;
  return [
    ...hang(`${String(number).padStart(2)}  `, oneLine(`${name}: ${place}`), width),
    ...events.flatMap((event) => hang('    - ', oneLine(event), width)),
  ];
}
