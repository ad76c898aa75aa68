import { join } from 'node:path';
import { linphone } from '../../nodes/phones/linphone/linphone';
import type { Step } from '../../ladder';
import type { AttemptResult } from '../judge/result';
import { temporaryFolder } from '../testing/cli';
import { measure } from './measure';

/** Debian's Linphone as a phone of the lab. */

const folder = temporaryFolder();

/** Measures as a UE climbs: up to the first rung that passes, by CONNECT where there is a web proxy. */
async function climb(firewalls: readonly string[], steps: readonly Step[]) {
  const { cells } = await measure({
    scenarios: ['register', 'message', 'call'],
    firewalls,
    steps,
    ladder: 'stop',
    // No attempt is given up, so that each says by itself why it failed.
    patience: 'rfc',
    options: { mediaSeconds: 1 },
    boxes: [linphone],
    out: join(folder, firewalls.join()),
  }).result;
  return (firewall: string, scenario: string): AttemptResult[] =>
    cells
      .filter((cell) => cell.firewall === firewall && cell.scenario === scenario)
      .flatMap(({ attempts }) => attempts);
}

/** The rungs that were tried, with the verdict on each, and why the phone says that it failed. */
const told = (attempts: readonly AttemptResult[]): object[] =>
  attempts.map(({ step, via, verdict, reason, witness: { end, code, text } }) =>
    end === 'passed' ? { step, via, verdict } : { step, via, verdict, reason, code, text },
  );

it('behind an NAPT it cannot be reached in step 1, and registers, writes and talks in step 2', async () => {
  const of = await climb(['1'], [1, 2, 3]);
  // The 200 comes by rport (RFC 3581), but the P-CSCF has no way to the private address of the Contact.
  const unreachable = {
    ...{ step: 1, via: 'udp:5060', verdict: 'blocked', code: 'UNTOLD' },
    reason: expect.stringMatching(/^the NAPT made .* had no way: the P-CSCF answered it 500 /),
    text: 'registered, but its message to itself did not come: MESSAGE was answered with 500 No Route To The Contact',
  };
  const expected = [unreachable, { step: 2, via: 'udp:5060', verdict: 'passed' }];
  for (const scenario of ['register', 'message', 'call']) expect(told(of('1', scenario))).toEqual(expected);
});

it('behind a web proxy it registers and writes by CONNECT, and has no voice because its TURN does not take the proxy', async () => {
  const of = await climb(['8', 'intercepting'], [3]);
  const rung = { step: 3, via: 'connect:443' };
  for (const scenario of ['register', 'message'])
    expect(told(of('8', scenario))).toEqual([{ ...rung, verdict: 'passed' }]);
  expect(told(of('8', 'call'))).toEqual([
    {
      ...rung,
      verdict: 'blocked',
      reason: expect.stringMatching(/^fw-8 denied .* \[direct-not-allowed\]$/),
      code: 'UNTOLD',
      text: 'no voice: the call is established, and no RTP comes; no answer came from the TURN server at turn.ims.mnc001.mcc001.3gppnetwork.org:443, to which Linphone goes without the web proxy',
    },
  ]);
  // I7: a proxy that re-signs TLS is refused on its certificate.
  for (const scenario of ['register', 'message', 'call'])
    expect(told(of('intercepting', scenario))).toMatchObject([
      {
        ...{ ...rung, verdict: 'blocked', code: 'CERTIFICATE_UNTRUSTED' },
        reason: expect.stringMatching(/re-signed TLS as .*; the UE refused the certificate$/),
      },
    ]);
});
