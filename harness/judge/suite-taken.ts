import { isAgreed, suites, type SuiteId } from '../../ladder';
import type { Evidence } from '../evidence/evidence';
import type { Judgement } from './verdict';

/**
 * Takes back that an attempt got through, if a TLS connection of it agreed on another suite than that of its cell: it shows
 * nothing about that suite. The reference UE fails by itself then (`SUITE_NOT_AGREED`); another phone may offer what it likes.
 * Pure.
 */
export function inSuite(judgement: Judgement, evidence: readonly Evidence[], suite: SuiteId): Judgement {
  if (judgement.verdict !== 'passed') return judgement;
  const taken = evidence
    .flatMap((item) => (item.kind === 'tls' && item.suite !== undefined ? [item.suite] : []))
    .find((name) => !isAgreed(suites[suite], name));
  if (taken === undefined) return judgement;
  return {
    verdict: 'unsupported',
    reason: `it took ${taken}, which shows nothing of ${suites[suite].name}`,
  };
}
