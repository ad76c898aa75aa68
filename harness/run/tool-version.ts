import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { installation } from '../../nodes/installation';
import { measurementCatalogueVersion } from '../../nodes/ue/measurements/catalogue';
import type { OriginResult } from '../judge/result';

/** Returns the version in package.json. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(resolve(installation, 'package.json'), 'utf8')) as { version: string })
    .version;
}

/** Returns the version, that of what it measures, and the commit if this program runs from its own git checkout. */
export async function toolVersion(): Promise<OriginResult['tool']> {
  return { version: packageVersion(), measurements: measurementCatalogueVersion, ...(await commit()) };
}

async function commit(): Promise<{ commit: string; changed: boolean } | undefined> {
  try {
    // When this program is installed inside another project's checkout, the commit there says nothing about it.
    if (realpathSync(await git('rev-parse', '--show-toplevel')) !== realpathSync(installation))
      return undefined;
    const name = await git('describe', '--always', '--abbrev=40', '--exclude=*', '--dirty');
    return { commit: name.replace(/-dirty$/, ''), changed: name.endsWith('-dirty') };
  } catch {
    // Without git or a checkout, the version alone has to do.
    return undefined;
  }
}

async function git(...argv: string[]): Promise<string> {
  const { PATH, HOME } = process.env;
  const { stdout } = await promisify(execFile)('git', argv, { cwd: installation, env: { PATH, HOME } });
  return stdout.trim();
}
