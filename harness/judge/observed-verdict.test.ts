import type { ObservedWay } from '../evidence/observed-attempt';
import type { DropEvidence } from '../evidence/kinds/drop';
import type { FailureCode } from '../../nodes/ue/protocol';
import type { ProxyResignedEvidence } from '../evidence/kinds/proxy-resigned';
import type { ProxyRefusalEvidence } from '../evidence/kinds/proxy-refusal';
import { judge } from './verdict';

/** What is said of a phone whose sockets the lab had to observe, and which does not say why it failed. */

const local = (port: number) => ({ ip: '10.89.3.2', port });
const way = (port: number, over: Partial<ObservedWay> = {}): ObservedWay => ({
  ...{ protocol: 'tcp', local: local(port), remote: { ip: '198.19.0.10', port: 443 }, answered: false },
  ...over,
});
const drop = ({ protocol, local, remote }: ObservedWay): DropEvidence => ({
  ...{ kind: 'drop', firewall: 'fw-3', rule: 'sip-ports', statement: 'the SIP ports', decisive: true },
  ...{ chain: 'forward', at: 1, matchedBy: 'five-tuple', socket: { protocol, local, remote } },
  ...{ count: 1, lastAt: 1 },
  packet: { protocol, src: local.ip, dst: remote.ip, summary: 'TCP SYN' },
});
const refusal = ({ local: client }: ObservedWay): ProxyRefusalEvidence => ({
  ...{ kind: 'proxy-refusal', proxy: 'proxy-8', at: 1, client, status: 403 },
  request: { method: 'CONNECT', target: 'pcscf.example:443' },
});
const failed = (toServer: ObservedWay[], besides?: ObservedWay[]) => ({
  ...{ end: 'failed' as const, code: 'UNTOLD' as const, text: 'it did not work' },
  observed: { toServer, ...(besides ? { besides } : {}) },
});
const [one, two, answered] = [way(4001), way(4002), way(4003, { answered: true })];

it('is blocked only if every way to the server was refused, by whatever', () => {
  expect(judge(failed([one, two]), [drop(one), refusal(two)]).verdict).toBe('blocked');
  expect(judge(failed([one, two]), [drop(one)])).toEqual({
    verdict: 'failed',
    reason:
      'it did not work (UNTOLD); nothing refused its tcp 10.89.3.2:4002 to 198.19.0.10:443, and no answer came',
  });
  expect(judge(failed([one, answered]), [drop(one)]).reason).toMatch(/10\.89\.3\.2:4003 .* got an answer$/);
  expect(judge(failed([one]), [{ ...drop(one), decisive: false }]).verdict).toBe('failed');
});

it('without a packet it is the phone that failed', () => {
  expect(judge(failed([]), [drop(one)])).toEqual({
    verdict: 'failed',
    reason: 'it did not work (UNTOLD); the lab saw no packet of it',
  });
});

it('a session is blocked too if its signalling was answered and every way of its media refused', () => {
  expect(judge(failed([answered], [one, two]), [drop(one), drop(two)]).verdict).toBe('blocked');
  expect(judge(failed([answered], [one, two]), [drop(one)]).verdict).toBe('failed');
  expect(judge(failed([two], [one]), [drop(one)]).verdict).toBe('failed');
  expect(judge(failed([answered], []), [drop(one)]).verdict).toBe('failed');
});

it('of more ways than the lab keeps nobody knows that all were refused', () => {
  const { observed, ...witness } = failed([one]);
  expect(judge({ ...witness, observed: { ...observed, cut: true } }, [drop(one)]).verdict).toBe('failed');
});

it('a rung that the phone has not tried is not blocked, whatever else was refused', () => {
  const { observed, ...witness } = failed([one]);
  expect(judge({ ...witness, observed: { ...observed, astray: true } }, [drop(one)])).toEqual({
    verdict: 'failed',
    reason: 'it did not work (UNTOLD); it took other ways, and never that of the rung',
  });
});

it('a reason that the phone gives has to fit what was refused', () => {
  const told = (code: 'PROXY_REFUSED' | 'SIP_REFUSED' | 'TIMEOUT') => ({ ...failed([one]), code });
  expect(judge(told('PROXY_REFUSED'), [refusal(one)]).verdict).toBe('blocked');
  expect(judge(told('PROXY_REFUSED'), [drop(one)]).verdict).toBe('failed');
  expect(judge(told('SIP_REFUSED'), [drop(one)]).verdict).toBe('failed');
  expect(judge(told('TIMEOUT'), [drop(one)]).verdict).toBe('blocked');
});

it('a phone that was not answered has not got through, whatever it says', () => {
  const said = (toServer: ObservedWay[]) => judge({ end: 'passed', observed: { toServer } }, []);
  expect(said([one, answered]).verdict).toBe('passed');
  for (const toServer of [[one], [], [one, way(4004, { answered: true, aside: true })]])
    expect(said(toServer)).toEqual({
      verdict: 'failed',
      reason: 'the phone says that it got through, and nothing came back to it from the server by this rung',
    });
});

it('a phone that refuses a certificate may have begun anew before it says so', () => {
  const resigned: ProxyResignedEvidence = {
    ...{ kind: 'proxy-resigned', proxy: 'proxy-8', at: 1, client: one.local, target: 'pcscf.example:443' },
    ...{ bumpMode: 'bump', issuer: 'CN=proxy', subject: 'CN=pcscf', fingerprint256: 'AA', seenIn: 'capture' },
    ...{ signedByProxyCa: 'by-key', accepted: false },
  };
  const told = (again: ObservedWay, code: FailureCode = 'CERTIFICATE_UNTRUSTED') =>
    judge({ ...failed([one, again]), code }, [resigned]).verdict;
  expect(told(two)).toBe('blocked');
  // On that way it may have met something else.
  expect(told(answered)).toBe('failed');
  expect(told(way(4002, { remote: { ip: '198.19.0.10', port: 5061 } }))).toBe('failed');
  expect(told(two, 'TIMEOUT')).toBe('failed');
  expect(told(two, 'UNTOLD')).toBe('failed');
});
