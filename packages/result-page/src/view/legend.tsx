import type { PageData } from '../data';
import { outcomes } from '../state/filter';
import { Shape } from './shapes';
import { outcomeWords } from './words';

/** What the marks of the matrix mean: those that occur in it. */
export function Legend({ data }: { readonly data: PageData }) {
  const occurring = outcomes.filter((outcome) => data.cells.some((cell) => cell.outcome === outcome));
  return (
    <dl class="legend">
      {data.steps.map(({ step, title }) => (
        <div key={step}>
          <dt>
            <b class={`swatch step-${step}`}>{step}</b>
          </dt>
          <dd>{title}</dd>
        </div>
      ))}
      <div>
        <dt>
          <b class="swatch step-none">none</b>
        </dt>
        <dd>no step got through</dd>
      </div>
      {occurring.map((outcome) => (
        <div key={outcome}>
          <dt>
            <Shape outcome={outcome} />
          </dt>
          <dd>{outcomeWords[outcome]}</dd>
        </div>
      ))}
      {data.suites.map(({ id, title }) => (
        <div key={id}>
          <dt>{id}</dt>
          <dd>{title}</dd>
        </div>
      ))}
    </dl>
  );
}
