import { judged, sip } from '../testing/messages';

const register = (parameters: string) => `
  REGISTER sip:example.org SIP/2.0
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK1${parameters}
  CSeq: 1 REGISTER
`;

it('a REGISTER of a UE has rport and keep, whatever the P-CSCF sends on', () => {
  expect(judged('register-rport-keep', [sip('ue to pcscf', register(';keep;rport'))])).toEqual([1]);
  expect(judged('register-rport-keep', [sip('ue to pcscf', register(';rport'))])).toEqual([
    0,
    'REGISTER without keep',
  ]);
  expect(judged('register-rport-keep', [sip('pcscf to core', register(''))])).toEqual([0]);
});
