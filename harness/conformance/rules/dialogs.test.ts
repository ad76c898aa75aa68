import { judged, sip } from '../testing/messages';

interface Parts {
  readonly method?: string;
  readonly uri?: string;
  readonly cseq?: number;
  readonly from?: string;
  readonly to?: string;
  readonly more?: string;
}

const contact = 'Contact: <sip:ue@10.89.0.2:32768>';
const peer = 'Contact: <sip:peer@198.19.0.40:5060>';
const recorded = 'Record-Route: <sip:near;lr>\n  Record-Route: <sip:far;lr>';
const routed = 'Route: <sip:far;lr>\n  Route: <sip:near;lr>';

const fields = ({ method = 'INVITE', cseq = 1, from = ';tag=1', to = '', more = contact }: Parts) => `
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK${method}${cseq}
  From: <sip:ue@example.org>${from}
  To: <sip:peer@example.org>${to}
  Call-ID: 1
  CSeq: ${cseq} ${method}
  ${more}
`;
const request = (parts: Parts = {}) => `
  ${parts.method ?? 'INVITE'} ${parts.uri ?? 'sip:peer@example.org'} SIP/2.0${fields(parts)}`;
const response = (status: number, parts: Parts = {}) => `
  SIP/2.0 ${status} Words${fields({ to: ';tag=2', more: `${peer}\n  ${recorded}`, ...parts })}`;

const sent = (parts?: Parts) => sip('ue to pcscf', request(parts));
const came = (status: number, parts?: Parts) => sip('pcscf to ue', response(status, parts));
const inDialog = { uri: 'sip:peer@198.19.0.40:5060', to: ';tag=2', more: routed };

it('a request that can make a dialog has one Contact, and so has the answer', () => {
  expect(judged('dialog-contact', [sent(), sent({ method: 'INFO', more: 'X: y' })])).toEqual([1]);
  expect(judged('dialog-contact', [sent({ more: 'X: y' })])).toEqual([0, 'INVITE with Contact none']);
  expect(judged('dialog-contact', [sent({ more: `${contact}, <sip:b>` })])).toEqual([
    0,
    'INVITE with Contact sip:ue@10.89.0.2:32768, sip:b',
  ]);
  expect(judged('accepted-contact', [came(200), came(486, { more: 'X: y' })])).toEqual([1]);
  expect(judged('accepted-contact', [came(200, { more: 'X: y' })])).toEqual([
    0,
    '200 to INVITE without Contact',
  ]);
});

it('Record-Route comes back', () => {
  const invite = sip('pcscf to ue', request({ more: recorded }));
  const accepted = (more: string) => sip('ue to pcscf', response(200, { more }));
  expect(judged('record-route-returned', [invite, accepted(recorded)])).toEqual([1]);
  expect(judged('record-route-returned', [invite, accepted('X: y')])).toEqual([
    0,
    '200 with Record-Route none',
  ]);
});

it('an ACK is for an INVITE', () => {
  const ack = (cseq: number) => sent({ method: 'ACK', cseq });
  expect(judged('ack-cseq', [sent(), ack(1)])).toEqual([1]);
  expect(judged('ack-cseq', [sent(), ack(2)])).toEqual([0, 'ACK 2 for no INVITE that was seen']);
});

it('CSeq goes up by one, sent again or not', () => {
  const bye = (cseq: number) => sent({ ...inDialog, method: 'BYE', cseq });
  expect(judged('cseq-by-one', [sent(), sent(), sent({ method: 'ACK' }), bye(2)])).toEqual([2]);
  expect(judged('cseq-by-one', [sent(), bye(3)])).toEqual([0, 'BYE 3 after INVITE 1']);
  expect(judged('cseq-by-one', [sent(), bye(1)])).toEqual([0, 'BYE 1 after INVITE 1']);
});

describe('a request within a dialog', () => {
  const bye = (parts: Parts) => sent({ ...inDialog, method: 'BYE', cseq: 2, ...parts });

  it('follows the route set, of the caller turned round', () => {
    expect(judged('route-set', [sent(), came(200), bye({})])).toEqual([1]);
    expect(judged('route-set', [sent(), came(200), bye({ more: 'X: y' })])).toEqual([
      0,
      'BYE with Route none and not sip:far;lr, sip:near;lr',
    ]);
    // Nothing was accepted.
    expect(judged('route-set', [sent(), came(486), sent({ method: 'ACK', to: ';tag=2' })])).toEqual([0]);
  });

  it('of the one who was called goes the way that the INVITE came', () => {
    const invite = sip('pcscf to ue', request({ more: `${peer}\n  ${recorded}` }));
    const accepted = sip('ue to pcscf', response(200, { more: `${contact}\n  ${recorded}` }));
    const bye = (more: string) =>
      sent({ ...inDialog, method: 'BYE', cseq: 2, from: ';tag=2', to: ';tag=1', more });
    const inOrder = 'Route: <sip:near;lr>, <sip:far;lr>';
    expect(judged('route-set', [invite, accepted, bye(inOrder)])).toEqual([1]);
    expect(judged('route-set', [invite, accepted, bye(routed)])).toEqual([
      0,
      'BYE with Route sip:far;lr, sip:near;lr and not sip:near;lr, sip:far;lr',
    ]);
  });

  it('goes to the other end’s Contact', () => {
    expect(judged('remote-target', [sent(), came(200), bye({})])).toEqual([1]);
    expect(judged('remote-target', [sent(), came(200), bye({ uri: 'sip:peer@example.org' })])).toEqual([
      0,
      'BYE to sip:peer@example.org and not sip:peer@198.19.0.40:5060',
    ]);
  });
});
