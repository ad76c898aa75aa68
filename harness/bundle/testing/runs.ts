import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtInCatalogue } from '../../../firewalls/catalogue';
import { eventsOf } from '../../journal/testing/events';
import { decideClaims } from '../../judge/claims';
import type { RunResult } from '../../judge/result';
import { attempt, cell, run } from '../../report/result-fixture';

const ofCell = (id: string): { readonly id: string } => ({ id: `${id}/1-udp:5060` });
const cells = [
  cell('0/register/aes', [attempt('1 udp:5060', 'passed', ofCell('0/register/aes'))], 1),
  cell('3/register/aes', [attempt('1 udp:5060', 'blocked', ofCell('3/register/aes'))], null),
];
const ofStep1 = run(cells, decideClaims(cells), { firewalls: [...builtInCatalogue] });

/** A result of two cells, of a plan with step 1 only. */
export const result: RunResult = {
  ...ofStep1,
  run: { ...ofStep1.run, plan: { ...ofStep1.run.plan, steps: [1] } },
};

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
