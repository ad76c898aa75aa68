import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { udpPhone } from '../../examples/phone/udp-phone';
import type { RunEvent } from '../journal/events';
import { temporaryFolder } from '../testing/cli';
import { measureVariants } from './measure-variants';
import { readStoredResult } from './stored-result';

const out = temporaryFolder();
const common = { scenarios: ['register'], firewalls: ['0', '6'], suites: ['aes'] } as const;

test('the same plan in two variants of the lab is one result, and a variant that fails costs only its own cells', async () => {
  const events: RunEvent[] = [];
  const folder = join(out, 'run');
  const broken = { ...udpPhone, command: () => ['false'] };
  const result = await measureVariants({
    ...common,
    out: folder,
    variants: [
      { name: 'reference', boxes: [] },
      { name: 'udp', boxes: [udpPhone] },
      { name: 'broken', boxes: [broken] },
    ],
    reporters: [{ onEvent: (event) => void events.push(event) }],
  });
  expect(result.cells.map(({ id, traversedAt, outcome }) => [id, traversedAt, outcome])).toEqual([
    // TS 33.203 W.3: step 3 is what is left where only web ports are open.
    ['reference/0/register/aes', 1, 'expected'],
    ['reference/6/register/aes', 3, 'expected'],
    ['udp/0/register/aes', 1, 'expected'],
    // It has no TLS, so the lab expects nothing of it there.
    ['udp/6/register/aes', null, 'expected'],
    ['broken/0/register/aes', null, 'inconclusive'],
    ['broken/6/register/aes', null, 'inconclusive'],
  ]);
  expect(readStoredResult(folder)).toEqual(result);
  expect(readdirSync(folder).sort()).toEqual([
    ...['broken', 'junit.xml', 'reference', 'report.html', 'result.json', 'table.md', 'udp'],
  ]);
  expect(readdirSync(join(folder, 'udp'))).toEqual(expect.arrayContaining(['events.jsonl', 'captures']));
  const ended = events.flatMap((event) => (event.type === 'cell-ended' ? [event.cell.id] : []));
  expect(ended.sort()).toEqual(result.cells.map(({ id }) => id).sort());
});
