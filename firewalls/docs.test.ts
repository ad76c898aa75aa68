import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { builtInCatalogue } from './catalogue';
import { firewallsPage } from './docs';
import { knobMeanings } from './knobs';

const page = firewallsPage(builtInCatalogue);

test('docs/firewalls.md is what the catalogue says (UPDATE_DOCS=1 npx jest dist/firewalls/docs writes it)', () => {
  const path = resolve(__dirname, '../../docs/firewalls.md');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, page);
  expect(readFileSync(path, 'utf8')).toBe(page);
});

test('the page says of every firewall how sure we are, and that the table is a reconstruction', () => {
  for (const { id, title, confidence } of builtInCatalogue) {
    expect(page.split('\n').find((line) => line.startsWith(`| ${id} | ${title} |`))).toContain(confidence);
  }
  expect(page).toContain('**reconstruction**');
});

test('every knob has a meaning', () => {
  for (const meaning of Object.values(knobMeanings)) expect(meaning).not.toBe('');
});
