/** Colours that the colour-blind can tell apart (Okabe and Ito), on white and on black; each has a shape of its own too. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#b4609a'];

/** The shapes, each some 8 pixels wide around 0, 0. */
const shapes = [
  'M-4,0 a4,4 0 1 0 8,0 a4,4 0 1 0 -8,0 z',
  'M0,-4.8 l4.8,4.8 l-4.8,4.8 l-4.8,-4.8 z',
  'M0,-4.4 l4.6,8 h-9.2 z',
  'M-3.6,-3.6 h7.2 v7.2 h-7.2 z',
];

/** A value: the shape and colour of its series. */
export function SeriesMark({ series, x, y }: { series: number; x: number; y: number }) {
  return (
    <path
      d={shapes[series % shapes.length]}
      transform={`translate(${x.toFixed(1)} ${y})`}
      fill={colours[series % colours.length]}
      fill-opacity="0.7"
    />
  );
}
