import type { ComponentChildren } from 'preact';
import type { PageOutcome } from '../data';

/** A shape for each outcome, since colour alone does not reach everybody. They are drawn in a square of 16. */
const shapes: Readonly<Record<PageOutcome, ComponentChildren>> = {
  expected: <path class="stroke" d="M3.5 8.5 6.5 11.5 12.5 4.5" />,
  unexpected: <path class="fill" d="M8 1 15 8 8 15 1 8Z" />,
  flaky: <path class="stroke" d="M1.5 9.5C3.5 3 6 3 8 8S12.5 13 14.5 6.5" />,
  inconclusive: (
    <>
      <circle class="stroke" cx="8" cy="8" r="6" />
      <path class="stroke" d="M6.2 6.4C6.4 4 10 4.2 9.6 6.6 9.4 7.8 8 7.8 8 9.2M8 11v.6" />
    </>
  ),
  unsupported: <path class="stroke" d="M3 3H13V13H3ZM5.5 8H10.5" />,
  skipped: <path class="stroke" d="M3 8H13" />,
  pending: <circle class="stroke dotted" cx="8" cy="8" r="5.5" />,
  running: <path class="stroke" d="M8 2.5A5.5 5.5 0 1 1 2.5 8" />,
};

/** The shapes once, for {@link Shape} to refer to. */
export const ShapeDefinitions = () => (
  <svg class="definitions" aria-hidden="true">
    {Object.entries(shapes).map(([outcome, drawing]) => (
      <symbol key={outcome} id={`shape-${outcome}`} viewBox="0 0 16 16">
        {drawing}
      </symbol>
    ))}
  </svg>
);

/** The shape of an outcome. The words stand beside it. */
export const Shape = ({ outcome }: { readonly outcome: PageOutcome }) => (
  <svg class={`shape ${outcome}`} aria-hidden="true">
    <use href={`#shape-${outcome}`} />
  </svg>
);
