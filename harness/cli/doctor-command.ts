import type { Command } from 'commander';
import { diagnose, findingsToJson, formatFindings } from './doctor';
import { exitCodes } from './exit-code';

/** Adds `nimsfw doctor`, which tells what this machine can and cannot do, and the commands that mend it. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('say what this machine can and cannot do, and the command that mends it')
    .option('--json', 'as JSON')
    .action(async (flags: { json?: boolean }) => {
      const findings = await diagnose();
      console.log(flags.json ? findingsToJson(findings) : formatFindings(findings));
      const isFit = findings.every(({ ok, level }) => ok || level !== 'required');
      process.exitCode = isFit ? exitCodes.expected : exitCodes.unfit;
    });
}
