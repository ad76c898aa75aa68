import { CopyCommand } from '../cell/copy-command';
import type { PageCell, PageData } from '../data';
import { MeasurementPlots } from '../plots/measurement-plots';
import { useNavigation } from './navigation';

/** By what it was measured, and how to do it again. */
export function Facts({ data }: { readonly data: PageData }) {
  const { go } = useNavigation();
  return (
    <section id="facts">
      <h2>How it was measured</h2>
      {go ? (
        <CopyCommand command={data.run.command} label="To measure it again" />
      ) : (
        <p>
          To measure it again: <code>{data.run.command}</code>
        </p>
      )}
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

/** What was measured of the cells that the filter lets through, and what each measurement is. */
export function Measurements({
  data,
  cells,
}: {
  readonly data: PageData;
  readonly cells: readonly PageCell[];
}) {
  const { go } = useNavigation();
  if (data.measurements.length === 0) return null;
  return (
    <section id="measurements">
      <h2>Measurements</h2>
      {/* A page without scripts has the numbers that a table needs and no more, to be small. */}
      {go && <MeasurementPlots data={data} cells={cells} />}
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
