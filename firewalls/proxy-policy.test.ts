import { knobsSchema } from './knobs';
import { proxyPolicy } from './proxy-policy';

test('without a proxy there is no policy', () => {
  expect(proxyPolicy(knobsSchema.parse({}))).toBeUndefined();
});

test('a mandatory proxy opens CONNECT to 443 and passes TLS through', () => {
  expect(proxyPolicy(knobsSchema.parse({ proxy: 'mandatory' }))).toEqual({
    listenPort: 3128,
    connectPorts: [443],
    authentication: 'none',
    intercept: false,
    idleSeconds: 86_400,
  });
});

test('an intercepting proxy re-signs; its ports are a knob', () => {
  expect(proxyPolicy(knobsSchema.parse({ proxy: 'intercepting', connectPorts: [443, 5061] }))).toEqual({
    listenPort: 3128,
    connectPorts: [443, 5061],
    authentication: 'none',
    intercept: true,
    idleSeconds: 86_400,
  });
});

test('who may use it is a knob', () => {
  expect(proxyPolicy(knobsSchema.parse({ proxy: 'mandatory', proxyAuthentication: 'basic' }))).toMatchObject({
    authentication: 'basic',
  });
});

test('it closes a tunnel when the firewall forgets connections', () => {
  expect(proxyPolicy(knobsSchema.parse({ proxy: 'mandatory', idle: 7 }))).toMatchObject({ idleSeconds: 7 });
});
