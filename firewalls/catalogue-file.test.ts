import fc from 'fast-check';
import { stringify } from 'yaml';
import { formatProblem } from '../kit/yaml-file';
import { builtInCatalogue } from './catalogue';
import { parseCatalogue } from './catalogue-file';
import { catalogueYaml, exampleCatalogue } from './docs';
import { anyKnobs } from './testing/any-knobs';

/** The mistakes as the user reads them. */
function mistakes(text: string): string[] {
  const result = parseCatalogue(text, 'c.yaml');
  return result.ok ? [] : result.problems.map(formatProblem);
}

/** A catalogue of one firewall with these knobs, which begin on line 6. */
function withKnobs(...knobs: readonly string[]): string {
  return [
    'firewalls:',
    '  - id: own',
    '    title: t',
    '    summary: s',
    '    knobs:',
    ...knobs.map((line) => `      ${line}`),
  ]
    .join('\n')
    .concat('\n');
}

const protocols = 'icmp, igmp, ipip, tcp, udp, dccp, gre, esp, ah, sctp';
const knobNames =
  'napt, unsolicitedInbound, protocols, udp, tcp, inspect80, inspect443, payload, nullSuites, proxy, connectPorts, proxyAuthentication, dns, idle, verdict';
const portForms = 'must be any, none, { only: [ports] } or { except: [ports] }';

