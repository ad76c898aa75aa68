import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import { isBumped, isRefusal } from './proxy-log';

const entry: ProxyLogEntry = {
  at: 1_795_424_158_879,
  client: { ip: '10.89.8.2', port: 60096 },
  isDenied: true,
  httpStatus: 403,
  method: 'CONNECT',
  target: 'pcscf.example:443',
  server: undefined,
  localPort: undefined,
  bumpMode: undefined,
  error: undefined,
};

test('refusals are denials with 403 or 407, and nothing else', () => {
  expect(isRefusal(entry)).toBe(true);
  expect(isRefusal({ ...entry, httpStatus: 407 })).toBe(true);
  expect(isRefusal({ ...entry, httpStatus: 200 })).toBe(false);
  expect(isRefusal({ ...entry, isDenied: false })).toBe(false);
});

test('bumped is only a CONNECT whose TLS the proxy ended itself', () => {
  const bumped = { ...entry, isDenied: false, httpStatus: 200, bumpMode: 'bump' };
  expect(isBumped(bumped)).toBe(true);
  expect(isBumped({ ...bumped, bumpMode: 'splice' })).toBe(false);
  expect(isBumped({ ...bumped, bumpMode: undefined })).toBe(false);
  expect(isBumped({ ...bumped, method: 'GET' })).toBe(false);
});
