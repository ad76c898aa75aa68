import fc from 'fast-check';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { knobsSchema } from '../../firewalls/knobs';
import type { Evidence, EvidenceOf } from '../evidence/evidence';
import { attempt, cell, connects, resigned, tls } from '../judge/testing/results';
import { verdicts, type AttemptResult, type FirewallResult } from '../judge/result';
import type { Sequence } from '../sequence/sequence';
import { explainAttempt, type Around } from './explain-attempt';

const ue = { ip: '10.89.3.2', port: 5060 };
const pcscf = { ip: '198.18.0.10', port: 5060 };
const packet = {
  ...{ protocol: 'udp', src: ue.ip, sport: ue.port, dst: pcscf.ip, dport: pcscf.port },
  summary: 'SIP REGISTER',
};
const way = { protocol: 'udp', local: ue, remote: pcscf } as const;
const capture = 'captures/3-denied.pcap';
const drop: EvidenceOf<'drop'> = {
  ...{ kind: 'drop', firewall: 'fw-3', rule: 'sip-ports', statement: 'UDP to the SIP ports' },
  ...{ decisive: true, chain: 'forward', at: 1103, packet, matchedBy: 'five-tuple', socket: way },
  ...{ count: 1, lastAt: 1103, capture, frame: 7 },
};
const abandoned = { end: 'abandoned', code: 'ABANDONED' } as const;
const times = { startedAt: 1000, endedAt: 1130, durationMs: 130 };

const blocked = (...evidence: Evidence[]): AttemptResult =>
  attempt(1, 'udp:5060', 'blocked', { ...times, witness: abandoned, evidence });
const next = attempt(2, 'udp:5060', 'passed', { startedAt: 1144 });
const alone = (one: AttemptResult): Around => ({ cell: cell('3', 'register', 'aes', [one]) });
const explain = (one: AttemptResult): string => explainAttempt(one, alone(one));

const firewall = (id: string, verdict: 'drop' | 'reject'): FirewallResult => ({
  ...builtInCatalogue[0]!,
  id,
  knobs: knobsSchema.parse({ verdict }),
});

/** The REGISTER at the UE, and the same one at the firewall that denied it. */
const sequence: Sequence = {
  attempt: '1-udp:5060',
  parties: [],
  arrows: [
    {
      ...{ at: 1100, from: 'ue-3', to: 'pcscf', protocol: 'sip', label: 'REGISTER', carriers: ['udp'] },
      ...{ source: ue, destination: pcscf, count: 1, lastAt: 1100 },
      place: { capture: 'captures/3-ue-side.pcap', frame: 2 },
      denied: { firewall: 'fw-3', rule: 'sip-ports', at: 1103, place: { capture, frame: 7 } },
    },
  ],
  leftOut: 0,
};

describe('a packet that was dropped', () => {
  it('is told with its way, the rule, the time since it was sent, and when the next step began', () => {
    const one = blocked(drop);
    const around = { cell: cell('3', 'register', 'aes', [one, next]), firewalls: [firewall('3', 'drop')] };
    expect(explainAttempt(one, { ...around, sequence })).toBe(
      'REGISTER, UDP 10.89.3.2:5060 to 198.18.0.10:5060, dropped at fw-3 by `sip-ports` 3 ms after it was sent; step 2 began 41 ms later',
    );
  });

  it('without its sequence is told with the time since the attempt began', () => {
    const one = blocked(drop);
    expect(explainAttempt(one, { ...alone(one), firewalls: [firewall('3', 'reject')] })).toBe(
      'REGISTER, UDP 10.89.3.2:5060 to 198.18.0.10:5060, rejected at fw-3 by `sip-ports` 103 ms after the attempt began',
    );
  });

  it('is only said to be denied where nobody knows whether the firewall answers', () => {
    expect(explain(blocked(drop))).toContain('denied at fw-3 by `sip-ports`');
  });

  it('by a proxy is told with the CONNECT that it served, how often, and where the next rung of the step differs', () => {
    const servedConnect = { client: { ip: '10.89.9.2', port: 40_000 }, target: 'pcscf.example:443' };
    const leg = {
      ...packet,
      ...{ protocol: 'tcp', src: '10.89.9.3', summary: 'SIP REGISTER, readable in a TLS record' },
    };
    const item = { ...drop, packet: leg, servedConnect, rule: 'readable-sip', count: 4, lastAt: 2303 };
    const one = attempt(3, 'tls:443', 'blocked', { ...times, witness: abandoned, evidence: [item] });
    const after = attempt(3, 'connect:443', 'blocked', { startedAt: 1100 });
    expect(explainAttempt(one, { cell: cell('9', 'register', 'null', [one, after]) })).toBe(
      "The proxy's REGISTER, readable in a TLS record, TCP 10.89.9.3:5060 to 198.18.0.10:5060, for the CONNECT of 10.89.9.2:40000 to pcscf.example:443, denied at fw-3 by `readable-sip` 103 ms after the attempt began (4 times within 1.2 s); step 3 by TLS 443 by CONNECT had begun by then",
    );
  });

  it('to the firewall itself is said to have been addressed to it', () => {
    expect(explain(blocked({ ...drop, chain: 'input' }))).toContain(
      'denied at fw-3, to which it was addressed, by `sip-ports`',
    );
  });

  it('is the last of several ways, if each was refused', () => {
    const other = { ...way, remote: { ip: '198.18.0.10', port: 3478 } };
    const witness: AttemptResult['witness'] = { end: 'failed', code: 'NO_RELAY', ways: [other, way] };
    const one = { ...blocked({ ...drop, socket: other }, { ...drop, rule: 'udp' }), witness };
    expect(explain(one)).toMatch(
      /^Each of its 2 ways was refused, the last of them so: REGISTER, .* by `udp` /,
    );
  });

  it('is told as a rule that is not known, if it vanished', () => {
    const frame = { capture: 'captures/x-firewall-inside.pcap', frame: 3, at: 1103 };
    const vanished: Evidence = {
      ...{ kind: 'vanished', firewall: 'fw-x', decisive: true, at: 1103, packet, matchedBy: 'five-tuple' },
      ...{ entered: frame, missingIn: 'captures/x-firewall-outside.pcap', count: 2, lastAt: 1603 },
      answer: { ...frame, kind: 'icmp' },
    };
    expect(explain(blocked(vanished))).toBe(
      'REGISTER, UDP 10.89.3.2:5060 to 198.18.0.10:5060, entered fw-x 103 ms after the attempt began (2 times within 500 ms) and never left it, and the firewall answered with an ICMP error of its own; the rule is not known',
    );
  });
});

