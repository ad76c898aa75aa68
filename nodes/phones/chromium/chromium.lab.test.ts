import { measure } from '../../../harness/run/measure';
import type { AttemptResult, RunResult } from '../../../harness/judge/result';
import { temporaryFolder } from '../../../harness/testing/cli';
import { chromium } from './chromium';

const out = temporaryFolder();
let result: RunResult;

beforeAll(async () => {
  const choice = { scenarios: ['register', 'message'], firewalls: ['6', '8', 'intercepting'] } as const;
  result = await measure({ ...choice, boxes: [chromium], out: `${out}/run` }).result;
}, 300_000);

const attemptsOf = (id: string): AttemptResult[] => result.cells.find((cell) => cell.id === id)!.attempts;

/** What came of the rungs that a browser has. */
const overWebSocket = (id: string): string[][] =>
  attemptsOf(id)
    .filter(({ transport }) => transport === 'wss')
    .map(({ via, verdict }) => [via, verdict]);

// What the CR has of each type: of a browser that is the column of step 3.
it.each([
  // Only TCP to 80 and 443 gets out.
  ['6', [['wss:443', 'passed']]],
  // Nothing goes out directly, and CONNECT to 443 does.
  [
    '8',
    [
      ['wss:443', 'blocked'],
      ['connect-wss:443', 'passed'],
    ],
  ],
])('through firewall %s SIP over WebSocket gets as TLS on 443 does', (firewall, verdicts) => {
  for (const scenario of ['register', 'message'])
    expect(overWebSocket(`${firewall}/${scenario}/modern`)).toEqual(verdicts);
});

it('what a page in a browser cannot do is unsupported, and not tried', () => {
  const others = attemptsOf('8/register/modern').filter(({ transport }) => transport !== 'wss');
  expect(others.map(({ via, verdict, reason }) => [via, verdict, reason])).toEqual([
    ['udp:5060', 'unsupported', 'the phone has no transport udp'],
    ['udp:5060', 'unsupported', 'the phone has no transport udp'],
    ['tls:5061', 'unsupported', 'the phone has no transport tls'],
    ['tls:443', 'unsupported', 'the phone has no transport tls'],
    ['connect:443', 'unsupported', 'the phone has no transport tls'],
  ]);
});

it('the certificate of an intercepting proxy is refused, and that is why it does not get through', () => {
  for (const scenario of ['register', 'message']) {
    const attempt = attemptsOf(`intercepting/${scenario}/modern`).at(-1)!;
    expect(attempt).toMatchObject({
      ...{ via: 'connect-wss:443', verdict: 'blocked', expected: 'blocked' },
      witness: { code: 'CERTIFICATE_UNTRUSTED' },
    });
    // In TLS 1.3 no capture shows a certificate; it is the browser's own log that does.
    expect(attempt.evidence).toContainEqual(
      expect.objectContaining({
        kind: 'proxy-resigned',
        seenIn: 'ue',
        signedByProxyCa: 'by-name',
        accepted: false,
      }),
    );
  }
});
