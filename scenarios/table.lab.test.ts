import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../harness/judge/result';
import { cli, resultIn, temporaryFolder } from '../harness/testing/cli';
import { planOf, testCells } from './testing/cells';
import { tableScenarios } from '.';

/** The firewall table, measured: one run of the command, one test for each of its cells and claims. */

const out = temporaryFolder();
const plan = planOf(tableScenarios.map(({ id }) => id));

let result: RunResult;
let exitCode: number | null;

beforeAll(async () => {
  const run = await cli(['run', '--out', out, '--reporter', 'json']);
  exitCode = run.exitCode;
  expect(run.stderr).toBe('');
  result = resultIn(out);
  expect(JSON.parse(run.stdout)).toEqual(JSON.parse(JSON.stringify(result)));
});

testCells(plan, () => result);

describe('claims', () => {
  // The two scenarios can decide these claims, which the CR or its normative outcome makes;
  // the services decide the others.
  it.each(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I9', 'I10'])('%s is confirmed', (id) => {
    const claim = result.claims.find((candidate) => candidate.id === id);
    expect(claim).toMatchObject({ verdict: 'confirmed' });
    expect(claim?.cells.length).toBeGreaterThan(0);
  });

  it.each(['I8', 'I11', 'I12', 'I13'])('leaves %s to the services', (id) => {
    expect(result.claims.find((claim) => claim.id === id)).toMatchObject({ verdict: 'untested', cells: [] });
  });
});

describe('the ladder, as the CR has it', () => {
  const stepOf = (firewall: string, scenario: string, suite: string): number | null | undefined =>
    result.cells.find((cell) => cell.id === `${firewall}/${scenario}/${suite}`)?.traversedAt;

  // Nothing is in the way: step 1 is enough.
  it('registers at step 1 where nothing is in the way', () => expect(stepOf('0', 'register', 'aes')).toBe(1));
  // An NAPT cuts off only a UE that asks for no way back through it.
  it('registers at step 2 behind an NAPT', () => expect(stepOf('1', 'register', 'null')).toBe(2));
  // Without 5060 and 5061 only 443 is left.
  it('registers at step 3 without the SIP ports', () => expect(stepOf('3', 'register', 'aes')).toBe(3));
  it('relays at step 3 where only the web passes', () => expect(stepOf('6', 'relay', 'aes')).toBe(3));
  it('gets through nothing that is closed', () => expect(stepOf('closed', 'register', 'aes')).toBeNull());
  it('is stopped by type 9 with a NULL suite', () => expect(stepOf('9', 'relay', 'null')).toBeNull());
  it('exits with 0', () => expect(exitCode).toBe(0));
});

it('is what the README shows', () => {
  const table = /^\| firewall \| register, aes .*\n(?:\|.*\n)+/m.exec(
    readFileSync(join(out, 'table.md'), 'utf8'),
  )?.[0];
  expect(table?.split('\n').length).toBeGreaterThan(12);
  expect(readFileSync(join(__dirname, '../../README.md'), 'utf8')).toContain(table);
});

describe('evidence', () => {
  it('shows what the NAPT made of step 1: the address on either side, and the NOTIFY that had no way', () => {
    const cell = result.cells.find(({ id }) => id === '1/register/aes');
    const { evidence = [], sockets = [] } = cell?.attempts.find(({ step }) => step === 1) ?? {};
    const inside = sockets[0]!.local;
    expect(evidence).toEqual([
      expect.objectContaining({
        kind: 'translation',
        inside,
        outside: { ip: expect.stringMatching(/^198\.19\./) as string, port: expect.any(Number) as number },
        request: expect.objectContaining({
          method: 'NOTIFY',
          target: expect.stringContaining(`@${inside.ip}:${inside.port}`) as string,
          answer: expect.stringMatching(/^500 /) as string,
        }) as object,
        seen: expect.objectContaining({
          inside: expect.objectContaining({ capture: 'captures/1-ue-side.pcap' }) as object,
          outside: expect.objectContaining({ capture: 'captures/1-core-side.pcap' }) as object,
        }) as object,
      }),
    ]);
  });

  it("maps the proxy's dropped packets to the CONNECT that they served", () => {
    const cell = result.cells.find(({ id }) => id === '9/register/null');
    const drop = cell?.attempts
      .find(({ via }) => via === 'connect:443')
      ?.evidence.find(({ kind }) => kind === 'drop');
    expect(drop).toMatchObject({ rule: 'readable-sip', matchedBy: 'connect-leg', chain: 'forward' });
  });

  it('has the suite that was agreed on from the capture', () => {
    const seen = result.cells
      .filter(({ suite }) => suite === 'null')
      .flatMap((cell) => cell.attempts.flatMap(({ evidence }) => evidence))
      .flatMap((item) => (item.kind === 'tls' && item.handshakeEnded ? [item.suite] : []));
    expect(new Set(seen)).toEqual(new Set(['TLS_RSA_WITH_NULL_SHA']));
  });
});
