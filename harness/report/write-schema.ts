import { writeFileSync } from 'node:fs';
import { knownFileJsonSchema } from '../plan/known-file';
import { labFileJsonSchema } from '../plan/lab-file/schema';
import { eventsSchema } from '../journal/schema';
import { resultSchema } from './schema';

/** `npm run docs` runs this program in the top folder of the project. */
writeFileSync('docs/result.schema.json', resultSchema());
writeFileSync('docs/nimsfw.schema.json', labFileJsonSchema());
writeFileSync('docs/events.schema.json', eventsSchema());
writeFileSync('docs/known.schema.json', knownFileJsonSchema());
