import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventsOf } from '../../journal/testing/events';
import { decideClaims } from '../../judge/claims';
import type { RunResult } from '../../judge/result';
import { attempt, cell, run } from '../../report/result-fixture';

const cells = [
  cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
  cell('3/register/aes', [attempt('1 udp:5060', 'blocked')], null),
];

/** A result of two cells. */
export const result: RunResult = run(cells, decideClaims(cells));

/** The journal of a run with this result. */
export const journalOf = (of: RunResult): string =>
  eventsOf(of)
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');

/** The files of a run with this result as it leaves them, and such as can be made again. */
export const filesOf = (of: RunResult): Record<string, string> => ({
  'events.jsonl': journalOf(of),
  'result.json': JSON.stringify(of),
  'keys.log': 'CLIENT_RANDOM 00 11\n',
  'captures/0-ue-side.pcap': 'packets',
  'captures/core.pcap': '',
  'nodes/fw-3/ruleset.nft': 'table inet fw {}',
  'nodes/fw-3.log': 'fw-3 says',
  'table.md': '| a |',
  'captures/0.pcapng': 'made again',
});

/** Writes files to a folder, which is created. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
