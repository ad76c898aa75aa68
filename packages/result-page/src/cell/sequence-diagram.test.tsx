import { renderToString } from 'preact-render-to-string';
import type { PageAttempt, PageSequence } from '../data';
import { callWithIce, crowded, droppedRegister } from '../testing/sequence-fixture';
import { SequenceDiagram } from './sequence-diagram';

const draw = (sequence: PageSequence, durationMs = 100): string =>
  renderToString(
    <SequenceDiagram attempt={{ rung: 'UDP 5060', durationMs } as PageAttempt} sequence={sequence} />,
  );

/** The names of the arrows, as a screen reader says them. */
const names = (html: string): string[] =>
  [...html.matchAll(/role="option"[^>]*aria-label="([^"]*)"/g)].map(([, name]) => name!);

it('names every message in order, the denied ones with firewall and rule', () => {
  const html = draw(droppedRegister(), 32_000);
  expect(names(html).slice(0, 2)).toEqual([
    'SIP REGISTER, sip-ports at fw-3 denied it, ue-3 to pcscf, after 0.3 ms',
    'SIP REGISTER, sip-ports at fw-3 denied it, ue-3 to pcscf, after 501 ms',
  ]);
  expect(names(html)).toHaveLength(7);
  expect(html.match(/arrow-cross/g)).toHaveLength(7 + 1);
  expect(html.match(/class="arrow-head"/g)).toHaveLength(1);
});

it('says how long a folded wait was, and what the lines mean', () => {
  const html = draw(droppedRegister(), 32_000);
  expect(html).toMatch(/class="axis-wait"[^>]*>16.5 s</);
  expect(html).toContain('time to scale, 800 ms is this long');
  expect(html).toContain('denied, by the rule beside it');
  expect(draw(crowded(3))).not.toContain('denied, by the rule beside it');
});

it('says the same in a table', () => {
  const html = draw(callWithIce(), 3121);
  const cells = (row: string): string[] =>
    [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, text]) => text!);
  const rows = html.slice(html.indexOf('<tbody>')).split('</tr>').map(cells);
  expect(rows).toContainEqual([
    ...['106.0', 'ue-6', 'peer', 'ICE', 'Binding request', 'UDP', '3, until 606.7'],
    ...['udp-not-allowed at fw-6', 'captures/6-ue-side.pcap, frame 19'],
  ]);
  expect(rows.filter(({ length }) => length > 0)).toHaveLength(29);
});

it('is one stop of the Tab key, and uses no style attribute', () => {
  const html = draw(crowded());
  expect(html.match(/role="option"[^>]*tabindex="0"/g)).toHaveLength(1);
  expect(html).not.toMatch(/\sstyle=/);
});

it('shows hostile texts as text', () => {
  const bad = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
  const [arrow] = droppedRegister().arrows;
  const html = draw({
    parties: [
      { id: bad, kind: 'ue' },
      { id: bad, kind: 'firewall' },
    ],
    arrows: [{ ...arrow!, to: 1, label: bad, protocol: bad, carriers: bad, denied: { by: 1, rule: bad } }],
    leftOut: 0,
    problem: bad,
  });
  expect(html).not.toMatch(/<script|<img/);
  expect(html).toContain('class="arrow protocol-other arrow-denied"');
  expect(html).toContain('Not whole: &quot;>&lt;script>');
});

it.each([
  [1, '1 packet without a message, such as TCP acknowledgements, has no arrow.'],
  [14, '14 packets without a message, such as TCP acknowledgements, have no arrow.'],
])('says that %d packets are left out', (leftOut, text) => {
  expect(draw({ ...droppedRegister(), leftOut }).replaceAll('<!-- -->', '')).toContain(text);
});

it('says why there is no picture', () => {
  const nothing = { parties: [], arrows: [], leftOut: 0 };
  expect(draw({ ...nothing, problem: 'the capture is cut off' })).toBe(
    '<p class="sequence-note">the capture is cut off</p>',
  );
  expect(draw(nothing)).toContain('The captures have no message of this attempt.');
});