describe('a catalogue file', () => {
  test('can say what the built-in catalogue says', () => {
    expect(parseCatalogue(catalogueYaml(builtInCatalogue), 'c.yaml')).toEqual({
      ok: true,
      catalogue: builtInCatalogue,
    });
  });

  test.each([
    ['a document of firewalls', '---\nfirewalls: []\n', 7],
    ['an empty document', '---\n', 7],
    ['a document that is no YAML', '---\nfirewalls: [\n', 9],
  ])('is one document: what comes after it is never left out, be it %s', (_, more, line) => {
    const text = `${withKnobs('udp: none')}${more}`;
    expect(mistakes(text)).toEqual([expect.stringMatching(new RegExp(`^c\\.yaml:${line}: `))]);
    expect(parseCatalogue(`---\n${withKnobs('udp: none')}...\n`, 'c.yaml').ok).toBe(true);
  });

  test('names the second of two documents', () => {
    const text = withKnobs('udp: none');
    expect(mistakes(`${text}---\n${text}`)).toEqual([
      'c.yaml:7: begins another document (allowed: one; put all firewalls into its list)',
    ]);
  });

  test.each([
    ['a key', 'firewalls: []\nfirewalls: []\n'],
    ['a knob', withKnobs('udp: none', 'udp: any')],
  ])('has %s once', (_, text) => {
    expect(mistakes(text)).toEqual([expect.stringContaining('Map keys must be unique')]);
  });

  test('can say any knob vector', () => {
    fc.assert(
      fc.property(fc.array(anyKnobs, { minLength: 1, maxLength: 5 }), (vectors) => {
        const catalogue = vectors.map((knobs, index) => ({
          ...{ id: `own-${index}`, title: 't', summary: 's', source: 'x', confidence: 'y' },
          knobs,
        }));
        for (const text of [catalogueYaml(catalogue), stringify({ firewalls: catalogue })]) {
          expect(parseCatalogue(text, 'c.yaml')).toEqual({ ok: true, catalogue });
        }
      }),
    );
  });

  test('of the docs is understood: a number as id, defaults, a merge key', () => {
    const result = parseCatalogue(exampleCatalogue.replace('id: guests', 'id: 7'), 'c.yaml');
    expect(result.ok && result.catalogue.map(({ id }) => id)).toEqual(['office', '7']);
    expect(result.ok && result.catalogue[1]).toEqual({
      id: '7',
      title: "our guests' network",
      summary: 'as the office, but no SIP ports',
      source: 'the catalogue file',
      confidence: 'not stated',
      knobs: {
        napt: true,
        unsolicitedInbound: 'deny',
        protocols: ['tcp', 'udp', 'icmp'],
        udp: { only: [53] },
        tcp: { except: [5060, 5061] },
        inspect80: 'none',
        inspect443: 'none',
        payload: 'none',
        nullSuites: 'allow',
        proxy: 'none',
        connectPorts: [443],
        proxyAuthentication: 'none',
        dns: 'anyone',
        idle: 'none',
        verdict: 'reject',
      },
    });
  });

  test.each<[string, string, string]>([
    [
      'an unknown knob',
      withKnobs('napt: false', 'ntap: true'),
      `c.yaml:7: firewalls[0].knobs.ntap: is not known (did you mean napt?; allowed: ${knobNames})`,
    ],
    [
      'a knob unlike any',
      withKnobs('colour: red'),
      `c.yaml:6: firewalls[0].knobs.colour: is not known (allowed: ${knobNames})`,
    ],
    [
      'a value unlike any',
      withKnobs('proxy: maybe'),
      'c.yaml:6: firewalls[0].knobs.proxy: "maybe" is not allowed (allowed: none, mandatory, intercepting)',
    ],
    [
      'a mistyped value',
      withKnobs('proxy: mandatroy'),
      'c.yaml:6: firewalls[0].knobs.proxy: "mandatroy" is not allowed (did you mean mandatory?; allowed: none, mandatory, intercepting)',
    ],
    [
      'a text for a boolean',
      withKnobs('napt: yes'),
      'c.yaml:6: firewalls[0].knobs.napt: must be true or false, not "yes"',
    ],
    [
      'a mistyped protocol',
      withKnobs('protocols:', '  - tcp', '  - upd'),
      `c.yaml:8: firewalls[0].knobs.protocols[1]: "upd" is not allowed (did you mean udp?; allowed: ${protocols})`,
    ],
    [
      'a protocol that is no list',
      withKnobs('protocols: tcp'),
      `c.yaml:6: firewalls[0].knobs.protocols: must be any or a list of IP protocols (${protocols}), not "tcp"`,
    ],
    [
      'a protocol twice',
      withKnobs('protocols: [tcp, tcp]'),
      'c.yaml:6: firewalls[0].knobs.protocols: names a protocol twice',
    ],
    [
      'a mistyped port rule',
      withKnobs('udp: nonee'),
      `c.yaml:6: firewalls[0].knobs.udp: ${portForms}, not "nonee" (did you mean none?)`,
    ],
    [
      'a port rule with a wrong key',
      withKnobs('tcp: { onyl: [80] }'),
      `c.yaml:6: firewalls[0].knobs.tcp: ${portForms}, not a map of onyl`,
    ],
    [
      'a port rule with both keys',
      withKnobs('tcp: { only: [80], except: [81] }'),
      `c.yaml:6: firewalls[0].knobs.tcp: ${portForms}, not a map of only, except`,
    ],
    [
      'a bare list of ports',
      withKnobs('tcp: [80]'),
      `c.yaml:6: firewalls[0].knobs.tcp: ${portForms}, not a list`,
    ],
    [
      'a port out of range',
      withKnobs('tcp:', '  only:', '    - 80', '    - 65536'),
      'c.yaml:9: firewalls[0].knobs.tcp.only[1]: 65536 is no port (1 to 65535)',
    ],
    [
      'port 0',
      withKnobs('tcp: { except: [0] }'),
      'c.yaml:6: firewalls[0].knobs.tcp.except[0]: 0 is no port (1 to 65535)',
    ],
    [
      'a port in words',
      withKnobs('tcp: { only: [http] }'),
      'c.yaml:6: firewalls[0].knobs.tcp.only[0]: must be a number, not "http"',
    ],
    [
      'a broken port',
      withKnobs('tcp: { only: [80.5] }'),
      'c.yaml:6: firewalls[0].knobs.tcp.only[0]: must be a whole number, not 80.5',
    ],
    [
      'no ports',
      withKnobs('connectPorts: []'),
      'c.yaml:6: firewalls[0].knobs.connectPorts: has the wrong length (at least 1)',
    ],
    [
      'NAPT that lets inbound in',
      withKnobs('napt: true'),
      'c.yaml:5: firewalls[0].knobs.unsolicitedInbound: must be deny where napt is true: an NAPT has no mapping by which it could deliver such a packet',
    ],
    [
      'a knob without a value',
      withKnobs('verdict:'),
      'c.yaml:6: firewalls[0].knobs.verdict: null is not allowed (allowed: drop, reject)',
    ],
    [
      'an id that is too long',
      withKnobs('{}').replace('own', 'my-own-firewall'),
      'c.yaml:2: firewalls[0].id: "my-own-firewall" must not be longer than 9 characters',
    ],
    [
      'an id in capitals',
      withKnobs('{}').replace('own', 'OWN'),
      'c.yaml:2: firewalls[0].id: "OWN" must be small letters and digits, joined by single hyphens',
    ],
    [
      'an empty title',
      withKnobs('{}').replace('title: t', 'title: ""'),
      'c.yaml:3: firewalls[0].title: must not be empty',
    ],
    [
      'a title of two lines',
      withKnobs('{}').replace('title: t', 'title: "a\\nb"'),
      'c.yaml:3: firewalls[0].title: "a\\nb" must be one line without control characters',
    ],
    [
      'no summary',
      withKnobs('{}').replace('    summary: s\n', ''),
      'c.yaml:2: firewalls[0].summary: is missing (text)',
    ],
    [
      'no knobs',
      'firewalls: [{ id: 1, title: t, summary: s }]',
      'c.yaml:1: firewalls[0].knobs: is missing (a map of keys to values)',
    ],
    [
      'an unknown key',
      `${withKnobs('{}')}firewall: 1\n`,
      'c.yaml:7: firewall: is not known (did you mean firewalls?; allowed: firewalls)',
    ],
    ['no firewalls', 'firewalls: []', 'c.yaml:1: firewalls: must name at least one firewall'],
    [
      'an id twice',
      'firewalls:\n  - { id: 1, title: t, summary: s, knobs: {} }\n  - { id: "1", title: t, summary: s, knobs: {} }',
      'c.yaml:3: firewalls[1].id: "1" is taken by firewalls[0] (each id once)',
    ],
    ['nothing', '', 'c.yaml:1: is empty (allowed: firewalls)'],
    ['a word', 'word', 'c.yaml:1: must be a map of keys to values, not "word"'],
    [
      'a firewall that is none',
      'firewalls:\n  - 5',
      'c.yaml:2: firewalls[0]: must be a map of keys to values, not 5',
    ],
    [
      'a list that holds itself',
      'firewalls: &all [*all]',
      'c.yaml:1: firewalls[0]: must be a map of keys to values, not a list',
    ],
  ])('with %s', (_, text, problem) => {
    expect(mistakes(text)).toEqual([problem]);
  });

  test('that is not YAML names the line', () => {
    expect(mistakes('firewalls:\n  - id: 1\n    id: 2\n')).toEqual([
      'c.yaml:3: is not YAML: Map keys must be unique',
    ]);
  });

  test('with several mistakes names them all, in the order of lines', () => {
    expect(
      mistakes(withKnobs('napt: 1', 'proxy: x', 'verdict: y')).map((line) => line.split(': ').slice(0, 2)),
    ).toEqual([
      ['c.yaml:6', 'firewalls[0].knobs.napt'],
      ['c.yaml:7', 'firewalls[0].knobs.proxy'],
      ['c.yaml:8', 'firewalls[0].knobs.verdict'],
    ]);
  });

  test('names a mistake that others take over where it is written, once', () => {
    const text = exampleCatalogue.replace('napt: true', 'napt: maybe');
    expect(mistakes(text)).toEqual(['c.yaml:7: firewalls[0].knobs.napt: must be true or false, not "maybe"']);
  });

  test('finds the line behind an alias', () => {
    const text = 'bad: &bad\n  napt: 3\nfirewalls:\n  - { id: 1, title: t, summary: s, knobs: *bad }\n';
    expect(mistakes(text)).toEqual([
      'c.yaml:1: bad: is not known (allowed: firewalls)',
      'c.yaml:2: firewalls[0].knobs.napt: must be true or false, not 3',
    ]);
  });
});

