/** Splits columns of these widths into parts that have room, each from one index up to another. */
export function partsWithin(widths: readonly number[], room: number): [from: number, to: number][] {
  const parts: [number, number][] = [];
  let taken = Infinity;
  for (const [index, width] of widths.entries()) {
    taken += width;
    if (taken <= room) parts.at(-1)![1] = index + 1;
    else {
      parts.push([index, index + 1]);
      taken = width;
    }
  }
  return parts;
}
