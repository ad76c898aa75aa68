import fc from 'fast-check';
import { isSameSti, newDynamicSti, staticSti, stiKindOf } from './sti';

const [user, host] = staticSti.replace('sip:', '').split('@') as [string, string];
const dynamic = newDynamicSti({ address: '198.18.0.30', port: 5060 });

it.each([
  ['the static STI', staticSti, 'static'],
  ['in other letters, with parameters', `SIP:${user}@${host.toUpperCase()};user=ip`, 'static'],
  ['in another domain', `sip:${user}@example.com`, 'none'],
  // RFC 3261 19.1.4: the user part is compared with its case.
  ['in other letters of the user', `sip:${user.toUpperCase()}@${host}`, 'none'],
  ['a dynamic STI', dynamic, 'dynamic'],
  ['a dynamic STI with parameters', `<${dynamic};transport=udp>`, 'dynamic'],
  ['a subscriber', `sip:ue-0@${host}`, 'none'],
  ['a number', 'tel:+9990010100001', 'none'],
  ['nothing', '', 'none'],
])('%s is told apart', (_, uri, kind) => expect(stiKindOf(uri, staticSti)).toBe(kind));

it('a dynamic STI is new for each session', () => {
  expect(isSameSti(dynamic, `${dynamic};transport=udp`)).toBe(true);
  expect(isSameSti(dynamic, newDynamicSti({ address: '198.18.0.30', port: 5060 }))).toBe(false);
  expect(isSameSti('', '')).toBe(false);
});

it('never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => expect(stiKindOf(text, staticSti)).toBe('none')));
});
