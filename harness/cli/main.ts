import { Command, CommanderError } from 'commander';
import { failureLine } from '../lab/lab-error';
import { exitCodes } from './exit-code';
import { addBundleCommand } from './bundle-command';
import { addCompareCommand } from './compare-command';
import { addConformanceCommand } from './conformance-command';
import { addDoctorCommand } from './doctor-command';
import { addExplainCommand } from './explain-command';
import { addFirewallCommands } from './firewall-commands';
import { addJudgeCommand } from './judge-command';
import { addLabCommands } from './lab-commands';
import { addMatrixCommand } from './matrix-command';
import { addMergeCommand } from './merge-command';
import { addReportCommand } from './report-command';
import { addRerunCommand } from './rerun-command';
import { addRunCommand } from './run-command';
import { addSetupCommand } from './setup-command';
import { addTopologyCommands } from './topology-commands';
import { addValidateCommand } from './validate-command';
import { surviveUnwritableOutput } from './unwritable-output';
import { packageVersion } from '../run/tool-version';

const program = new Command('nimsfw')
  .description('Measures which way through a restrictive firewall works for IMS, and shows the proof.')
  .version(packageVersion(), '-V, --version')
  .enablePositionalOptions()
  .configureOutput({
    outputError: (text, write) => write(usageLine(text)),
  })
  .exitOverride();

surviveUnwritableOutput(program);

addRunCommand(program);
addMatrixCommand(program);
addMergeCommand(program);
addReportCommand(program);
addRerunCommand(program);
addBundleCommand(program);
addExplainCommand(program);
addCompareCommand(program);
addJudgeCommand(program);
addConformanceCommand(program);
addLabCommands(program);
addFirewallCommands(program);
addTopologyCommands(program);
addValidateCommand(program);
addSetupCommand(program);
addDoctorCommand(program);
refuseTwice(program);
// The help shows a default as one writes it on the command line, and not as JSON.
for (const { options } of program.commands)
  for (const option of options)
    if (typeof option.defaultValue === 'string') option.defaultValueDescription ??= option.defaultValue;

program.parseAsync().catch((error: unknown) => {
  // commander has already printed why it refuses a command line. Asking for help or the version is no mistake.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.expected : exitCodes.unfit;
    return;
  }
  console.error(failureLine(error));
  process.exitCode = exitCodes.unfit;
});

/** Has an option that takes one value refused when it is given twice, since the first value would be lost without a word. */
function refuseTwice(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || option.variadic) continue;
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven)
        command.error(`error: --${option.name()} is given twice; give it once, several values with a comma`);
      isGiven = true;
    });
  }
  command.commands.forEach(refuseTwice);
}

/** Turns a message of commander into one line with a code and the remedy. */
function usageLine(text: string): string {
  const what = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\.$/, '')
    .replace(/\s*\n\s*/g, ' ');
  return `nimsfw: ${what}; nimsfw --help shows the usage [USAGE]\n`;
}
