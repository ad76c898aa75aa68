import { appendFileSync } from 'node:fs';
import type { RunResult } from '../judge/result';
import { asText } from './as-text';
import { toMarkdown } from './markdown';
import type { Output } from './output';
import type { Reporter, ReporterKind } from './reporter';
import {
  attemptWords,
  knownProblemWords,
  missingWords,
  outageWords,
  problemWords,
  roundsOf,
  summaryWords,
  tellingAttempts,
} from './words';

/** Annotates a workflow run of GitHub. */
export const github: ReporterKind = {
  name: 'github',
  open: (context) => githubReporter(context, context.env['GITHUB_STEP_SUMMARY']),
};

/**
 * Returns the result as GitHub workflow commands: one annotation for each cell or claim that is not as
 * expected, then one with the summary.
 */
export function toAnnotations(raw: RunResult): string {
  const result = asText(raw);
  const cells = result.cells.flatMap((cell) => {
    const problem = problemWords(cell);
    if (!problem) return [];
    const attempts = tellingAttempts(cell).map((attempt) => attemptWords(attempt, roundsOf(cell)));
    const [level, title] = cell.known
      ? (['notice', 'known deviation'] as const)
      : (['error', cell.outcome] as const);
    return [annotation(level, `${cell.id} ${title}`, [problem, ...attempts].join('\n'))];
  });
  const claims = result.claims
    .filter((claim) => claim.verdict === 'contradicted')
    .map(({ id, statement, source, cells, known }) =>
      annotation(
        known ? 'notice' : 'error',
        `claim ${id} contradicted`,
        `${statement} (${source}); rests on ${cells.join(', ')}`,
      ),
    );
  const missing = missingWords(result).map((line) => annotation('error', 'not measured', line));
  const known = knownProblemWords(result).map((line) => annotation('warning', 'known deviations', line));
  const outages = outageWords(result).map((line) => annotation('error', 'out of order', line));
  return (
    [
      ...outages,
      ...cells,
      ...missing,
      ...claims,
      ...known,
      annotation('notice', 'nimsfw-lab', summaryWords(result)),
    ].join('\n') + '\n'
  );
}

/**
 * Annotates the workflow run, and adds the Markdown report to its summary page.
 *
 * @param summaryFile the value of `GITHUB_STEP_SUMMARY`; undefined outside of a workflow
 */
export function githubReporter(output: Output, summaryFile: string | undefined): Reporter {
  return {
    async onEnd(result) {
      await output.write(toAnnotations(result));
      if (summaryFile) appendFileSync(summaryFile, `${toMarkdown(result)}\n`);
    },
  };
}

/**
 * Escapes `%` and line ends, and in properties `:` and `,` too:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
function annotation(level: 'error' | 'warning' | 'notice', title: string, message: string): string {
  const data = (text: string): string =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::${level} title=${property(title)}::${data(message)}`;
}
