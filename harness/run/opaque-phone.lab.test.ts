import { join } from 'node:path';
import { definePhone } from '../../nodes/phone';
import { ueNode } from '../../nodes/ue/ue-node';
import { temporaryFolder } from '../testing/cli';
import { measure } from './measure';

/** The reference UE, which tells nothing of what it does. */
const opaque = definePhone({
  command: (config, folder) => [
    process.execPath,
    join(__dirname, 'testing/opaque-phone.js'),
    ...ueNode.command(config, folder),
  ],
});

const folder = temporaryFolder();

it('a phone that tells nothing is judged as one that tells all, in every cell of the default table', async () => {
  const { cells, claims } = await measure({ boxes: [opaque], out: join(folder, 'run') }).result;
  const attempts = cells.flatMap((cell) => cell.attempts);
  // What the reference UE gets, which another test compares with these expectations.
  const others = attempts.filter(({ verdict, expected }) => verdict !== expected);
  expect(others.map(({ id, verdict, reason }) => ({ id, verdict, reason }))).toEqual([]);
  expect(new Set(attempts.map(({ verdict }) => verdict))).toEqual(new Set(['passed', 'blocked']));
  // All that is known of it was observed.
  for (const { witness } of attempts) expect(witness.observed?.toServer).not.toEqual([]);
  const codes = attempts.map(({ witness: { code } }) => code);
  expect(new Set(codes)).toEqual(new Set([undefined, 'UNTOLD', 'ABANDONED']));
  expect(claims.filter(({ verdict }) => verdict === 'contradicted')).toEqual([]);
}, 400_000);
