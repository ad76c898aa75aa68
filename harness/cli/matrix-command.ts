import { InvalidArgumentError, type Command } from 'commander';
import { defaultMoves, type Move } from '../plan/plan';
import { mostShards, shardsOf } from '../plan/shards';
import { chooseFirewalls } from '../plan/choose-firewalls';
import { loadCatalogue } from './catalogue-option';
import { knownMoves, readMoves } from './move-option';

interface MatrixFlags {
  readonly shards: number;
  readonly firewall?: string;
  readonly move: readonly Move[];
  readonly catalogue?: string;
}

/** Adds `nimsfw matrix`, which divides the firewalls among jobs that run side by side. */
export function addMatrixCommand(program: Command): void {
  program
    .command('matrix')
    .description('print a GitHub Actions job matrix over the firewalls, as JSON in one line')
    .requiredOption('--shards <count>', `how many jobs, at most ${mostShards}`, readShards)
    .option('--firewall <ids>', 'for example 0-9,closed; all of the catalogue by default')
    .option(
      '--move <moves>',
      'access-change: from which firewall to which; both stay in one job',
      readMoves,
      defaultMoves,
    )
    .option('--catalogue <file>', 'your own firewalls, as YAML (docs/firewalls.md)')
    .action((flags: MatrixFlags) => {
      const { shards } = flags;
      const catalogue = loadCatalogue(flags.catalogue);
      const ids = chooseFirewalls(catalogue, flags.firewall).map(({ id }) => id);
      const matrix = shardsOf(ids, shards, knownMoves(flags.move, catalogue));
      const { length } = matrix.include;
      if (length < shards)
        console.error(
          `nimsfw: ${length} shards instead of ${shards}: the firewalls can be dealt out to no more`,
        );
      // $GITHUB_OUTPUT wants one line.
      console.log(JSON.stringify(matrix));
    });
}

function readShards(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > mostShards)
    throw new InvalidArgumentError(`it must be a whole number from 1 to ${mostShards}.`);
  return count;
}
