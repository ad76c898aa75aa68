import { registrationFailure } from './registration-failure';

it.each([
  ['403 Forbidden', 'SIP_REFUSED', 'REGISTER: 403 Forbidden'],
  ['Connection timed out', 'TIMEOUT', 'REGISTER: Connection timed out'],
  ['Connection refused', 'CONNECTION_REFUSED', 'REGISTER: refused'],
  ['Connection reset by peer', 'CONNECTION_LOST', 'REGISTER: reset by the other side'],
  ['No route to host', 'UNREACHABLE', 'REGISTER: unreachable (EHOSTUNREACH)'],
  ['Protocol error', 'UNTOLD', 'REGISTER: Protocol error'],
  // A status below 300 is no refusal.
  ['200 OK', 'UNTOLD', 'REGISTER: 200 OK'],
  ['', 'UNTOLD', 'REGISTER: no reason given'],
])('baresip\'s "%s" is %s', (reason, code, message) => {
  expect(registrationFailure(reason)).toMatchObject({ code, message });
});
