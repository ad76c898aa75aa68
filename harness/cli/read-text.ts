import { readFileSync } from 'node:fs';
import { LabError, type ErrorCode } from '../lab/lab-error';

/** A kind of file that a user writes. */
export interface TextFile {
  /** Its name in messages, such as `catalogue`. */
  readonly what: string;
  readonly unreadable: ErrorCode;
  readonly malformed: ErrorCode;
}

/**
 * Reads a file as UTF-8. YAML may be UTF-16 too, which nobody uses, and text in the wrong encoding would say something
 * else.
 *
 * @throws LabError with the codes of its kind
 */
export function readText(file: string, { what, unreadable, malformed }: TextFile): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new LabError(unreadable, `cannot read the ${what} ${file} (${why}); check its path`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new LabError(malformed, `${file}: is not UTF-8; save it as that`);
  }
}
