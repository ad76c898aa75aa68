import { invariants } from '../../firewalls/invariants';
import { rejudge } from './rejudge';
import { resultSchemaId, runResult, type RunResult } from './result';
import { attempt, cell, origin } from './testing/results';

const blocked = attempt(1, 'udp:5060', 'blocked', {
  reason: 'fw-1 denied SIP 401 REGISTER: what answers nothing [unsolicited-inbound]',
  witness: { end: 'abandoned', code: 'ABANDONED', text: 'ended by the lab' },
  evidence: [
    {
      kind: 'drop',
      firewall: 'fw-1',
      rule: 'unsolicited-inbound',
      statement: 'what answers nothing',
      decisive: true,
      chain: 'input',
      at: 5,
      packet: {
        protocol: 'udp',
        src: '198.19.0.10',
        sport: 5060,
        dst: '198.19.1.11',
        dport: 32768,
        summary: 'SIP 401 REGISTER',
      },
      matchedBy: 'sip-branch',
      count: 1,
      lastAt: 5,
    },
  ],
});
const passed = attempt(2, 'udp:5060', 'passed', { reason: 'got through' });

const stored: RunResult = {
  schema: resultSchemaId,
  run: {
    id: 'r',
    startedAt: '2025-01-02T03:04:05.000Z',
    durationMs: 1,
    backend: 'netns',
    patience: 'evidence',
    timers: 'rfc',
    ladder: 'all',
    interrupted: false,
    kernel: '6',
    versions: {},
    origins: [origin('r')],
    boxes: [],
    plan: {
      catalogue: { sha256: '', firewalls: ['1', '2'] },
      firewalls: ['1', '2'],
      scenarios: ['register'],
      suites: ['aes'],
      securities: ['digest'],
      steps: [1, 2],
      repeat: 1,
    },
    firewalls: [],
  },
  cells: [
    cell('1', 'register', 'aes', [blocked, passed]),
    { ...cell('2', 'register', 'aes', []), outcome: 'skipped' },
  ],
  claims: [],
  summary: { expected: 1, unexpected: 0, flaky: 0, inconclusive: 0, unsupported: 0, skipped: 1 },
};
/** Returns the result as it is after writing and reading. */
const read = (result: RunResult): RunResult => runResult.parse(JSON.parse(JSON.stringify(result)));

it('a stored run comes to the same verdicts, reasons, outcomes and summary', () => {
  const { claims, ...rest } = rejudge(read(stored));
  const { claims: _, ...expected } = stored;
  expect(rest).toEqual(expected);
  expect(claims.map(({ id }) => id)).toEqual(invariants.map(({ id }) => id));
});

it('what was said of it before does not matter', () => {
  const tampered: RunResult = {
    ...stored,
    cells: stored.cells.map((one) => ({
      ...one,
      attempts: one.attempts.map((a) => ({ ...a, verdict: 'failed', reason: 'hearsay' })),
      traversedAt: null,
      outcome: 'unexpected',
    })),
    summary: { expected: 0, unexpected: 2, flaky: 0, inconclusive: 0, unsupported: 0, skipped: 0 },
  };
  expect(rejudge(read(tampered))).toEqual(rejudge(stored));
});

it('without its evidence a block is none', () => {
  const { cells, summary } = rejudge({
    ...stored,
    cells: [{ ...stored.cells[0]!, attempts: [{ ...blocked, evidence: [] }, passed] }],
  });
  expect(cells[0]).toMatchObject({
    attempts: [{ verdict: 'inconclusive' }, { verdict: 'passed' }],
    outcome: 'inconclusive',
  });
  expect(summary).toEqual({
    expected: 0,
    unexpected: 0,
    flaky: 0,
    inconclusive: 1,
    unsupported: 0,
    skipped: 0,
  });
});

it('a cell that was not finished stays so', () => {
  const begun = { ...stored.cells[0]!, outcome: 'skipped' as const };
  expect(rejudge({ ...stored, cells: [begun] }).cells).toEqual([begun]);
});
