import { join } from 'node:path';
import { choices } from '../../nodes/choices';
import type { Box } from '../../nodes/box';
import type { CellResult } from '../judge/result';
import { temporaryFolder } from '../testing/cli';
import { measure } from './measure';

/** Other TURN servers than coturn relay what coturn does, as far as they can; what they cannot is not tried. */

const out = temporaryFolder();

const others: [string, Box][] = Object.entries(choices.turn).filter(([name]) => name !== 'coturn');

async function measureBy(turn: Box): Promise<readonly CellResult[]> {
  const { cells } = await measure({
    boxes: [turn],
    scenarios: ['relay', 'call', 'msrp'],
    firewalls: ['1', '6', '8', '9'],
    suites: ['aes', 'null'],
    options: { mediaSeconds: 1 },
    out: join(out, turn.name!),
  }).result;
  return cells;
}

jest.setTimeout(300_000);

it.each(others)('%s', async (name, turn) => {
  const cells = await measureBy(turn);
  const told = (scenario: string) =>
    Object.fromEntries(
      cells
        .filter((cell) => cell.scenario === scenario)
        .map(({ firewall, suite, attempts }) => [
          `${firewall} ${suite}`,
          attempts.filter(({ verdict }) => verdict === 'passed').map(({ step, via }) => `${step} ${via}`),
        ]),
    );
  const everywhere = ['2 udp:3478', '2 tcp:3478', '2 tls:5349', '3 tcp:80', '3 tls:443'];
  const web = ['3 tcp:80', '3 tls:443'];
  // What of the ways to a TURN server each type leaves open: 6 the ports of the web, 8 CONNECT to 443 alone, and 9
  // nothing in TLS that can be read. The suite matters on 9 only.
  expect(told('relay')).toEqual({
    ...{ '1 aes': everywhere, '1 null': everywhere, '6 aes': web, '6 null': web },
    ...{ '8 aes': ['3 connect:443'], '8 null': ['3 connect:443'], '9 aes': ['3 connect:443'], '9 null': [] },
  });
  // Each call's media take a way where its signalling does.
  expect(told('call')).toMatchObject({
    ...{
      '1 aes': ['2 udp:5060', '2 tls:5061', '3 tls:443'],
      '6 aes': ['3 tls:443'],
      '6 null': ['3 tls:443'],
    },
    ...{ '8 aes': ['3 connect:443'], '8 null': ['3 connect:443'], '9 aes': ['3 connect:443'], '9 null': [] },
  });
  // In step 1 an MSRP session asks for no relay.
  const relayed = cells
    .filter(({ scenario }) => scenario === 'msrp')
    .flatMap(({ attempts }) => attempts.filter(({ step }) => step > 1));
  expect(relayed.length).toBeGreaterThan(0);
  for (const { verdict, reason } of relayed)
    expect([verdict, reason]).toEqual(['unsupported', `${name} has no TCP allocations (RFC 6062)`]);
});
