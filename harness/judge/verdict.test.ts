import { failureCodes, type FailureCode } from '../../nodes/ue/protocol';
import type { Evidence } from '../evidence/evidence';
import type { SocketFacts } from '../evidence/facts';
import type { CertificateEvidence } from '../evidence/kinds/certificate';
import type { DropEvidence } from '../evidence/kinds/drop';
import type { ConnectsEvidence } from '../evidence/kinds/connects';
import type { ProxyRefusalEvidence } from '../evidence/kinds/proxy-refusal';
import type { ProxyResignedEvidence } from '../evidence/kinds/proxy-resigned';
import type { TlsEvidence } from '../evidence/kinds/tls';
import type { Witness } from './result';
import { drop } from './testing/results';
import { blockedBy, judge } from './verdict';

const ue = { ip: '10.89.8.2', port: 32768 };
const server = { ip: '10.89.8.3', port: 3128 };

const refusal = (status: 403 | 407): ProxyRefusalEvidence => ({
  kind: 'proxy-refusal',
  proxy: 'proxy-8',
  at: 1000,
  client: ue,
  status,
  request: { method: 'CONNECT', target: 'pcscf.example:443' },
});
const resigned = (signedByProxyCa: ProxyResignedEvidence['signedByProxyCa']): ProxyResignedEvidence => ({
  kind: 'proxy-resigned',
  proxy: 'proxy-8',
  at: 1000,
  client: ue,
  target: 'pcscf.example:443',
  bumpMode: 'bump',
  issuer: 'CN=interceptor',
  subject: 'CN=pcscf.example',
  fingerprint256: 'AA:BB',
  seenIn: 'capture',
  signedByProxyCa,
  accepted: false,
});
const tls: TlsEvidence = {
  kind: 'tls',
  source: 'capture',
  handshakeEnded: false,
  bytesBeforeHandshakeEnd: 0,
  connection: { local: ue, remote: server },
};
const connects: ConnectsEvidence = {
  kind: 'connects',
  proxyLog: 1,
  tcpConnections: 1,
  upstreamConnections: 0,
  established: 0,
};
const certificate: CertificateEvidence = {
  kind: 'certificate',
  source: 'ue',
  reason: 'CERTIFICATE_UNTRUSTED',
  text: 'self-signed',
};

const failed = (code: FailureCode, end: Witness['end'] = 'failed'): Witness => ({
  end,
  code,
  text: 'Timer F ran out',
});

/**
 * The failures of a UE when packets are swallowed or answered with a reset or an ICMP error, its own or those
 * of its proxy. Every other failure needs an answer that a firewall of this lab cannot give.
 */
const afterADrop: readonly FailureCode[] = [
  'TIMEOUT',
  'CONNECTION_REFUSED',
  'CONNECTION_LOST',
  'UNREACHABLE',
  'PROXY_UNREACHABLE',
  'PROXY_BAD_GATEWAY',
  'ABANDONED',
];

/** Each piece of evidence, and the failures that it explains. */
const explanations: readonly (readonly [string, Evidence, readonly FailureCode[]])[] = [
  ['a decisive drop', drop(), afterADrop],
  ["a decisive drop of the proxy's packet", drop({ matchedBy: 'connect-leg' }), afterADrop],
  // Such a drop is of a stray late packet, or of one whose retransmission could have got through.
  ['a drop that decides nothing', drop({ decisive: false }), []],
  ["the proxy's 403", refusal(403), ['PROXY_REFUSED']],
  ["the proxy's 407", refusal(407), ['PROXY_AUTHENTICATION']],
  ["a certificate with the proxy's key", resigned('by-key'), ['CERTIFICATE_UNTRUSTED']],
  ["a certificate with the proxy's name", resigned('by-name'), ['CERTIFICATE_UNTRUSTED']],
  ['a certificate that nobody checked', resigned('not-checked'), []],
  ['a certificate that the UE accepted', { ...resigned('by-key'), accepted: true }, []],
  ['a TLS connection', tls, []],
  ['a count of CONNECTs', connects, []],
  ["the UE's refusal of a certificate", certificate, []],
];

