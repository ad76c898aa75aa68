import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { TestFolder } from '../../nodes/ue/testing/folder';
import type { Evidence } from '../evidence/evidence';
import { attempt, cell, run } from '../report/result-fixture';
import { explainRun } from './explain-run';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('\u001B[2J', '\u009B31m', '\r\n', '\u202Eevil', '\u2028', '../../secret', "'; rm -rf /; '"),
);

it('shows what a result of somebody else says as text, and looks up nothing outside its folder', async () => {
  writeFileSync(folder.file('secret'), 'chain deny-x { }');
  await fc.assert(
    fc.asyncProperty(text, text, text, text, async (rule, firewall, statement, capture) => {
      const drop: Evidence = {
        ...{ kind: 'drop', firewall, rule, statement, decisive: true, chain: 'forward', at: 1 },
        packet: { protocol: 'udp', src: '10.0.0.1', dst: '10.0.0.2', summary: statement },
        ...{ matchedBy: 'five-tuple', count: 1, lastAt: 1, capture, frame: 1 },
      };
      const one = attempt('1 udp:5060', 'blocked', { reason: statement, at: firewall, evidence: [drop] });
      const result = run([{ ...cell('3/register/aes', [one], null), id: `3/${rule}` }]);
      const named = { result, path: 'a-run', folder: `${folder.path}/run`, isBundle: false };
      const options = { cells: ['3'], json: false, colours: false };
      const shown = await explainRun(named, options);
      expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]|[\u202a-\u202e\u2066-\u2069]/u);
      expect(shown).toContain('which is not in this');
      expect(shown).not.toContain('tshark');
    }),
    { numRuns: 60 },
  );
});
