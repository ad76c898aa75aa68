import type { Variant } from '../plan/lab-file/lab-file';
import type { RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { measure, type MeasureOptions } from '../run/measure';
import { measureVariants, type LabVariant } from '../run/measure-variants';

/**
 * Measures one lab, or one lab after the other.
 *
 * @param isOne false if the only one is a variant, whose name its cells have
 */
export function measureAll(
  variants: readonly (Variant | LabVariant)[],
  options: MeasureOptions,
  isOne = variants.length === 1,
): Promise<RunResult> {
  if (!isOne) return measureVariants({ ...options, variants });
  const { name: _, ...only } = variants[0]!;
  return measure({ ...options, ...only }).result;
}

/**
 * Runs a command that measures, and sets the exit code that it returns. The process exits after everything has been
 * printed, also where remains of the lab would keep it for ever; nothing of a lab on namespaces outlives it.
 *
 * @param command is given what it calls when a lab could not be taken down
 */
export async function exitWith(command: (onLeft: () => void) => Promise<number>): Promise<void> {
  let isHeld = false;
  try {
    process.exitCode = await command(() => (isHeld = true));
  } finally {
    if (isHeld) setImmediate(() => process.exit());
  }
}

/** The error of a run that a signal has ended. */
export const stoppedEarly = (out: string): LabError =>
  new LabError(
    'INTERRUPTED',
    `stopped early: the partial result is in ${out} and marked; run again for the whole`,
  );
