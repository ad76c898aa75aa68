import { builtInCatalogue, firewallSchema } from './catalogue';
import type { Knobs } from './knobs';

function knobsOf(id: string): Knobs {
  const found = builtInCatalogue.find((firewall) => firewall.id === id);
  if (!found) throw new Error(`no firewall ${id}`);
  return found.knobs;
}

describe('the built-in catalogue', () => {
  test('has the types and the controls in the order of tables', () => {
    expect(builtInCatalogue.map(({ id }) => id)).toEqual([...'0123456789', 'closed', 'intercepting']);
  });

  test('satisfies its own schema', () => {
    for (const firewall of builtInCatalogue) expect(firewallSchema.parse(firewall)).toEqual(firewall);
  });

  // As in the table of docs/firewalls.md, each type adds this to the type before it, and nothing else.
  test.each<[string, Partial<Knobs>]>([
    ['1', { napt: true, unsolicitedInbound: 'deny' }],
    ['2', { protocols: ['tcp', 'udp', 'icmp'] }],
    ['3', { udp: { except: [5060, 5061] }, tcp: { except: [5060, 5061] } }],
    ['4', { udp: { only: [53, 123, 500, 4500] } }],
    ['5', { udp: 'none' }],
    ['6', { tcp: { only: [80, 443] } }],
    ['7', { inspect80: 'http', inspect443: 'tls' }],
    ['8', { proxy: 'mandatory' }],
    ['9', { payload: 'readable' }],
  ])('type %s adds to the one before', (id, added) => {
    expect(knobsOf(id)).toEqual({ ...knobsOf(String(Number(id) - 1)), ...added });
    expect(knobsOf(id)).not.toEqual(knobsOf(String(Number(id) - 1)));
  });

  test('type 0 restricts nothing', () => {
    expect(knobsOf('0')).toEqual({
      napt: false,
      unsolicitedInbound: 'allow',
      protocols: 'any',
      udp: 'any',
      tcp: 'any',
      inspect80: 'none',
      inspect443: 'none',
      payload: 'none',
      nullSuites: 'allow',
      proxy: 'none',
      connectPorts: [443],
      proxyAuthentication: 'none',
      dns: 'anyone',
      idle: 'none',
      verdict: 'drop',
    });
  });

  test('the intercepting proxy stands where that of type 8 does', () => {
    expect(knobsOf('intercepting')).toEqual({ ...knobsOf('8'), proxy: 'intercepting' });
  });

  test('says of every type that it is not certain, and of every control that it is one', () => {
    const guesses = builtInCatalogue
      .filter(({ confidence }) => confidence.includes('guess'))
      .map(({ id }) => id);
    expect(guesses).toEqual([...'123456789']);
    const controls = builtInCatalogue
      .filter(({ confidence }) => confidence === 'control')
      .map(({ id }) => id);
    expect(controls).toEqual(['0', 'closed', 'intercepting']);
  });
});

describe('firewall ids', () => {
  const { id } = firewallSchema.unwrap().shape;

  // Interface names are made from them.
  test.each(['0', 'closed', 'intercepting', 'a-b-c', '123456789'])('%s is one', (text) => {
    expect(id.safeParse(text).success).toBe(true);
  });
  test.each(['', 'Closed', 'a_b', '-a', 'a--b', 'a/b', '1234567890', 'a b', 'a\n'])('%j is none', (text) => {
    expect(id.safeParse(text).success).toBe(false);
  });
});
