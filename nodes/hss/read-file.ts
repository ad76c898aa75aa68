import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/**
 * Reads a file of the HSS.
 * @throws Error with one line that names the file and the place that is wrong
 */
export function readConfigFile<T>(file: string, schema: z.ZodType<T>): T {
  const content = schema.safeParse(json(file));
  if (content.success) return content.data;
  const [issue] = content.error.issues;
  throw new Error(`${file} is wrong at ${issue!.path.join('.') || 'its top'}: ${issue!.message}`);
}

function json(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}; mend it there`);
  }
}