describe.each(explanations)('%s', (_, item, codes) => {
  it.each(failureCodes)('and %s', (code) => {
    const { verdict } = judge(failed(code), [tls, item, connects]);
    expect(verdict).toBe(codes.includes(code) ? 'blocked' : 'failed');
  });
});

describe('where several ways were tried', () => {
  const remote = { ip: '198.19.0.30', port: 443 };
  const socket = (port: number): SocketFacts => ({
    protocol: 'tcp',
    local: { ip: '10.89.8.2', port },
    remote,
  });
  const ways = [socket(32769), socket(32770)];
  const lost: Witness = { end: 'failed', code: 'NO_RELAY', text: 'no way to the TURN server', ways };
  const dropOn = (port: number, over: Partial<DropEvidence> = {}): Evidence =>
    drop({ socket: socket(port), ...over });

  it('it takes a refusal of each of them', () => {
    expect(judge(lost, [dropOn(32769), dropOn(32770)]).verdict).toBe('blocked');
    expect(judge(lost, [dropOn(32769)]).verdict).toBe('failed');
    expect(judge(lost, [dropOn(32769), dropOn(32771)]).verdict).toBe('failed');
    expect(judge(lost, [dropOn(32769), dropOn(32770, { decisive: false })]).verdict).toBe('failed');
  });

  it('what one UDP socket sends to another address is a way of its own', () => {
    const toStun: SocketFacts = { ...socket(32768), protocol: 'udp' };
    const toPeer: SocketFacts = { ...toStun, remote: { ip: '198.19.0.40', port: 32768 } };
    const noPair: Witness = { end: 'failed', code: 'ICE_FAILED', text: 'no pair', ways: [toPeer] };
    expect(judge(noPair, [drop({ socket: toStun })]).verdict).toBe('failed');
    expect(judge(noPair, [drop({ socket: toPeer })]).verdict).toBe('blocked');
  });

  it('the proxy refuses a way too', () => {
    const byProxy = { ...refusal(403), client: socket(32770).local };
    expect(judge(lost, [dropOn(32769), byProxy]).verdict).toBe('blocked');
  });

  it('what was dropped on a way that was left explains nothing of what happened on another', () => {
    const late: Witness = { end: 'failed', code: 'TIMEOUT', text: 'no call came', ways: [socket(32768)] };
    expect(judge(late, [dropOn(32769)]).verdict).toBe('failed');
    expect(judge(late, [dropOn(32768)]).verdict).toBe('blocked');
  });

  it('a drop does not explain what takes an answer', () => {
    const wrong: Witness = { end: 'failed', code: 'CONTENT_WRONG', text: 'x', ways: [socket(32768)] };
    expect(judge(wrong, [dropOn(32768)]).verdict).toBe('failed');
  });

  it('a drop of no socket in particular refuses none of them', () => {
    expect(judge(lost, [drop(), drop()]).verdict).toBe('failed');
  });
});

describe('without evidence', () => {
  it.each(failureCodes)('%s is a failure, and said in the words of the UE', (code) => {
    expect(judge(failed(code), [])).toEqual({ verdict: 'failed', reason: `Timer F ran out (${code})` });
  });

  it('an attempt that was ended early could not be judged', () => {
    expect(judge(failed('ABANDONED', 'abandoned'), [drop({ decisive: false })])).toEqual({
      verdict: 'inconclusive',
      reason: 'it was ended early on a sign of a block, but nothing shows that its own packets were refused',
    });
  });

  it('a failure without a reason is the fault of the UE, whatever was dropped', () => {
    expect(judge({ end: 'failed' }, [drop()])).toEqual({
      verdict: 'failed',
      reason: 'the UE gave no reason (INTERNAL)',
    });
  });
});

describe('whatever was dropped', () => {
  const everything = explanations.map(([, item]) => item);

  it('what got through has passed', () => {
    expect(judge({ end: 'passed' }, everything).verdict).toBe('passed');
  });

  it('what the UE cannot do is unsupported', () => {
    const witness: Witness = { end: 'unsupported', code: 'UNSUPPORTED', text: 'no IPsec here' };
    expect(judge(witness, everything)).toEqual({ verdict: 'unsupported', reason: 'no IPsec here' });
  });
});

