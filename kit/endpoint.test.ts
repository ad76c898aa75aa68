import { sameEndpoint, showEndpoint } from './endpoint';

test('two are the same when address and port are', () => {
  const one = { ip: '198.18.0.2', port: 443 };
  expect(sameEndpoint(one, { ...one })).toBe(true);
  expect(sameEndpoint(one, { ...one, port: 80 })).toBe(false);
  expect(sameEndpoint(one, { ...one, ip: '198.18.0.3' })).toBe(false);
});

test('is written as usual', () => {
  expect(showEndpoint({ ip: '198.18.0.2', port: 443 })).toBe('198.18.0.2:443');
});
