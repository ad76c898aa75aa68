import type { z } from 'zod';

/** One kind of node: what it is configured with, which files that makes, what runs. The same for every backend. */
export interface NodeKind<C> {
  readonly kind: string;
  readonly config: z.ZodType<C>;
  /** The node's files, by name relative to its folder. */
  files(config: C, folder: string): Record<string, string>;
  /** The command that runs it in the foreground, as argv; run in its folder. */
  command(config: C, folder: string): string[];
  /** How it is known to be ready. */
  ready(config: C): Readiness;
}

/** A condition to wait for, as data; the lab's own clients do the asking. */
export type Readiness =
  | { readonly kind: 'sip-options' | 'turn-allocate' | 'tcp'; readonly ip: string; readonly port: number }
  | { readonly kind: 'line'; readonly text: string };
