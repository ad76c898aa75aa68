import fc from 'fast-check';
import { choose } from './choice';

const firewalls = {
  what: 'firewall',
  code: 'UNKNOWN_FIREWALL',
  known: ['0', '1', '2', '3', 'closed', 'my-own'],
} as const;

describe('choose', () => {
  it.each([
    ['1-3', ['1', '2', '3']],
    ['3-1', ['1', '2', '3']],
    ['closed,0', ['0', 'closed']],
    ['2, 2 ,2-3', ['2', '3']],
    ['my-own', ['my-own']],
    ['all', ['0', '1', '2', '3', 'closed', 'my-own']],
  ])('reads %j', (text, expected) => {
    expect(choose(firewalls, text)).toEqual(expected);
  });

  it.each([
    ['close', 'there is no firewall "close"; did you mean closed? Take one of 0, 1, 2, 3, closed, my-own'],
    ['1-4', 'there is no firewall "4"; take one of 0, 1, 2, 3, closed, my-own'],
    ['', 'a firewall in the list has no name; take one of 0, 1, 2, 3, closed, my-own'],
  ])('refuses %j', (text, message) => {
    expect(() => choose(firewalls, text)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_FIREWALL', message }),
    );
  });

  it('finds whatever is known, whatever it is called', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)*$/), { minLength: 1 }),
        fc.nat(),
        (known, index) => {
          const name = known[index % known.length]!;
          expect(choose({ ...firewalls, known }, name)).toEqual([name]);
        },
      ),
    );
  });
});