describe('whatever the file holds, the answer is a catalogue or one-line problems', () => {
  function answersWell(text: string): void {
    const result = parseCatalogue(text, 'c.yaml');
    if (result.ok) return;
    expect(result.problems.length).toBeGreaterThan(0);
    const lines = text.split('\n').length;
    for (const problem of result.problems) {
      expect(formatProblem(problem)).toMatch(/^c\.yaml:[1-9]\d*: [^\n\r]+$/);
      expect(problem.line).toBeLessThanOrEqual(lines);
    }
  }

  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), answersWell), { numRuns: 500 });
  });

  test('text made of YAML’s own characters', () => {
    const piece = fc.constantFrom(
      ...'\n -:?[]{}&*!|>\'"%@,#<~0aé',
      '  ',
      '- ',
      ': ',
      '<<: ',
      '*a',
      '&a ',
      'firewalls:',
      'knobs:',
      '---\n',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
        answersWell,
      ),
      { numRuns: 1000 },
    );
  });

  test('any value in the place of any part', () => {
    const value = fc.anything({ maxDepth: 3, withBigInt: false, withDate: false }).filter(writable);
    const place = fc.constantFrom(
      'id',
      'title',
      'knobs',
      'udp',
      'protocols',
      'connectPorts',
      'napt',
      'proxy',
    );
    fc.assert(
      fc.property(place, value, (key, anything) => {
        const firewall = { id: 'own', title: 't', summary: 's', knobs: {} };
        const isKnob = !(key in firewall);
        answersWell(
          stringify({
            firewalls: [{ ...firewall, ...(isKnob ? { knobs: { [key]: anything } } : { [key]: anything }) }],
          }),
        );
        answersWell(stringify({ firewalls: anything }));
        answersWell(stringify(anything) ?? '');
      }),
    );
  });

  test('brackets deeper than any stack, aliases that multiply', () => {
    answersWell('['.repeat(100_000));
    answersWell('- '.repeat(50_000));
    const level = (n: number) => `  l${n}: &l${n} [${`*l${n - 1},`.repeat(9)}]\n`;
    answersWell(`firewalls:\n  l0: &l0 [x]\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map(level).join('')}`);
  });
});

function writable(value: unknown): boolean {
  try {
    stringify(value);
    return true;
  } catch {
    return false;
  }
}
