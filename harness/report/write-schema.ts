import { writeFileSync } from 'node:fs';
import { eventsSchema } from '../journal/schema';
import { resultSchema } from './schema';

/** Run by `npm run docs` at the top of the project. */
writeFileSync('docs/result.schema.json', resultSchema());
writeFileSync('docs/events.schema.json', eventsSchema());
