import { join } from 'node:path';
import type { AttemptResult, RunResult } from '../harness/judge/result';
import { cli, packetsIn, resultIn, temporaryFolder } from '../harness/testing/cli';

/**
 * IMS AKA with IPsec in containers, where the program `ipsec` is in a container beside the node and has two capabilities, and
 * the node has none. What the texts say of each type: 0 lets ESP pass; the NAPT of 1 spoils the checksum inside ESP in
 * transport mode (RFC 3948 3.1.2), and ESP in UDP passes it (TS 33.203 Annex M); 2 drops protocol 50.
 */

const out = join(temporaryFolder(), 'aka');
let result: RunResult;
let exitCode: number | null;

beforeAll(async () => {
  const run = await cli([
    ...['run', 'register', '--security', 'aka', '--suite', 'aes', '--firewall', '0,1,2', '--step', '1,2'],
    ...['--backend', 'docker', '--out', out, '--reporter', 'json'],
  ]);
  expect(run.stderr).toBe('');
  result = resultIn(out);
  exitCode = run.exitCode;
});

const attemptsOf = (firewall: string): readonly AttemptResult[] =>
  result.cells.find(({ id }) => id === `${firewall}/register/aes/aka`)?.attempts ?? [];

const capture = (firewall: string): string => packetsIn(join(out, `captures/${firewall}-core-side.pcap`));

test.each([
  ['0', ['esp:5060 passed', 'esp-udp:4500 passed']],
  ['1', ['esp:5060 blocked', 'esp-udp:4500 passed']],
  ['2', ['esp:5060 blocked', 'esp-udp:4500 passed']],
])('behind type %s it ends as the texts say: %j', (firewall, ends) => {
  expect(attemptsOf(firewall).map(({ via, verdict }) => `${via} ${verdict}`)).toEqual(ends);
});

test('every cell is as expected', () => {
  expect(result.cells.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(
    ['0', '1', '2'].map((firewall) => `${firewall}/register/aes/aka expected`),
  );
  expect(exitCode).toBe(0);
});

test('behind type 1 the P-CSCF told of the wrong checksum inside, and both captures have the packet', () => {
  const [first] = attemptsOf('1');
  expect(first?.evidence).toEqual([
    expect.objectContaining({
      kind: 'checksum',
      seen: {
        inside: expect.objectContaining({ capture: 'captures/1-ue-side.pcap' }) as unknown,
        outside: expect.objectContaining({ capture: 'captures/1-core-side.pcap' }) as unknown,
      },
    }),
  ]);
});

test('behind type 2 the rule on protocols dropped ESP of this attempt', () => {
  const [first] = attemptsOf('2');
  expect(first?.evidence).toEqual([
    expect.objectContaining({
      kind: 'drop',
      rule: 'protocol-not-allowed',
      decisive: true,
      matchedBy: 'esp-spi',
      packet: expect.objectContaining({ protocol: 'esp' }) as unknown,
    }),
  ]);
});

test('what passed is ESP, by itself or in UDP 4500', () => {
  expect(capture('0')).toMatch(/ > 198\.19\.0\.10: ESP\(spi=0x/);
  expect(capture('1')).toMatch(/ > 198\.19\.0\.10\.4500: UDP-encap: ESP\(spi=0x/);
  expect(capture('2')).not.toMatch(/ > 198\.19\.0\.10: ESP\(spi=0x/);
});