describe('the reason of a block', () => {
  it('names the firewall, the packet, the rule in words and by id', () => {
    expect(judge(failed('TIMEOUT'), [drop()]).reason).toBe(
      'fw-3 denied SIP REGISTER: the SIP ports [sip-ports]',
    );
  });

  it("says when the packet was the proxy's", () => {
    const servedConnect = { client: { ip: '10.89.8.2', port: 32768 }, target: 'pcscf.example:443' };
    expect(
      judge(failed('PROXY_BAD_GATEWAY'), [drop({ matchedBy: 'connect-leg', servedConnect })]).reason,
    ).toBe("fw-3 denied the proxy's SIP REGISTER: the SIP ports [sip-ports]");
  });

  it.each([
    [403, 'PROXY_REFUSED'],
    [407, 'PROXY_AUTHENTICATION'],
  ] as const)("repeats the proxy's request and its %i", (status, code) => {
    expect(judge(failed(code), [refusal(status)]).reason).toBe(
      `proxy-8 refused CONNECT pcscf.example:443 with ${status}`,
    );
  });

  it('names the authority that re-signed', () => {
    expect(judge(failed('CERTIFICATE_UNTRUSTED'), [resigned('by-key')]).reason).toBe(
      'proxy-8 re-signed TLS as "CN=interceptor"; the UE refused the certificate',
    );
  });

  it.each([
    ['passed', { end: 'passed' } as const, 'got through'],
    ['failed', failed('CONNECTION_LOST'), 'Timer F ran out (CONNECTION_LOST)'],
  ])('says of what %s that the UE accepted an interceptor', (verdict, witness, reason) => {
    expect(judge(witness, [{ ...resigned('by-key'), accepted: true }])).toEqual({
      verdict,
      reason: `${reason}; proxy-8 re-signed TLS as "CN=interceptor"; the UE accepted the certificate`,
    });
  });

  it('is the first evidence that explains the failure, not the first there is', () => {
    const { reason } = judge(failed('TIMEOUT'), [refusal(403), drop({ decisive: false }), drop()]);
    expect(reason).toBe('fw-3 denied SIP REGISTER: the SIP ports [sip-ports]');
  });
});

it('an attempt ended early on the drop of its own packet is blocked', () => {
  expect(judge(failed('ABANDONED', 'abandoned'), [drop()]).verdict).toBe('blocked');
});

describe('an attempt with a node out of order that it needed', () => {
  const outage: Evidence = { kind: 'outage', node: 'peer', at: 1100, text: 'peer was killed (SIGKILL)' };
  const said = { verdict: 'inconclusive', reason: 'peer was killed (SIGKILL)' };

  it('is not blocked by what was refused before the lab gave it up', () => {
    expect(judge({ end: 'abandoned', code: 'ABANDONED', text: 'x' }, [drop(), outage])).toEqual(said);
  });

  it('is blocked where a refusal explains how it failed by itself, and inconclusive where none does', () => {
    const failed: Witness = { end: 'failed', code: 'TIMEOUT', text: 'x' };
    expect(judge(failed, [drop(), outage]).verdict).toBe('blocked');
    expect(judge(failed, [outage])).toEqual(said);
  });
});

test('what blocked an attempt is named by the rule that explains its failure, and nothing else is', () => {
  const other = drop({ rule: 'unsolicited', decisive: false });
  const witness = { end: 'failed', code: 'TIMEOUT' } as const;
  expect(blockedBy({ verdict: 'blocked', witness, evidence: [other, drop()] })).toBe('sip-ports');
  const refused = { end: 'failed', code: 'PROXY_REFUSED' } as const;
  expect(blockedBy({ verdict: 'blocked', witness: refused, evidence: [drop(), refusal(403)] })).toBe(
    'proxy 403',
  );
  expect(blockedBy({ verdict: 'failed', witness, evidence: [drop()] })).toBeUndefined();
});
