import { suites, type Step, type SuiteId } from '../../../ladder';
import { rungCalled, toTurn } from '../../../ladder/testing/rungs';
import type { ConnectsEvidence } from '../../evidence/kinds/connects';
import type { DropEvidence } from '../../evidence/kinds/drop';
import type { ProxyResignedEvidence } from '../../evidence/kinds/proxy-resigned';
import type { TlsEvidence } from '../../evidence/kinds/tls';
import type { AttemptResult, CellResult, OriginResult, Verdict } from '../result';
import { traversedAt } from '../outcome';

/** Results made by hand, for tests of the judge. */

const ue = { ip: '10.89.8.2', port: 32768 };
const server = { ip: '198.19.0.10', port: 443 };

/** Builds an attempt whose verdict is expected. */
export function attempt(
  step: Step,
  via: string,
  verdict: Verdict,
  more: Partial<AttemptResult> = {},
): AttemptResult {
  return {
    id: `${step}-${via}`,
    round: 1,
    ...rungCalled(step, via),
    verdict,
    expected: verdict,
    ...trace(1),
    reason: '',
    witness: verdict === 'passed' ? { end: 'passed' } : { end: 'failed', code: 'TIMEOUT', text: 'Timer F' },
    evidence: [],
    ...more,
  };
}

/** Builds the evidence that a rule dropped a packet of an attempt. */
export const drop = (more: Partial<DropEvidence> = {}): DropEvidence => ({
  kind: 'drop',
  firewall: 'fw-3',
  rule: 'sip-ports',
  statement: 'the SIP ports',
  decisive: true,
  chain: 'forward',
  at: 1000,
  packet: {
    protocol: 'udp',
    src: '10.89.3.2',
    sport: 32768,
    dst: '198.19.0.10',
    dport: 5060,
    summary: 'SIP REGISTER',
  },
  matchedBy: 'five-tuple',
  count: 1,
  lastAt: 1000,
  ...more,
});
/** Builds the times of an attempt that left no trace. */
export const trace = (
  durationMs: number,
): Pick<AttemptResult, 'startedAt' | 'endedAt' | 'durationMs' | 'sockets' | 'identifiers'> => ({
  startedAt: 0,
  endedAt: durationMs,
  durationMs,
  sockets: [],
  identifiers: { callIds: [], branches: [], stunTransactions: [] },
});

/** Builds the origin of a run of the tests. */
export const origin = (run: string): OriginResult => ({
  run,
  command: ['run'],
  tool: { version: '0.1.0' },
  machine: { processor: 'a processor', processors: 2, memoryBytes: 4e9 },
  services: { mediaSeconds: 3, callsAtOnce: 8, msrpBytes: 1_048_576, idleSeconds: 2 },
  limits: { dropLagMs: 500, proxyLagMs: 3000 },
});

/**
 * Gives the attempts of `relay` rungs to the TURN server, also those whose rung has the same name as one to the
 * P-CSCF.
 */
export const byRungsOf = (scenario: string, attempts: readonly AttemptResult[]): AttemptResult[] =>
  attempts.map((one) => (scenario === 'relay' ? { ...one, ...toTurn(one.step, one.via) } : one));

/** Builds a cell of these attempts. */
export function cell(
  firewall: string,
  scenario: string,
  suite: SuiteId,
  attempts: AttemptResult[],
  to?: string,
): CellResult {
  const step = traversedAt(attempts, to);
  return {
    id: `${firewall}/${scenario}/${suite}`,
    firewall,
    scenario,
    suite,
    security: 'digest',
    attempts: byRungsOf(scenario, attempts),
    traversedAt: step,
    expected: step,
    outcome: 'expected',
  };
}

/** Builds the evidence of a TLS connection that agreed on this suite. */
export function tls(suite: SuiteId, more: Partial<TlsEvidence> = {}): TlsEvidence {
  return {
    kind: 'tls',
    source: 'capture',
    version: suites[suite].maxVersion,
    suite: suite === 'modern' ? 'TLS_AES_256_GCM_SHA384' : suites[suite].name,
    handshakeEnded: true,
    bytesBeforeHandshakeEnd: 0,
    connection: { local: ue, remote: server },
    ...more,
  };
}

/** Builds the evidence of one CONNECT for one connection, unless the test says otherwise. */
export function connects(more: Partial<ConnectsEvidence> = {}): ConnectsEvidence {
  return {
    kind: 'connects',
    proxyLog: 1,
    captured: 1,
    tcpConnections: 1,
    upstreamConnections: 1,
    established: 1,
    ...more,
  };
}

/** The evidence of the interceptor's certificate. */
export const resigned: ProxyResignedEvidence = {
  kind: 'proxy-resigned',
  proxy: 'proxy-intercepting',
  at: 1,
  client: ue,
  target: 'pcscf.example:443',
  bumpMode: 'bump',
  issuer: 'CN=interceptor',
  subject: 'CN=pcscf.example',
  fingerprint256: 'AA',
  seenIn: 'capture',
  signedByProxyCa: 'by-key',
  accepted: false,
};
