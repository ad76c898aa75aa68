import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { installation } from '../../nodes/installation';

const text = z.string().min(1);
const authors = z.array(z.strictObject({ name: text })).min(1);

/** What CITATION.cff may hold, of what https://citation-file-format.github.io/1.2.0/schema allows. */
const citation = z.strictObject({
  'cff-version': z.literal('1.2.0'),
  message: text,
  type: z.literal('software'),
  title: text,
  version: text,
  abstract: text,
  license: text,
  authors,
  keywords: z.array(text).min(1),
  references: z
    .array(
      z.strictObject({
        type: z.enum(['standard', 'report', 'unpublished']),
        title: text,
        notes: text.optional(),
        authors,
      }),
    )
    .min(1),
});

const read = (file: string): string => readFileSync(join(installation, file), 'utf8');

test('CITATION.cff is of CFF 1.2.0, and cites what package.json describes', () => {
  const cited = citation.parse(parse(read('CITATION.cff')));
  const { name, version, description, license } = JSON.parse(read('package.json')) as Record<string, string>;
  expect(cited).toMatchObject({ title: name, version, abstract: description, license });
});
