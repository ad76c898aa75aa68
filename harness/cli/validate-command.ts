import type { Command } from 'commander';
import { loadLabFile } from './lab-file-option';

/** Adds `nimsfw validate`, which says whether a lab file can be measured, and starts nothing. */
export function addValidateCommand(program: Command): void {
  program
    .command('validate')
    .description('check a lab file (docs/boxes.md), and name the lines with mistakes')
    .argument('<file>')
    .action((file: string) => {
      const { variants } = loadLabFile(file);
      const names = variants.map(({ name }) => name).join(', ');
      console.log(
        variants.length === 1
          ? `${file}: is a lab file`
          : `${file}: is a lab file of ${variants.length} variants: ${names}`,
      );
    });
}
