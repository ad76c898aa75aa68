import { readFileSync } from 'node:fs';
import { messageOf } from './failure';
import { ueConfig } from './protocol';
import type { UeConfig } from './protocol';

/** The mark in a configuration which says that its writer has validated it already. */
interface Stamp {
  readonly validated?: unknown;
}

/** Returns the content of `ue.json`: a configuration with the mark that its writer has validated it. */
export function writeConfig(config: UeConfig): string {
  return `${JSON.stringify({ validated: true, ...config }, undefined, 2)}\n`;
}

/**
 * Reads a UE's configuration. The lab has validated the configurations that it writes, so they are not checked
 * again: to load zod would take half of the start of every UE of a run.
 * @throws Error one line with the file and its first mistake
 */
export function readConfig(file: string): UeConfig {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read ${file}: ${messageOf(error)}`);
  }
  if (typeof content === 'object' && content !== null && (content as Stamp).validated === true) {
    return content as UeConfig;
  }
  const parsed = ueConfig.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}
