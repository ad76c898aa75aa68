import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../harness/judge/result';
import { cli, resultIn, temporaryFolder } from '../harness/testing/cli';
import { measured, notAsExpected, passedAttempt } from './testing/cells';

/** Every scenario that begins with a registration, by IMS AKA, in one run: where nothing is in the way, and behind an NAPT. */

const out = join(temporaryFolder(), 'run');
const scenarios = ['message', 'call', 'msrp', 'keepalive', 'access-change'];
/** The UE registers at step 1 on type 0; behind the NAPT of type 1 at step 2. */
const [open, napt] = ['0', '1'];

let result: RunResult;

beforeAll(async () => {
  const { exitCode, stderr } = await cli([
    ...['run', ...scenarios, '--security', 'aka', '--suite', 'aes', '--step', '1,2'],
    ...['--firewall', `${open},${napt}`, '--move', `${open}:${napt},${napt}:${open}`],
    ...['--media-seconds', '1', '--idle-seconds', '3', '--reporter', 'json', '--out', out],
  ]);
  result = resultIn(out);
  expect({ exitCode, stderr, not: notAsExpected(result) }).toEqual({ exitCode: 0, stderr: '', not: [] });
}, 120_000);

it.each<[string, number]>([
  ...scenarios.slice(0, -1).flatMap((scenario): [string, number][] => [
    [`${open}/${scenario}/aes/aka`, 1],
    [`${napt}/${scenario}/aes/aka`, 2],
  ]),
  [`${open}>${napt}/access-change/aes/aka`, 2],
  [`${napt}>${open}/access-change/aes/aka`, 1],
])('%s gets through at step %d', (id, step) => {
  expect(result.cells.find((cell) => cell.id === id)).toMatchObject({
    traversedAt: step,
    outcome: 'expected',
  });
});

describe('what an NAPT forgets', () => {
  it('is the binding of ESP in UDP too, although the attempts before had the same one', () => {
    const attempt = passedAttempt(result, `${napt}/keepalive/aes/aka`);
    expect(measured(attempt, 'call-without-keep-alives')).toBe('lost');
    expect(measured(attempt, 'registered-again-after')).toEqual(expect.any(Number));
    expect(measured(attempt, 'call-with-keep-alives')).toBe('arrived');
  });

  it('means nothing where there is none', () =>
    expect(measured(passedAttempt(result, `${open}/keepalive/aes/aka`), 'call-without-keep-alives')).toBe(
      'arrived',
    ));
});

it.each([open, napt])('the UE of type %s has ended each of its registrations', (id) => {
  const log = readFileSync(join(out, `nodes/ue-${id}.log`), 'utf8');
  expect(log.split('\n').filter((line) => /de-register|security associations/.test(line))).toEqual([]);
});
