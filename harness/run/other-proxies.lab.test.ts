import { join } from 'node:path';
import { firewallSchema } from '../../firewalls/catalogue';
import type { Box } from '../../nodes/box';
import { choices } from '../../nodes/choices';
import type { DropEvidence } from '../evidence/kinds/drop';
import type { AttemptResult } from '../judge/result';
import { temporaryFolder } from '../testing/cli';
import { measure } from './measure';

/**
 * Other web proxies than squid are judged as squid is: each refusal by its own evidence, from the proxy's own log or, of
 * tinyproxy, from what is seen of its connections.
 */

const catalogue = [
  ['reads', { payload: 'readable' }],
  ['asks', { proxyAuthentication: 'basic' }],
  ['port', { connectPorts: [8443] }],
  ['shut', { tcp: { only: [80] } }],
  ['re-signs', { proxy: 'intercepting' }],
].map(([id, knobs]) =>
  firewallSchema.parse({ id, title: id, summary: id, knobs: { proxy: 'mandatory', ...(knobs as object) } }),
);

const out = temporaryFolder();

/** The attempt by CONNECT of each cell, with what it rests on. */
async function measureThrough(proxy: Box): Promise<Record<string, AttemptResult>> {
  const { cells } = await measure({
    boxes: [proxy],
    catalogue,
    scenarios: ['register'],
    suites: ['aes', 'null'],
    steps: [3],
    out: join(out, proxy.name!),
  }).result;
  return Object.fromEntries(
    cells.map(({ firewall, suite, attempts }) => [
      `${firewall} ${suite}`,
      attempts.find(({ through }) => through === 'connect')!,
    ]),
  );
}

const others = Object.entries(choices.proxy).filter(([name]) => name !== 'squid');

// mitmproxy is a large program; on a busy machine it takes its time to start.
jest.setTimeout(120_000);

it.each(others)('%s', async (name, proxy) => {
  const attempts = await measureThrough(proxy);
  const told = Object.fromEntries(
    Object.entries(attempts).map(([cell, { verdict, reason }]) => [cell, `${verdict}: ${reason}`]),
  );
  const target = 'pcscf.ims.mnc001.mcc001.3gppnetwork.org:443';
  const refused = `blocked: proxy-port refused CONNECT ${target} with 403`;
  const shut =
    "blocked: fw-shut denied the proxy's TCP SYN: TCP to other ports than 80 [tcp-port-not-allowed]";
  const canIntercept = name === 'mitmproxy';
  const resigned = canIntercept
    ? 'blocked: proxy-re-signs re-signed TLS as "O=nimsfw-lab, CN=nimsfw-lab interception CA"; the UE refused the certificate'
    : `unsupported: ${name} cannot re-sign TLS`;
  expect(told).toEqual({
    'reads aes': 'passed: got through',
    'reads null':
      "blocked: fw-reads denied the proxy's SIP REGISTER, readable in a TLS record: " +
      'what completes SIP that can be read inside TLS records on port 443 [readable-sip]',
    'asks aes': 'passed: got through',
    'asks null': 'passed: got through',
    'port aes': refused,
    'port null': refused,
    'shut aes': shut,
    'shut null': shut,
    're-signs aes': resigned,
    're-signs null': resigned,
  });
  // One CONNECT for the one TCP connection, and one connection of the proxy for it (I9).
  expect(attempts['reads aes']!.evidence.find(({ kind }) => kind === 'connects')).toMatchObject({
    proxyLog: 1,
    captured: 1,
    tcpConnections: 1,
    upstreamConnections: 1,
    established: 1,
  });
  // Either shows it to be the proxy's own connection for this CONNECT. A proxy that writes its line only when both sides have
  // closed the tunnel may not have written it yet.
  const drop = attempts['reads null']!.evidence.find(({ kind }) => kind === 'drop') as DropEvidence;
  expect(['connect-leg', 'sole-connect']).toContain(drop.matchedBy);
});