test('an NAPT is told with the request that had no way', () => {
  const frame = { capture: 'captures/core.pcap', frame: 1, at: 1100 };
  const translation: Evidence = {
    ...{
      kind: 'translation',
      at: 1120,
      inside: ue,
      outside: { ip: '198.19.1.11', port: 40_000 },
      socket: way,
      count: 1,
    },
    request: {
      ...{ method: 'NOTIFY', target: 'sip:ue@10.89.3.2', callId: 'c', answer: '500 No Route' },
      ...{ asked: frame, answered: frame },
    },
  };
  expect(explain(blocked(translation))).toBe(
    'The NAPT made 198.19.1.11:40000 of 10.89.3.2:5060, so that NOTIFY to sip:ue@10.89.3.2 had no way: the P-CSCF answered it 500 No Route 120 ms after the attempt began',
  );
  expect(explain(blocked({ ...translation, count: 3 }))).toMatch(/ \(3 such requests\)$/);
});

test.each([
  [403, 'PROXY_REFUSED', 'its policy forbids it'],
  [407, 'PROXY_AUTHENTICATION', 'it wants credentials'],
] as const)('a refusal of the proxy with %i is told with the request', (status, code, why) => {
  const refusal: Evidence = {
    ...{ kind: 'proxy-refusal', proxy: 'proxy-8', at: 1005, client: ue, status },
    request: { method: 'CONNECT', target: 'turn.example:5349' },
  };
  const one = { ...blocked(refusal), witness: { end: 'failed', code } as const };
  expect(explain(one)).toBe(
    `CONNECT turn.example:5349, TCP from 10.89.3.2:5060, refused by proxy-8 with ${status} (${why}) 5 ms after the attempt began`,
  );
});

test('a re-signed certificate is told with its issuer, and how the CA was recognised', () => {
  const witness = { end: 'failed', code: 'CERTIFICATE_UNTRUSTED' } as const;
  const one = { ...blocked({ ...resigned, at: 1004.4 }), witness };
  expect(explain(one)).toBe(
    'proxy-intercepting answered 10.89.8.2:32768, which asked for pcscf.example:443, with a certificate issued by "CN=interceptor" (the proxy\'s own CA, by its key) 4 ms after the attempt began; the UE refused it',
  );
});

