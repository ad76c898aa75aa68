import { Option } from 'commander';
import { reporterNames } from '../report';

/** `--reporter`, as {@link readNames} reads it. */
export const reporterOption = (): Option =>
  new Option('--reporter <names>', `${reporterNames.join(', ')}, or a file of yours: ./mine.js`).default(
    'line',
  );

/** What `--reporter` names. */
export const readNames = (text: string): string[] => text.split(',').map((name) => name.trim());
