import { measure } from '../../../harness/run/measure';
import type { AttemptResult, RunResult } from '../../../harness/judge/result';
import { temporaryFolder } from '../../../harness/testing/cli';
import { chromium } from './chromium';

const out = temporaryFolder();
let result: RunResult;

beforeAll(async () => {
  result = await measure({
    scenarios: ['register', 'message', 'relay', 'call'],
    firewalls: ['6', '8', 'intercepting'],
    options: { mediaSeconds: 1 },
    boxes: [chromium],
    out: `${out}/run`,
  }).result;
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
  for (const scenario of ['register', 'message', 'call'])
    expect(overWebSocket(`${firewall}/${scenario}/modern`)).toEqual(verdicts);
});

it.each([
  // Nothing but TCP to 80 and 443 gets out.
  ['6', ['blocked', 'blocked', 'blocked', 'passed', 'passed']],
  // Its TURN in TLS takes the proxy, as its WebSocket does; all that goes out directly is dropped.
  ['8', ['blocked', 'blocked', 'blocked', 'blocked', 'blocked', 'passed']],
  ['intercepting', ['blocked', 'blocked', 'blocked', 'blocked', 'blocked', 'blocked']],
])('through firewall %s WebRTC is relayed as the reference UE is', (firewall, verdicts) => {
  expect(attemptsOf(`${firewall}/relay/modern`).map(({ verdict }) => verdict)).toEqual(verdicts);
});

it('the voice of a call goes by a relay in TLS, directly and by the proxy', () => {
  const pathsOf = (firewall: string) =>
    attemptsOf(`${firewall}/call/modern`)
      .at(-1)!
      .measurements!.filter(({ name }) => name.endsWith('-path'))
      .map(({ name, value }) => [name, value]);
  // Neither lets UDP out.
  for (const firewall of ['6', '8'])
    expect(pathsOf(firewall)).toEqual([
      ['outgoing-path', 'relay'],
      ['incoming-path', 'relay'],
    ]);
});

const reason = 'a page in a browser has SIP over WebSocket alone (RFC 7118)';

it('what a page in a browser cannot do is unsupported, and not tried', () => {
  const others = attemptsOf('8/register/modern').filter(({ transport }) => transport !== 'wss');
  expect(others.map(({ via, verdict, reason }) => [via, verdict, reason])).toEqual([
    ['udp:5060', 'unsupported', reason],
    ['udp:5060', 'unsupported', reason],
    ['tls:5061', 'unsupported', reason],
    ['tls:443', 'unsupported', reason],
    ['connect:443', 'unsupported', reason],
  ]);
});

it('the certificate of an intercepting proxy is refused, and that is why it does not get through', () => {
  for (const [scenario, via, code] of [
    ['register', 'connect-wss:443', 'CERTIFICATE_UNTRUSTED'],
    ['message', 'connect-wss:443', 'CERTIFICATE_UNTRUSTED'],
    ['call', 'connect-wss:443', 'CERTIFICATE_UNTRUSTED'],
    ['relay', 'connect:443', 'NO_RELAY'],
  ]) {
    const attempt = attemptsOf(`intercepting/${scenario}/modern`).at(-1)!;
    expect(attempt).toMatchObject({
      ...{ via, verdict: 'blocked', expected: 'blocked' },
      witness: { code },
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
