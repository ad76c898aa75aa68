import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '../../nodes/installation';
import { runResult } from '../judge/result';
import { writeWhole } from './files';
import { toInterop } from './interop';

/** Writes `docs/interop.md` from the `result.json` of a run: `node dist/harness/report/write-interop.js FOLDER`. */
const [folder = 'runs/interop'] = process.argv.slice(2);
const result = runResult.parse(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')));
writeWhole(join(installation, 'docs/interop.md'), toInterop(result));
