import type { PageArrow, PageSequence } from '../data';
import { shorten } from '../shorten';
import { protocolName } from './protocol-names';
import { heightAt, layTimeAxis, type TimeAxis } from './time-axis';

/** Where everything of a sequence diagram is, in pixels from its upper left corner. */
export interface SequenceLayout {
  readonly width: number;
  readonly height: number;
  readonly axis: TimeAxis;
  /** Where the time axis is; the times stand on its left. */
  readonly axisX: number;
  /** The lifelines. */
  readonly lifelines: readonly number[];
  /** In order of time. */
  readonly arrows: readonly ArrowLayout[];
  /** The height of the attempt's end. What comes after it, such as a deregistration, is not what it was judged by. */
  readonly endY: number;
}

export interface ArrowLayout {
  readonly arrow: PageArrow;
  readonly y: number;
  readonly from: number;
  /** Where it ends: at the lifeline of the firewall, if that denied it. */
  readonly to: number;
  readonly label: LabelLayout;
  /** The name of the rule beside the cross, if it was denied. */
  readonly rule?: LabelLayout;
  /** Where the last of several messages is on the axis, if that is away from the arrow. */
  readonly lastY?: number;
}

export interface LabelLayout {
  readonly text: string;
  /** The middle of the text. */
  readonly x: number;
}

const axisX = 76;
const leftMargin = 54;
const rightMargin = 70;
const bottomMargin = 18;
/** About the width of a character of the labels, which are 12 pixels high. */
const characterWidth = 7.1;
/** Of an arrow that ends where it begins. */
const stub = 30;
/** Number of characters of the longest name of a rule that is shown whole. */
const ruleLimit = 30;

/**
 * Lays a sequence diagram.
 * @param durationMs how long the attempt took
 */
export function layOut({ parties, arrows }: PageSequence, durationMs: number): SequenceLayout {
  const inOrder = [...arrows].sort((one, other) => one.afterMs - other.afterMs);
  const last = Math.max(durationMs, ...inOrder.map(({ lastAfterMs }) => lastAfterMs));
  const before = inOrder.filter(({ afterMs }) => afterMs <= durationMs).length;
  const times = inOrder.map(({ afterMs }) => afterMs);
  // The end has a row of its own.
  const axis = layTimeAxis(times.toSpliced(before, 0, Math.max(durationMs, times[before - 1] ?? 0)), last);
  const heights = axis.heights.toSpliced(before, 1);
  const spacing = parties.length > 6 ? 112 : 136;
  const lifelines = parties.map((_, index) => axisX + leftMargin + index * spacing);
  const right = (lifelines.at(-1) ?? axisX + leftMargin) + rightMargin;
  const place = (index: number): number =>
    lifelines[Math.min(Math.max(index, 0), lifelines.length - 1)] ?? axisX + leftMargin;
  const laid = inOrder.map((arrow, index): ArrowLayout => {
    const y = heights[index]!;
    const from = place(arrow.from);
    const wanted = place(arrow.to);
    const end = arrow.denied ? place(arrow.denied.by) : wanted;
    const isLeftward = wanted < from;
    const to = end === from ? from + (isLeftward ? -stub : stub) : end;
    const lastY = arrow.count > 1 ? heightAt(axis, arrow.lastAfterMs) : y;
    return {
      arrow,
      y,
      from,
      to,
      label: within(labelOf(arrow), (from + to) / 2, axisX + 14, right),
      ...(arrow.denied ? { rule: besideCross(arrow.denied.rule, to, to < from) } : {}),
      ...(lastY > y + 8 ? { lastY } : {}),
    };
  });
  const width = Math.max(right, ...laid.map(({ rule }) => (rule ? rule.x + widthOf(rule.text) / 2 + 8 : 0)));
  const endY = axis.heights[before]!;
  return { width, height: axis.height + bottomMargin, axis, axisX, lifelines, arrows: laid, endY };
}

/** About how wide a text is, in pixels. */
export const widthOf = (text: string): number => [...text].length * characterWidth;

/** What protects a message, as the carriers of arrows name it. */
const protections = ['ESP', 'TLS'];

/**
 * `SIP REGISTER in TLS ×3`: the protocol is not said twice, and what is protected can be told from what is in the clear at a
 * glance.
 */
export function labelOf({ protocol, label, carriers, count }: PageArrow): string {
  const name = protocol === 'other' ? '' : protocolName(protocol);
  const whole = label.toUpperCase().startsWith(name.toUpperCase()) ? label : `${name} ${label}`;
  const protection = protections.find((one) => carriers.split(', ').includes(one));
  const words = protection === undefined ? whole : `${whole} in ${protection}`;
  return count > 1 ? `${words} ×${count}` : words;
}

/** A label as near to its place as it can be between two sides. */
function within(label: string, x: number, left: number, right: number): LabelLayout {
  const text = shorten(label, Math.floor((right - left) / characterWidth));
  const half = widthOf(text) / 2;
  return { text, x: Math.min(Math.max(x, left + half), right - half) };
}

/** The rule stands beyond the cross, where the arrow would have gone on; there is no place for it left of the axis. */
function besideCross(rule: string, x: number, isLeftward: boolean): LabelLayout {
  const text = shorten(rule, ruleLimit);
  const away = 14 + widthOf(text) / 2;
  const isPlaceLeft = x - away - widthOf(text) / 2 > axisX;
  return { text, x: isLeftward && isPlaceLeft ? x - away : x + away };
}
