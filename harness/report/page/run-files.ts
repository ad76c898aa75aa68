import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunPlaces } from '../reporter';

/** What a page takes from the files of a run beside its result. */
export interface RunFiles {
  /** Says whether a file is there. @param path relative to the page */
  isThere(path: string): boolean;
  /** Returns the text with which a firewall was configured; undefined if it was not kept. @param node such as `fw-6` */
  rulesetOf(node: string): string | undefined;
}

/** Returns the files that a page can lead to, and those in the folder of its run. */
export const filesOf = ({ out, folder }: RunPlaces): RunFiles => ({
  isThere: (path) => existsSync(join(out, path)),
  rulesetOf: (node) => {
    // The names of nodes in a result may come from outside, and must not lead out of the folder.
    if (folder === undefined || !/^[\w-]+$/.test(node)) return undefined;
    return rulesetNames
      .map((name) => textOf(join(folder, 'nodes', node, name)))
      .find((text) => text !== undefined);
  },
});

/** The files with which the firewalls of the lab are configured. */
const rulesetNames = ['ruleset.nft', 'rules.iptables'];

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** A result without its folder. */
export const noFiles: RunFiles = { isThere: () => false, rulesetOf: () => undefined };
