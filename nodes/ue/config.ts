import { readFileSync } from 'node:fs';
import { messageOf } from './failure';
import { ueConfig } from './protocol';
import type { UeConfig } from './protocol';

/** Part of the configuration that is looked at to know whether somebody else has validated it already. */
interface Stamp {
  readonly validated?: unknown;
}

/** Content of `ue.json`: a configuration, marked as valid by who wrote it. */
export function writeConfig(config: UeConfig): string {
  return `${JSON.stringify({ validated: true, ...config }, undefined, 2)}\n`;
}

/**
 * Reads a UE's configuration. One that the lab wrote has been through the schema already and is not taken through
 * it again, because loading zod would cost every UE of a run half of its start.
 * @throws Error one line naming the file and the first mistake
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
