import fc from 'fast-check';
import type { PageArrow, PageSequence } from '../data';
import { callWithIce, crowded, droppedRegister, msrp, registerByConnect } from '../testing/sequence-fixture';
import { labelOf, layOut, widthOf, type LabelLayout, type SequenceLayout } from './sequence-layout';
import { rowHeight } from './time-axis';

const sequences = fc.integer({ min: 2, max: 9 }).chain((count) =>
  fc.record({
    parties: fc.constant(
      Array.from({ length: count }, (_, index) => ({ id: `node-${index}`, kind: 'other' as const })),
    ),
    arrows: fc.array(
      fc.record({
        afterMs: fc.double({ min: -5, max: 1e5, noNaN: true }),
        from: fc.nat(count - 1),
        to: fc.nat(count - 1),
        protocol: fc.constantFrom('sip', 'tls', 'constructor', 'other'),
        label: fc.string({ unit: 'binary', maxLength: 300 }),
        carriers: fc.constant('UDP'),
        count: fc.integer({ min: 1, max: 999 }),
        lastAfterMs: fc.double({ min: 0, max: 2e5, noNaN: true }),
        capture: fc.constant('captures/0-ue-side.pcap'),
        frame: fc.constant(1),
        denied: fc.option(fc.record({ by: fc.nat(count - 1), rule: fc.string({ maxLength: 80 }) }), {
          nil: undefined,
        }),
      }),
      { minLength: 1, maxLength: 60 },
    ),
    leftOut: fc.constant(0),
  }),
);

it('has every arrow, label and lifeline inside the picture', () => {
  fc.assert(
    fc.property(sequences, (sequence) => {
      const layout = layOut(sequence, 100);
      for (const x of layout.lifelines) expect(isAcross(layout, x)).toBe(true);
      for (const { y, from, to, label, rule, lastY } of layout.arrows) {
        expect([from, to].every((x) => isAcross(layout, x))).toBe(true);
        expect(y).toBeGreaterThanOrEqual(rowHeight);
        expect(Math.max(y, lastY ?? 0)).toBeLessThanOrEqual(layout.height);
        for (const one of [label, ...(rule ? [rule] : [])]) expect(isInside(layout, one)).toBe(true);
      }
    }),
  );
});

const isAcross = ({ axisX, width }: SequenceLayout, x: number): boolean => x > axisX && x < width;

const isInside = ({ axisX, width }: SequenceLayout, { text, x }: LabelLayout): boolean =>
  x - widthOf(text) / 2 > axisX && x + widthOf(text) / 2 <= width + 1e-6;

it('keeps the order of time, a row for each arrow, and draws each once', () => {
  fc.assert(
    fc.property(sequences, (sequence) => {
      const { arrows } = layOut(sequence, 0);
      expect(new Set(arrows.map(({ arrow }) => arrow))).toEqual(new Set(sequence.arrows));
      arrows.slice(1).forEach(({ arrow, y }, index) => {
        const before = arrows[index]!;
        expect(arrow.afterMs).toBeGreaterThanOrEqual(before.arrow.afterMs);
        expect(y - before.y).toBeGreaterThan(rowHeight - 1e-6);
      });
    }),
  );
});

it('ends a denied arrow at the lifeline of the firewall, with the rule beyond it', () => {
  const { arrows, lifelines } = layOut(droppedRegister(), 32_000);
  for (const { from, to, rule } of arrows) {
    expect([from, to]).toEqual([lifelines[0], lifelines[1]]);
    expect(rule!.text).toBe('sip-ports');
    expect(rule!.x - widthOf(rule!.text) / 2).toBeGreaterThan(lifelines[1]!);
  }
});

it('draws until when a message was repeated', () => {
  const { arrows, axis } = layOut(callWithIce(), 3121);
  const speech = arrows.find(({ arrow }) => arrow.label === 'PCMA')!;
  expect(speech.lastY! - speech.y).toBeGreaterThan(rowHeight);
  expect(speech.lastY).toBeLessThanOrEqual(axis.height);
});

it.each([
  [{ protocol: 'sip', label: 'REGISTER', carriers: 'UDP', count: 1 }, 'SIP REGISTER'],
  [{ protocol: 'sip', label: 'REGISTER', carriers: 'ESP, UDP', count: 2 }, 'SIP REGISTER in ESP ×2'],
  [{ protocol: 'sip', label: '200 OK', carriers: 'CONNECT, TCP, TLS', count: 1 }, 'SIP 200 OK in TLS'],
  [{ protocol: 'tls', label: 'TLS 1.3 ClientHello', carriers: 'TCP', count: 1 }, 'TLS 1.3 ClientHello'],
  [{ protocol: 'rtp', label: 'PCMA', carriers: 'UDP', count: 150 }, 'RTP PCMA ×150'],
  [{ protocol: 'connect', label: 'CONNECT turn:443', carriers: 'TCP', count: 1 }, 'HTTP CONNECT turn:443'],
  [{ protocol: 'other', label: 'ESP', carriers: '', count: 2 }, 'ESP ×2'],
])('labels %j', (arrow, label) => {
  expect(labelOf(arrow as PageArrow)).toBe(label);
});

it.each<[string, PageSequence]>([
  ['a registration by CONNECT', registerByConnect()],
  ['MSRP', msrp()],
  ['200 messages', crowded()],
])('lays %s within a reasonable size', (_, sequence) => {
  const { width, height } = layOut(sequence, 0);
  expect(width).toBeLessThan(1000);
  expect(height).toBeLessThan(sequence.arrows.length * 2.5 * rowHeight);
});

it('gives the end of the attempt a row of its own, before what came later', () => {
  const { arrows, endY } = layOut(registerByConnect(), 42);
  const after = arrows.filter(({ arrow }) => arrow.afterMs > 42);
  expect(after.map(({ arrow }) => arrow.label)).toEqual(['NOTIFY', '200 OK']);
  expect(after[0]!.y - endY).toBeGreaterThanOrEqual(rowHeight);
  expect(endY - arrows.at(-3)!.y).toBeGreaterThanOrEqual(rowHeight);
});
