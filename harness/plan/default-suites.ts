import type { Firewall } from '../../firewalls/catalogue';
import { isTls443, registrationLadder, suiteIds, type SuiteId } from '../../ladder';
import type { Box } from '../../nodes/box';

/** The suites of the CR's examples. */
const ofTheCr: readonly SuiteId[] = ['aes', 'null'];

/**
 * Returns the suites that are measured if nobody chooses any: the two of the CR as far as the phone has them. Of a phone
 * that is known to have neither, all that it has are measured.
 */
export function defaultSuites(
  { lacks }: Pick<Box, 'lacks'>,
  firewalls: readonly Pick<Firewall, 'knobs'>[],
): readonly SuiteId[] {
  const rungs = registrationLadder.filter(isTls443);
  const has = (suite: SuiteId): boolean =>
    firewalls.some(({ knobs }) =>
      rungs.some((rung) => lacks?.({ action: 'register', rung, suite, knobs }) === undefined),
    );
  const wanted = ofTheCr.filter(has);
  const others = suiteIds.filter(has);
  return wanted.length > 0 ? wanted : others.length > 0 ? others : ofTheCr;
}
