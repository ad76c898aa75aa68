import { builtInCatalogue } from '../../../firewalls/catalogue';
import { makePlan, type Plan } from '../plan';

/** Makes a plan of these scenarios on all firewalls with one suite, or with other choices. */
export const planWith = (
  choices: Pick<Parameters<typeof makePlan>[0], 'scenarios'> & Partial<Parameters<typeof makePlan>[0]>,
): Plan =>
  makePlan({
    catalogue: builtInCatalogue,
    firewalls: builtInCatalogue,
    suites: ['aes'],
    steps: [1, 2, 3],
    patience: 'evidence',
    timers: 'rfc',
    ladder: 'all',
    repeat: 1,
    ...choices,
  });
