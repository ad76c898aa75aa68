import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { writeBundle, type WrittenBundle } from '../bundle/write-bundle';
import { readFile } from './out-option';
import { withRun } from './run-argument';

interface BundleFlags {
  readonly out?: string;
  readonly force?: boolean;
  readonly withoutCaptures?: boolean;
}

/** Adds `nimsfw bundle`, which puts what a run has measured into one file. */
export function addBundleCommand(program: Command): void {
  program
    .command('bundle')
    .description('put what a run has measured into one file, from which it can be judged again')
    .argument('<folder>', 'what nimsfw run --out wrote')
    .option('-o, --out <file>', 'the file; <folder>.nimsfw by default', readFile)
    .option('--without-captures', 'leave the captures out, which are nearly all of it')
    .option('--force', 'overwrite the file')
    .action(async (folder: string, flags: BundleFlags) => {
      const out = flags.out ?? relative('.', `${resolve(folder)}.nimsfw`);
      const written = await withRun(folder, (run) => writeBundle(run, { ...flags, out }));
      process.stdout.write(describe(out, written));
    });
}

function describe(out: string, { manifest, size, others }: WrittenBundle): string {
  const bytes = manifest.files.reduce((sum, file) => sum + file.size, 0);
  const without = manifest.without.map((part) => `, without the ${part}`).join('');
  const head = `${out}: run ${manifest.run.id}, ${counted(manifest.files.length)} of ${mebibytes(bytes)} in ${mebibytes(size)}${without}\n`;
  if (others.length === 0) return head;
  const some = others.slice(0, 6).join(', ') + (others.length > 6 ? ', ...' : '');
  return `${head}Left out, as it can be made again of the rest, or is not of the run: ${some}\n`;
}

const counted = (files: number): string => `${files} file${files === 1 ? '' : 's'}`;

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
