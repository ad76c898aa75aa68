import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SuiteId } from '../../ladder';
import type { Box } from '../../nodes/box';
import { eventIn } from '../journal/in-variant';
import { withKnown } from '../judge/known';
import type { RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { writeResultFiles } from '../report';
import { multiplex } from '../report/multiplexer';
import { joinVariants, type MeasuredVariant } from './join-variants';
import { measure, runFolderName, type MeasureOptions } from './measure';
import { removeEmpty, takeFolder } from './run-folder';

/** The file of the joined result by which the folder is claimed before the first variant is measured. */
const claimed = 'table.md';

/** One variant of the lab: a name, which is also that of its folder, and the boxes that stand in it. */
export interface LabVariant {
  readonly name: string;
  readonly boxes: readonly Box[];
  /** The suites and the cells that are measured in it, if they are not those of the others. */
  readonly suites?: readonly SuiteId[];
  readonly cells?: readonly string[];
}

/** What is measured in each of several variants of the lab. */
export type MeasureVariantsOptions = Omit<MeasureOptions, 'boxes'> & {
  readonly variants: readonly LabVariant[];
};

/**
 * Measures the same plan in one variant of the lab after the other, and joins the results. The files of a variant go to
 * the folder of its name in {@link MeasureOptions.out}, those of the whole to that folder itself. A variant that cannot be
 * measured is told of as a warning and its cells are missing in the result; the others go on.
 * @throws LabError the error of the last variant if none could be measured
 */
export async function measureVariants(options: MeasureVariantsOptions): Promise<RunResult> {
  const { variants, reporters = [], out = runFolderName(), signal, known = [], ...common } = options;
  const made = await takeFolder(out, claimed);
  const warn = (code: string, text: string): void =>
    shown.onEvent({ type: 'warning', at: Date.now(), code, text });
  const shown = multiplex(reporters, (why) =>
    warn('REPORT_FAILED', `a report broke off (${why}); the files in ${out} have it`),
  );
  const measured: MeasuredVariant[] = [];
  let failure: LabError | undefined;
  for (const { name, ...own } of variants) {
    if (signal?.aborted) break;
    try {
      const result = await measure({
        ...common,
        ...own,
        out: join(out, name),
        reporters: [{ onEvent: (event) => shown.onEvent(eventIn(name, event)) }],
        ...(signal ? { signal } : {}),
      }).result;
      measured.push({ name, result });
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      failure = error;
      // All variants have the same plan, and the same parts of it.
      if (error.code === 'SHARD_EMPTY') break;
      warn(error.code, `${name} is not measured: ${error.message}`);
    }
  }
  if (measured.length === 0) {
    rmSync(join(out, claimed), { force: true });
    removeEmpty(out, made);
    throw failure ?? new LabError('INTERRUPTED', 'stopped before anything was measured; run again');
  }
  const names = variants.map(({ name }) => name);
  // What is known is about the cells of the whole, whose ids begin with the variant.
  const result = withKnown(joinVariants(measured, names), known);
  // The files are written first, because a reporter that fails must not cost the measurement.
  await writeResultFiles(result, { out, folder: out });
  await shown.onEnd(result);
  return result;
}
