import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { builtInCatalogue } from '../../../../firewalls/catalogue';
import { projectFolder } from '../image-content';
import { composeFile } from './compose-file';

const path = resolve(projectFolder, 'docker-compose.yml');
const text = composeFile(builtInCatalogue);

test('docker-compose.yml is what the sources say (UPDATE_DOCS=1 npx jest dist/harness/lab/docker/compose/compose-file writes it)', () => {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
});
