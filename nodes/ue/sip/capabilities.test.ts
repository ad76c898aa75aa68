import fc from 'fast-check';
import { lackFor } from './capabilities';
import { normalised } from './incoming-text';

function request(method: string, more: readonly string[] = [], body = ''): string {
  return normalised([`${method} sip:peer@192.0.2.1 SIP/2.0`, ...more, '', body].join('\r\n'));
}

const sdp = 'v=0\r\n';
const methods = 'Allow: INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS, UPDATE, INFO, NOTIFY, PRACK';

it.each([
  ['a method that it has not', request('REFER'), 405, methods],
  ['a method that nobody knows', request('FROB'), 405, methods],
  ['an extension', request('INVITE', ['Require: precondition']), 420, 'Unsupported: precondition'],
  [
    'some extensions of several, folded and in several fields',
    request('MESSAGE', ['Require: replaces,', ' Answermode', 'REQUIRE: outbound, precondition']),
    420,
    'Unsupported: Answermode, precondition',
  ],
  [
    'a body of an unknown type',
    request('MESSAGE', ['Content-Type: application/im-iscomposing+xml'], '<x/>'),
    415,
    'Accept: text/plain, message/cpim, message/imdn+xml',
  ],
  [
    'a session that is not described in SDP',
    request('INVITE', ['c: multipart/mixed;boundary=x'], '--x'),
    415,
    'Accept: application/sdp',
  ],
  ['a body of no type', request('INVITE', [], sdp), 415, 'Accept: application/sdp'],
  [
    'an encoding',
    request('MESSAGE', ['Content-Type: text/plain', 'e: gzip'], 'x'),
    415,
    'Accept-Encoding: identity',
  ],
])('lacks %s, and says what to do instead', (_, text, code, field) => {
  expect(lackFor(text)).toMatchObject({ code, field });
});

it.each([
  [
    'a call',
    request(
      'INVITE',
      ['Content-Type: application/SDP;charset=utf-8', 'Require: replaces, 100rel, timer'],
      sdp,
    ),
  ],
  ['a message', request('MESSAGE', ['Content-Type: text/plain;charset=UTF-8'], 'x')],
  ['a notification of a message', request('MESSAGE', ['Content-Type: message/imdn+xml'], '<imdn/>')],
  ['a question', request('OPTIONS', ['Accept: application/sdp'])],
  ['DTMF', request('INFO', ['Content-Type: application/dtmf-relay'], 'Signal=1')],
  ['an acknowledgement, whatever it requires (RFC 3261 8.2.2.3)', request('ACK', ['Require: 100rel'])],
  ['a CANCEL, whatever it requires', request('CANCEL', ['Require: 100rel'])],
])('has all for %s', (_, text) => {
  expect(lackFor(text)).toBeUndefined();
});

it('never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void lackFor(`MESSAGE sip:a SIP/2.0\r\n${text}`)));
});
