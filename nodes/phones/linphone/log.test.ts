import fc from 'fast-check';
import { LogReader } from './log';

const at = '2026-11-28 21:27:45:801';

/** Reads a log and returns what it told. */
function read(...lines: readonly string[]) {
  const told: unknown[] = [];
  const reader = new LogReader({
    registration: (state) => told.push(state),
    audio: (rate) => told.push(rate),
  });
  for (const line of lines) reader.take(line);
  return { reader, told };
}

/** Returns why the registration failed after these entries of the SIP stack. */
function failureAfter(entries: readonly string[], isByProxy = false): object {
  const { code, message } = read(
    ...entries.map((entry) => `${at} belle-sip-${entry}`),
  ).reader.registrationFailure(isByProxy);
  return { code, message };
}

/** The lines with which the log shows a response. */
const response = (status: string, method: string): string[] => [
  `${at} belle-sip-message-channel [0x7f]: received [510] new bytes from [UDP://pcscf.home:5060]:`,
  `SIP/2.0 ${status}`,
  'Via: SIP/2.0/UDP 10.89.6.2:52832;branch=z9hG4bK.0Mn8PSSKd;rport=52832',
  `CSeq: 21 ${method}`,
  '',
];

it('tells the states of the registration, and what a call carried in a second', () => {
  const state = (from: string, to: string): string =>
    `${at} liblinphone-message-Account [0x56] for identity [sip:ue-6@home] moving from state [LinphoneRegistration${from}] to [LinphoneRegistration${to}] on core [0x56]`;
  const { told } = read(
    state('None', 'Progress'),
    state('Progress', 'Ok'),
    `${at} liblinphone-message-Bandwidth usage for CallSession [0x55]:`,
    '\tStream #0 (audio) | cpu: 0.83% | RTP : [d=77.91,u=83.30] RTCP: [d=-nan,u=0.00]  (kbits/sec)',
    state('Ok', 'Cleared'),
  );
  expect(told).toEqual(['Ok', { received: 77.91, sent: 83.3 }, 'Cleared']);
});

it.each<[string, string, string, string]>([
  [
    'a certificate of another authority',
    'error-Channel [0x7f]: SSL handshake failed : X509 - Certificate verification failed, e.g. CRL, CA or signature check failed',
    'CERTIFICATE_UNTRUSTED',
    'SSL handshake failed : X509 - Certificate verification failed, e.g. CRL, CA or signature check failed',
  ],
  [
    'no suite in common',
    'error-Channel [0x7f]: SSL handshake failed : SSL - A fatal alert message was received from our peer',
    'TLS_FAILED',
    'SSL handshake failed : SSL - A fatal alert message was received from our peer',
  ],
  [
    'a port that is closed',
    'error-Connection failed  for fd [14]: cause [Connection refused]',
    'CONNECTION_REFUSED',
    'Connection failed  for fd [14]: cause [Connection refused]',
  ],
  [
    'no answer to the SYN',
    'warning-channel [0x7f8d200028a0]: user-defined transport timeout.',
    'TIMEOUT',
    'no connection to the P-CSCF within the time that Linphone allows',
  ],
  [
    'no answer to REGISTER',
    'message-A timeout related to this channel occured and no message received during last 60 seconds. This channel is suspect, moving to error state',
    'TIMEOUT',
    'nobody answered REGISTER',
  ],
  [
    'a web proxy that refuses, of which the log does not have the status',
    'error-Channel [0x7f]: connection refused by http proxy [10.89.8.3:3128]',
    'UNTOLD',
    'connection refused by http proxy [10.89.8.3:3128]',
  ],
])('%s is the reason', (_, entry, code, message) => {
  expect(failureAfter([entry, 'error-Cannot connect to [TLS://pcscf.home:443]'])).toEqual({ code, message });
});

it('a certificate that names somebody else is another reason than one of another authority', () => {
  const failed = 'error-Channel [0x7f]: SSL handshake failed : X509 - Certificate verification failed';
  const wrongName = 'message-Found certificate depth=[0], flags=[CN-mismatch ]:';
  expect(failureAfter([wrongName, failed])).toMatchObject({ code: 'CERTIFICATE_NAME' });
});

it('what refuses the connection is the web proxy where there is one', () => {
  const refused = ['error-Connection failed  for fd [14]: cause [Connection refused]'];
  expect(failureAfter(refused, true)).toMatchObject({ code: 'PROXY_UNREACHABLE' });
});

it('of two tries the first is the reason', () => {
  const failure = failureAfter([
    'error-Connection failed  for fd [14]: cause [Connection refused]',
    'warning-channel [0x7f8d200028a0]: user-defined transport timeout.',
  ]);
  expect(failure).toMatchObject({ code: 'CONNECTION_REFUSED' });
});

it('a refusal is a reason, a challenge and a refusal of another request are none', () => {
  const { reader } = read(
    ...response('401 Unauthorized', 'REGISTER'),
    ...response('486 Busy Here', 'INVITE'),
    ...response('403 Forbidden', 'REGISTER'),
  );
  expect(reader.registrationFailure(false)).toMatchObject({
    code: 'SIP_REFUSED',
    message: 'REGISTER was answered with 403 Forbidden',
  });
  expect(reader.refusalOf('INVITE')).toMatchObject({ message: 'INVITE was answered with 486 Busy Here' });
  expect(reader.refusalOf('MESSAGE')).toBeUndefined();
  const challenged = read(...response('401 Unauthorized', 'REGISTER'));
  expect(challenged.reader.refusalOf('REGISTER')).toBeUndefined();
});

it('tells the TURN server that did not answer', () => {
  const { reader } = read(
    `${at} liblinphone-warning-No STUN answer from [turn.home:443], continuing without STUN`,
  );
  expect(reader.relayWithoutAnswer).toBe('turn.home:443');
  expect(read().reader.relayWithoutAnswer).toBeUndefined();
});

it('a reason that nobody knows is not made up; complaints of missing sound cards are none', () => {
  const card = `${at} liblinphone-error-Could not find a suitable soundcard with capabilities : 2`;
  expect(read(card).reader.registrationFailure(false)).toMatchObject({
    code: 'UNTOLD',
    message: 'not registered: Linphone does not say why',
  });
  expect(failureAfter(['error-No listening point matching for [tls://pcscf.home:443]'])).toEqual({
    code: 'UNTOLD',
    message: 'not registered: No listening point matching for [tls://pcscf.home:443]',
  });
});

it('takes any log', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(...response('403 Forbidden', 'REGISTER'), `${at} belle-sip-error-x`),
  );
  fc.assert(fc.property(fc.array(line), (lines) => void read(...lines).reader.registrationFailure(true)));
});
