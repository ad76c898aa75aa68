import { builtInCatalogue } from '../../firewalls/catalogue';
import { planWith } from '../plan/testing/plan-with';
import { firewallResultOf } from './plan-result';

const plan = planWith({ scenarios: ['register', 'keepalive'], options: { idleSeconds: 7 } });
const firewall = (id: string) => builtInCatalogue.find((one) => one.id === id)!;

test('a result has the knobs of a firewall, and those of each scenario that has others', () => {
  const { knobs } = firewall('6');
  expect(firewallResultOf(firewall('6'), plan)).toMatchObject({
    id: '6',
    knobs,
    knobsDuring: { keepalive: { ...knobs, idle: 7 } },
  });
  expect(Object.keys(firewallResultOf(firewall('6'), plan).knobsDuring!)).toEqual(['keepalive']);
});

test('a firewall that keeps no state has the same knobs whatever is played', () => {
  expect(firewallResultOf(firewall('0'), plan)).not.toHaveProperty('knobsDuring');
});
