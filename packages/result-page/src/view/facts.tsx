import type { PageData } from '../data';

/** By what it was measured, and how to do it again. */
export function Facts({ data }: { readonly data: PageData }) {
  return (
    <section id="facts">
      <h2>How it was measured</h2>
      <p>To measure it again:</p>
      <pre class="command" tabIndex={0}>
        {data.run.command}
      </pre>
      <dl class="facts">
        {data.facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The definitions of what was measured. */
export function Measurements({ data }: { readonly data: PageData }) {
  if (data.measurements.length === 0) return null;
  return (
    <section id="measurements">
      <h2>Measurements</h2>
      <div class="scroll" role="region" aria-label="Measurements, scrolls sideways" tabIndex={0}>
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Unit</th>
              <th scope="col">Definition</th>
              <th scope="col">How measured</th>
            </tr>
          </thead>
          <tbody>
            {data.measurements.map(({ name, unit, definition, howMeasured }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{unit}</td>
                <td>{definition}</td>
                <td>{howMeasured}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
