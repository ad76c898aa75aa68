import type { PageData } from '../data';
import { isDeviation, isMeasured } from '../state/filter';
import { useHref } from './navigation';
import { Shape } from './shapes';
import { changeWords, outcomeWords, stepWords } from './words';

/** The cells that did not come out as expected, with the reason in a sentence. */
export function Deviations({ data }: { readonly data: PageData }) {
  const href = useHref();
  const deviations = data.cells.filter(isDeviation);
  if (deviations.length === 0) return null;
  return (
    <section id="deviations">
      <h2>Not as expected</h2>
      <ul class="deviations">
        {deviations.map((cell) => (
          <li key={cell.id}>
            <a href={href({ cell: cell.id })}>
              <Shape outcome={cell.outcome} /> {cell.id}
            </a>{' '}
            <span class="word">
              {outcomeWords[cell.outcome]}
              {isMeasured(cell) &&
                `: ${stepWords(cell.traversedAt)}, ${stepWords(cell.expected)} was expected`}
            </span>
            <p>{cell.explanation}</p>
            {cell.known !== undefined && <p class="known">Known: {cell.known}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What changed since the run that this one is compared with. */
export function Changes({ data }: { readonly data: PageData }) {
  const href = useHref();
  if (data.comparison === undefined) return null;
  const { baseline, notes = [], changes } = data.comparison;
  const isHere = new Set(data.cells.map(({ id }) => id));
  return (
    <section id="changes">
      <h2>Changes</h2>
      <p>Compared with {baseline}.</p>
      {notes.length > 0 && (
        <ul>
          {notes.map((note, index) => (
            <li key={index}>{note}</li>
          ))}
        </ul>
      )}
      {changes.length === 0 ? (
        <p>No change.</p>
      ) : (
        <div class="scroll" role="region" aria-label="Changes, scrolls sideways" tabIndex={0}>
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Cell</th>
                <th scope="col">Change</th>
                <th scope="col">What</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ cell, kind, text }, index) => (
                <tr key={index}>
                  <th scope="row">{isHere.has(cell) ? <a href={href({ cell })}>{cell}</a> : cell}</th>
                  <td class="nowrap">
                    <span class={`tag ${kind}`}>{changeWords[kind]}</span>
                  </td>
                  <td>{text}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
