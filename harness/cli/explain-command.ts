import type { Command } from 'commander';
import { explainRun } from '../explain/explain-run';
import { terminalOf } from '../report';
import { newestRun } from './newest-run';
import { runArgument, withRun } from './run-argument';

interface ExplainFlags {
  readonly run?: string;
  readonly json?: boolean;
}

/** Adds `nimsfw explain`, which says why cells ended as they did, with the packets that show it. */
export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('say why cells ended as they did, with the packets and rules that show it')
    .argument(
      '[cells...]',
      'ids such as 6/register/aes, their beginnings such as 6, or with * for anything; by default what was not as expected',
    )
    .option('--run <run>', `${runArgument}; the newest one in runs/ by default`)
    .option('--json', 'as JSON')
    .action(async (cells: string[], flags: ExplainFlags) => {
      const path = flags.run ?? newestRun();
      const options = { cells, json: flags.json === true, colours: terminalOf(process.stdout).colours };
      const text = await withRun(path, ({ result, folder, bundle }) =>
        explainRun({ result, folder, path, isBundle: bundle !== undefined }, options),
      );
      process.stdout.write(text);
    });
}
