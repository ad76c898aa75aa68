import { Option } from 'commander';
import { reporterNames } from '../report';

/** Makes the option `--reporter`, which {@link readNames} reads. */
export const reporterOption = (): Option =>
  new Option('--reporter <names>', `${reporterNames.join(', ')}, or a file of yours: ./mine.js`).default(
    'line',
  );

/** Returns the names in the value of `--reporter`. */
export const readNames = (text: string): string[] => text.split(',').map((name) => name.trim());
