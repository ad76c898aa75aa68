import { isAgreed, isEncrypting, suites, type SuiteId } from '../../ladder';
import type { Evidence } from '../evidence/evidence';
import type { Judgement } from './verdict';

/**
 * Says of an attempt that got through which suite it took, if a TLS connection of it agreed on another one than that of its
 * cell. Where one of the two can be read on the wire and the other cannot, it shows nothing about the suite of the cell and is
 * `unsupported`. The reference UE fails by itself then (`SUITE_NOT_AGREED`); another phone may offer what it likes. Pure.
 */
export function inSuite(judgement: Judgement, evidence: readonly Evidence[], suite: SuiteId): Judgement {
  if (judgement.verdict !== 'passed') return judgement;
  const { name, encrypts } = suites[suite];
  const others = evidence
    .flatMap((item) => (item.kind === 'tls' && item.suite !== undefined ? [item.suite] : []))
    .filter((taken) => !isAgreed(suites[suite], taken));
  const opposite = others.find((taken) => isEncrypting(taken) !== encrypts);
  if (opposite !== undefined)
    return { verdict: 'unsupported', reason: `it took ${opposite}, which shows nothing of ${name}` };
  const [other] = others;
  if (other === undefined) return judgement;
  return { ...judgement, reason: `${judgement.reason}, with ${other} in place of ${name}` };
}
