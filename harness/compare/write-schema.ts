import { writeFileSync } from 'node:fs';
import { comparisonSchema } from './schema';

/** `npm run docs` runs this program in the top folder of the project. */
writeFileSync('docs/comparison.schema.json', comparisonSchema());
