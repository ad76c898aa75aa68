import { judged, sip } from '../testing/messages';

const message = (fields: string) => `MESSAGE sip:a SIP/2.0\nTo: <sip:a>\nCSeq: 1 MESSAGE\n${fields}`;

it('identities are asserted towards the core', () => {
  const asserted = 'P-Asserted-Identity: <sip:b>';
  const onwards = (fields: string) => sip('pcscf to core', message(fields));
  expect(judged('identity-asserted', [onwards(asserted), sip('ue to pcscf', message('X: y'))])).toEqual([1]);
  expect(judged('identity-asserted', [onwards('X: y')])).toEqual([0, 'MESSAGE without P-Asserted-Identity']);
  expect(judged('identity-asserted', [onwards(`${asserted}\nP-Preferred-Identity: <sip:c>`)])).toEqual([
    0,
    'MESSAGE with P-Preferred-Identity',
  ]);
});

const register = (fields: string) =>
  sip(
    'pcscf to core',
    `REGISTER sip:x SIP/2.0\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\nCSeq: 1 REGISTER\nContact: <sip:a>\n${fields}`,
  );
const path = 'Path: <sip:198.18.0.10;lr>';

it('a REGISTER goes on with what the registrar needs', () => {
  const whole = `${path}\nRequire: path\nP-Visited-Network-ID: "x"\nP-Charging-Vector: icid-value=1`;
  expect(judged('register-sent-on', [register(whole)])).toEqual([1]);
  expect(judged('register-sent-on', [register(path)])).toEqual([
    0,
    'REGISTER without P-Visited-Network-ID, P-Charging-Vector, path in Require',
  ]);
});

it('the registrar is told how a REGISTER is protected', () => {
  const answered = (more: string) => register(`Authorization: Digest username="a"${more}`);
  expect(judged('integrity-told', [answered(', integrity-protected="tls-yes"'), register('X: y')])).toEqual([
    1,
  ]);
  expect(judged('integrity-told', [answered('')])).toEqual([0, 'integrity-protected is not told']);
  const byAka = ['no', 'yes'].map((told) => answered(`, integrity-protected="${told}"`));
  expect(judged('integrity-told', byAka)).toEqual([2]);
  expect(judged('integrity-told', [answered(', integrity-protected="maybe"')])).toEqual([
    0,
    'integrity-protected is maybe',
  ]);
});

it('what a UE begins has an identity for charging', () => {
  const begun = (fields: string) => sip('pcscf to core', message(fields));
  expect(judged('charging-identity', [begun('P-Charging-Vector: icid-value="1";x=y')])).toEqual([1]);
  expect(judged('charging-identity', [begun('X: y')])).toEqual([0, 'MESSAGE without icid-value']);
});

it('charging is kept from the UE', () => {
  const come = (fields: string) => sip('pcscf to ue', message(fields));
  expect(judged('charging-kept-from-ue', [come('X: y')])).toEqual([1]);
  expect(judged('charging-kept-from-ue', [come('P-Charging-Vector: icid-value=1')])).toEqual([
    0,
    'MESSAGE sip:a SIP/2.0 with P-Charging-Vector',
  ]);
});

it('a registration is answered with identities, Service-Route and Path', () => {
  const ok = (fields: string, contact = '<sip:a>;expires=1') =>
    sip(
      'core to pcscf',
      `SIP/2.0 200 OK\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\nCSeq: 1 REGISTER\nContact: ${contact}\n${fields}`,
    );
  const whole = `P-Associated-URI: <sip:a>\nService-Route: <sip:orig@x;lr>\n${path}`;
  expect(judged('registration-told', [register(path), ok(whole)])).toEqual([1]);
  expect(judged('registration-told', [register(path), ok('X: y')])).toEqual([
    0,
    '200 without P-Associated-URI, Service-Route, the Path of the request',
  ]);
  // It has ended.
  expect(judged('registration-told', [register(path), ok('X: y', '<sip:b>;expires=1')])).toEqual([0]);
});

it('a UE is told as whom it is called', () => {
  const come = (fields: string) => sip('pcscf to ue', message(fields));
  expect(judged('called-party-told', [come('P-Called-Party-ID: <sip:a>')])).toEqual([1]);
  expect(judged('called-party-told', [come('X: y')])).toEqual([0, 'MESSAGE without P-Called-Party-ID']);
});