describe('an attempt that got through', () => {
  const passed = (...evidence: Evidence[]): AttemptResult =>
    attempt(3, 'connect:443', 'passed', { ...times, reason: 'got through', evidence });

  it('is told with its rung, its time and its TLS', () => {
    expect(explain(passed())).toBe('Got through over TLS 443 by CONNECT in 130 ms');
    expect(explain(passed(tls('aes'), connects()))).toBe(
      'Got through over TLS 443 by CONNECT in 130 ms, TLSv1.2 with TLS_RSA_WITH_AES_128_CBC_SHA',
    );
    expect(explain(passed(tls('aes'), tls('aes')))).toMatch(/_SHA \(2 connections\)$/);
  });

  it('is told with the way of its media', () => {
    const path = { value: 'relay by tcp:80 / host udp', unit: '' };
    const measurements = ['outgoing-path', 'incoming-path'].map((name) => ({ name, ...path }));
    expect(explain({ ...passed(), measurements })).toMatch(/ms, media by relay by tcp:80 \/ host udp$/);
  });

  it('is told with what was denied to it nevertheless', () => {
    expect(explain(passed(drop))).toMatch(
      / ms; 1 packet of it that it could do without was denied at fw-3 by `sip-ports`$/,
    );
    expect(explain(passed({ ...drop, count: 3 }, { ...drop, rule: 'udp' }))).toMatch(
      /; 4 packets of it that it could do without were denied at fw-3 by `sip-ports`, fw-3 by `udp`$/,
    );
  });

  it('is told with the certificate of a proxy that read along', () => {
    expect(explain(passed({ ...resigned, accepted: true, at: 1004 }))).toMatch(
      /^Got through .*; but proxy-intercepting answered .*; the UE accepted it$/,
    );
  });

  it('against the expectation is said to have been expected otherwise', () => {
    expect(explain({ ...passed(), expected: 'blocked' })).toBe(
      'Got through over TLS 443 by CONNECT in 130 ms; it was expected to be blocked',
    );
  });
});

describe('an attempt that failed', () => {
  const failed = (...evidence: Evidence[]): AttemptResult =>
    attempt(2, 'tls:5061', 'failed', {
      ...{ ...times, durationMs: 32_040, expected: 'passed', evidence },
      reason: 'timer F ran out (TIMEOUT)',
    });

  it('is not said to have been refused where nothing shows it', () => {
    expect(explain(failed())).toBe(
      'Failed after 32.0 s: timer F ran out (TIMEOUT); nothing shows that a firewall or a proxy refused it, so the phone, a server or the lab is at fault; it was expected to get through',
    );
  });

  it('is told with a drop that does not explain it', () => {
    expect(explain(failed({ ...drop, decisive: false }))).toContain(
      '; one of its packets was denied, which does not explain it (REGISTER, UDP 10.89.3.2:5060 to 198.18.0.10:5060, denied at fw-3 by `sip-ports` 103 ms after the attempt began), so ',
    );
  });
});

test('what a phone cannot do is told in its words, and is not unexpected', () => {
  const cannot = { end: 'unsupported', code: 'UNSUPPORTED' } as const;
  const one = attempt(2, 'tls:5061', 'unsupported', {
    witness: cannot,
    expected: 'passed',
    reason: 'no TLS',
  });
  expect(explain(one)).toBe('The phone or a server cannot do it: no TLS');
  const other = {
    ...one,
    witness: { end: 'passed' } as const,
    reason: 'it took X, which shows nothing of Y',
  };
  expect(explain(other)).toBe('Shows nothing: it took X, which shows nothing of Y');
});

test('what could not be judged is told with the outage', () => {
  const outage: Evidence = { kind: 'outage', node: 'pcscf', at: 1050, text: 'pcscf has ended' };
  const one = attempt(1, 'udp:5060', 'inconclusive', {
    ...{ ...times, expected: 'passed' as const, witness: abandoned, evidence: [outage] },
  });
  expect(explain(one)).toBe(
    'Could not be judged, and shows nothing of the firewall: pcscf was out of order, known 50 ms after the attempt began: pcscf has ended',
  );
});

describe('whatever an attempt holds', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\u001B[2J\u001B[31m',
      'a\r\nb',
      '\u2028',
      '<script>',
      '\\input{x}',
      '\u0000',
      '\u009B2J',
    ),
  );
  const item: fc.Arbitrary<Evidence> = hostile.chain((text) =>
    fc.constantFrom<Evidence>(
      { ...drop, rule: text, packet: { ...packet, summary: text } },
      { ...resigned, issuer: text, target: text, accepted: true },
      { kind: 'certificate', source: 'ue', reason: 'CERTIFICATE_NAME', text },
      { kind: 'outage', node: text, at: 1, text },
      { ...tls('aes'), suite: text, version: text },
    ),
  );
  const any = fc.record({
    verdict: fc.constantFrom(...verdicts),
    reason: hostile,
    evidence: fc.array(item, { maxLength: 4 }),
    witness: fc.record({
      end: fc.constantFrom('passed', 'failed', 'abandoned', 'unsupported'),
      text: hostile,
    }),
  });

  it('its explanation is one line that controls no terminal', () => {
    fc.assert(
      fc.property(any, (more) => {
        const words = explain({ ...attempt(1, 'udp:5060', 'failed'), ...more });
        expect(words).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(words).not.toBe('');
      }),
    );
  });
});
