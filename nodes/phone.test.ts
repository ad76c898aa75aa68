import { toPcscf, toTurn } from '../ladder/testing/rungs';
import { lackingIn } from './phone';
import type { Wanted } from './wanted';
import { ownCapabilities } from './ue/capabilities';
import type { Capabilities } from './ue/protocol';
import { registrationRungs, relayRungs, suiteIds } from '../ladder';

const tls: Wanted = { action: 'register', rung: toPcscf(3, 'connect:443'), suite: 'null' };

it.each<[string, Capabilities, string]>([
  ['actions', { actions: ['relay', 'call'] }, 'the phone has no action register'],
  ['steps', { steps: [1, 2] }, 'the phone has no step 3'],
  ['servers', { servers: ['turn'] }, 'the phone has no server pcscf'],
  ['transports', { transports: ['udp'] }, 'the phone has no transport tls'],
  ['throughs', { throughs: ['direct'] }, 'the phone has no way connect'],
  ['securities', { securities: [] }, 'the phone has no security digest'],
  ['suites', { suites: ['aes'] }, 'the phone has no suite null'],
])('of its %s a phone says all', (_, capabilities, lacking) => {
  expect(lackingIn(capabilities, tls)).toBe(lacking);
});

it('is not limited in what it does not speak of', () => {
  expect(lackingIn({}, tls)).toBeUndefined();
});

it('needs no suite where nothing is in TLS', () => {
  const wanted = { action: 'relay', rung: toTurn(3, 'tcp:80'), suite: 'null' } as const;
  expect(lackingIn({ suites: ['aes'] }, wanted)).toBeUndefined();
});

it('the reference UE can do all that the ladders have', () => {
  for (const rung of [...registrationRungs, ...relayRungs])
    for (const suite of suiteIds)
      for (const action of ['register', 'relay', 'call', 'message', 'msrp', 'keepalive', 'leave', 'arrive'])
        expect(lackingIn(ownCapabilities, { action, rung, suite })).toBeUndefined();
});
