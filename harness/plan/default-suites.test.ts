import { builtInCatalogue } from '../../firewalls/catalogue';
import type { SuiteId } from '../../ladder';
import { capabilities as ofChromium } from '../../nodes/phones/chromium/capabilities';
import { lackIn } from '../../nodes/phone';
import { defaultSuites } from './default-suites';

/** A phone that has these suites and no others. */
const having = (...suites: readonly SuiteId[]) => ({
  lacks: ({ suite }: { readonly suite: SuiteId }) =>
    suites.includes(suite) ? undefined : 'has no such suite',
});

it.each<[string, Parameters<typeof defaultSuites>[0], SuiteId[]]>([
  ['the two of the CR for a phone of which nothing is known', {}, ['aes', 'null']],
  ['those of the two that the phone has', having('aes', 'modern'), ['aes']],
  ['all that it has, if it has none of the two', having('modern'), ['modern']],
  [
    'all that a browser has, which registers over WebSocket alone',
    { lacks: (wanted) => lackIn(ofChromium, wanted) },
    ['modern'],
  ],
  ['the two of the CR for a phone without TLS', having(), ['aes', 'null']],
])('%s', (_, phone, suites) => {
  expect(defaultSuites(phone, builtInCatalogue)).toEqual(suites);
});
