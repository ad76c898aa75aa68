import { staticSti } from '../../../nodes/scc-as/sti';
import { judged, sip } from '../testing/messages';

const replaces = 'Replaces: source;to-tag=1;from-tag=2';
const targetDialog = 'Target-Dialog: source;local-tag=1;remote-tag=2';

const message = (start: string, callId: string, to: string, more: readonly string[] = []): string =>
  [
    start,
    'Via: SIP/2.0/UDP 198.18.0.10;branch=z9hG4bK' + callId,
    'Max-Forwards: 70',
    'From: <sip:a@example.org>;tag=a',
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${/BYE/.test(start) ? 'BYE' : 'INVITE'}`,
    ...more,
    'Content-Length: 0',
  ].join('\n');

const invite = (uri: string, ...more: string[]) =>
  sip('pcscf to core', message(`INVITE ${uri} SIP/2.0`, 'target', `<${uri}>`, more));
const answer = (status = '200 OK') =>
  sip('core to pcscf', message(`SIP/2.0 ${status}`, 'target', `<${staticSti}>;tag=b`));
const reinvite = () =>
  sip(
    'core to pcscf',
    message('INVITE sip:peer@198.19.0.40 SIP/2.0', 'remote', '<sip:peer@example.org>;tag=c'),
  );
const bye = (callId = 'source') =>
  sip('core to pcscf', message('BYE sip:ue@10.89.0.2 SIP/2.0', callId, '<sip:a@example.org>;tag=d'));

it('an INVITE to an STI names the source access leg', () => {
  const dynamic = 'sip:sti-0123456789abcdef@198.18.0.30:5060';
  expect(judged('transfer-names-source', [invite(staticSti, replaces)])).toEqual([1]);
  expect(judged('transfer-names-source', [invite(dynamic, targetDialog)])).toEqual([1]);
  expect(judged('transfer-names-source', [invite(staticSti)])).toEqual([
    0,
    'INVITE to an STI without Replaces and Target-Dialog',
  ]);
  expect(judged('transfer-names-source', [invite('sip:peer@example.org')])).toEqual([0]);
});

it('a named dialog has its two tags once', () => {
  const rule = 'named-dialog-tags';
  expect(judged(rule, [invite(staticSti, replaces, targetDialog)])).toEqual([1]);
  expect(judged(rule, [invite(staticSti, 'Replaces: x;to-tag=1')])).toEqual([0, 'Replaces with 0 from-tag']);
  expect(judged(rule, [invite(staticSti, `${targetDialog};local-tag=3`)])).toEqual([
    0,
    'Target-Dialog with 2 local-tag',
  ]);
  expect(judged(rule, [invite(staticSti)])).toEqual([0]);
});

it('the remote end gets a re-INVITE before a transfer is answered', () => {
  const rule = 'remote-leg-updated';
  expect(judged(rule, [invite(staticSti, replaces), reinvite(), answer()])).toEqual([1]);
  const why = 'a transfer was answered and no re-INVITE was sent before';
  expect(judged(rule, [invite(staticSti, replaces), answer(), reinvite()])).toEqual([0, why]);
  expect(judged(rule, [invite(staticSti, replaces), answer('480 No Such Session')])).toEqual([0]);
});

it('the source access leg is released after a transfer', () => {
  const rule = 'source-leg-released';
  expect(judged(rule, [invite(staticSti, targetDialog), answer(), bye()])).toEqual([1]);
  const why = 'no BYE was sent on the source access leg';
  expect(judged(rule, [invite(staticSti, targetDialog), answer(), bye('other')])).toEqual([0, why]);
  expect(judged(rule, [invite(staticSti, targetDialog), answer('403 Forbidden')])).toEqual([0]);
});
