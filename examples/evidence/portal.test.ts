import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectEvidence } from '../../harness/evidence/collect';
import { kindsOfEvidence, type Kinds } from '../../harness/evidence/evidence';
import type { EvidenceKind } from '../../harness/evidence/kinds/kind';
import {
  attempt,
  flow,
  proxyEnd,
  proxyTrace,
  rules,
  start,
  ue,
} from '../../harness/evidence/testing/attempts';
import { judge } from '../../harness/judge/verdict';
import { portal, type PortalEvidence } from './portal';

const kinds: Kinds = [...kindsOfEvidence, portal];

/** Squid's log line for a CONNECT that it answers with 511, in the format of nodes/proxy. */
const line = `${((start + 500) / 1000).toFixed(3)} ${ue.ip}:${ue.port} NONE_NONE/511 CONNECT pcscf.example:443 -:- - - 0 -/-`;

const { startedAt, flows, identifiers } = attempt([
  flow({ protocol: 'tcp', remote: proxyEnd, connect: 'pcscf.example:443' }),
]);
const failure = { code: 'PROXY_PROTOCOL', text: 'the proxy answered CONNECT with 511' } as const;
const report = {
  attempt: 'a1',
  startedAt,
  durationMs: 2000,
  end: 'failed',
  failure,
  flows,
  identifiers,
} as const;

test('a kind of evidence that is in the registry is collected and judged, and nothing else has to know it', () => {
  const observed = {
    report: { ...report, flows: [...flows], identifiers: [...identifiers] },
    drops: [],
    rule: rules,
  };
  const items = collectEvidence({ ...observed, proxy: proxyTrace(line) }, kinds);
  expect(items.map(({ kind }) => kind as string)).toEqual(['connects', 'portal']);
  expect(judge({ end: 'failed', ...failure }, items, kinds)).toEqual({
    verdict: 'blocked',
    reason: 'proxy-8 wants somebody to sign in before it connects to pcscf.example:443',
  });
  // It explains only the failure that the UE reports for a 511.
  expect(judge({ end: 'failed', code: 'TIMEOUT', text: 'Timer F' }, items, kinds).verdict).toBe('failed');
});

test('evidence of a kind that is not in the registry is refused, not passed over', () => {
  const items = [{ kind: 'portal' }];
  expect(() => judge({ end: 'failed', ...failure }, items)).toThrow('there is no kind of evidence portal');
});

test('a kind that leaves out what it explains does not compile', () => {
  const { explains: _, ...rest } = portal;
  // @ts-expect-error explains is missing
  const unfinished: EvidenceKind<PortalEvidence> = rest;
  expect(unfinished.kind).toBe('portal');
});

test('docs/extending.md has it as it is', () => {
  const top = join(__dirname, '../../..');
  const source = readFileSync(join(top, 'examples/evidence/portal.ts'), 'utf8');
  const shown = source.slice(source.indexOf('export const portal'));
  expect(readFileSync(join(top, 'docs/extending.md'), 'utf8')).toContain(shown.trim());
});
