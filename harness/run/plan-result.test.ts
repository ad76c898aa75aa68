import { builtInCatalogue } from '../../firewalls/catalogue';
import { makePlan } from '../plan/plan';
import { firewallResultOf } from './plan-result';

const plan = makePlan({
  catalogue: builtInCatalogue,
  firewalls: builtInCatalogue,
  scenarios: ['register', 'keepalive'],
  suites: ['aes'],
  steps: [1, 2, 3],
  patience: 'evidence',
  timers: 'rfc',
  ladder: 'all',
  repeat: 1,
  options: { idleSeconds: 7 },
});
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
