/** A number with three significant digits, and none behind the point that says nothing: `4.41`, `178`, `32000`. */
export const numberWords = (value: number): string =>
  Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
